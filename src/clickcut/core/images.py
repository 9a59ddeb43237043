"""Image files: photos, masks and label maps, read and written.

Every photo comes out as RGB, 8 bits a channel, turned upright by its EXIF orientation; every mask and label map belongs to that upright
photo, as viewers show it. What cannot be read raises ``ValueError`` with one line that names the file.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from clickcut.core.files import replacing
from clickcut.core.masks import LabelMap, Mask

Rgb = NDArray[np.uint8]
"""A photo: (H, W, 3) uint8, red first."""

Number = TypeVar("Number", bound=np.generic)

_ORIENTATION: Final = 0x0112
_BROKEN: Final = (OSError, SyntaxError, ValueError, TypeError, EOFError, OverflowError, RuntimeError, struct.error, cv2.error)
"""What Pillow and OpenCV raise on damaged or hostile files."""


def read_image(path: str | Path) -> Rgb:
    """A photo as (H, W, 3) uint8 RGB, upright.

    Transparency is dropped and the colours under it kept: a cut-out that this project wrote reads as the photo it was cut from. More than
    8 bits are scaled down as ``to_8_bits`` says. Of an animation or a stack of pages the first one counts.
    """
    path = Path(path)
    with _opened(path) as image:
        # Pillow keeps the upper byte of 16-bit colours only; the mode does not tell, the raw mode of its decoder does ("RGB;16B").
        is_deep_colour = image.mode in ("RGB", "RGBA") and image.format in ("PNG", "TIFF") and ";16" in str(getattr(image, "tile", ""))
        _load(image, path)
        try:
            pixels = to_8_bits(_colours_by_opencv(path)) if is_deep_colour else _colours(image)
        except _BROKEN as error:
            raise ValueError(f"cannot read {path}: {_one_line(error)}") from error
        return _upright(pixels, image)


def decode_image(data: bytes, name: str) -> Rgb:
    """``read_image`` for a file's content at hand; ``name`` says in errors what it is."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes), expected an image")
    with _identified(BytesIO(data), name) as image:
        _load(image, name)
        try:
            return _upright(_colours(image), image)
        except _BROKEN as error:
            raise ValueError(f"cannot read {name}: {_one_line(error)}") from error


def upright_hw(image: Image.Image) -> tuple[int, int]:
    """(height, width) of an opened image once it is turned upright, by its header alone: nothing is decoded for it."""
    if isinstance(image, TiffImageFile):  # Pillow's own size of it is turned already or not, by Pillow's version
        width, height, orientation = int(image.tag_v2[256]), int(image.tag_v2[257]), image.tag_v2.get(_ORIENTATION)
    else:
        # The class's own method would decode a whole PNG to look behind its pixels.
        (width, height), orientation = image.size, Image.Image.getexif(image).get(_ORIENTATION)
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)


def read_label_map(path: str | Path, hw: tuple[int, int] | None = None) -> LabelMap:
    """A label map as (H, W) uint8, upright; of a palette image the indices, not the colours. ``hw`` is the size its photo has, if known."""
    return _read_labels(Path(path), hw)[0]


def read_numbers(path: str | Path) -> NDArray[np.int64]:
    """The one channel of an image of up to 32 bits as it is, (H, W), upright: what numbers more than a label map can hold."""
    with _opened(Path(path)) as image:
        _load(image, path)
        values = np.asarray(image)
        if values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
            raise ValueError(f"{path} has colours or fractions, expected one channel of whole numbers")
        return _upright(values.astype(np.int64), image)


def read_mask(path: str | Path, hw: tuple[int, int] | None = None) -> Mask:
    """A mask as bool (H, W): whatever is not 0 is object, in a JPEG whatever is brighter than the middle. ``hw`` as above."""
    labels, is_lossy = _read_labels(Path(path), hw, allow_lossy=True)
    mask: Mask = labels > (127 if is_lossy else 0)
    return mask


def decode_mask(data: bytes, name: str, hw: tuple[int, int] | None = None) -> Mask:
    """``read_mask`` for a file's content at hand; ``name`` says in errors what it is."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes), expected an image")
    with _identified(BytesIO(data), name) as image:
        labels, is_lossy = _labels_of(image, name, hw, allow_lossy=True)
    mask: Mask = labels > (127 if is_lossy else 0)
    return mask


def decode_label_map(data: bytes, name: str, hw: tuple[int, int] | None = None) -> LabelMap:
    """``read_label_map`` for a file's content at hand; ``name`` says in errors what it is."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes), expected an image")
    with _identified(BytesIO(data), name) as image:
        return _labels_of(image, name, hw, allow_lossy=False)[0]


def write_mask(path: str | Path, mask: Mask) -> None:
    """Write a mask as a grey PNG, 255 on the object and 0 elsewhere."""
    write_label_map(path, mask.astype(np.uint8) * 255)


def write_label_map(path: str | Path, label_map: LabelMap) -> None:
    """Write a label map as a grey PNG that holds the labels themselves."""
    if Path(path).suffix.lower() != ".png":
        raise ValueError(f"masks and label maps are saved as PNG, which keeps them exact: give {path} a name that ends in .png")
    write_image(path, label_map)


def write_image(path: str | Path, pixels: NDArray[np.uint8]) -> None:
    """Write grey (H, W), RGB or RGBA (H, W, 3 or 4) uint8 pixels in the format that the file's name ends in, all at once or not at all."""
    suffix = Path(path).suffix.lower()
    file_format = Image.registered_extensions().get(suffix)
    if file_format not in Image.SAVE:
        raise ValueError(f"cannot write {path}: its name should end in .png, .jpg or another image format's ending, not {suffix!r}")
    if file_format == "JPEG" and pixels.ndim == 3 and pixels.shape[2] == 4:
        raise ValueError(f"cannot write {path}: JPEG has no transparency, give it a name that ends in .png")
    with replacing(path) as file:
        Image.fromarray(pixels).save(file, file_format, **({"quality": 92} if file_format == "JPEG" else {}))


def to_8_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Finer or wider pixel values brought to 0..255 linearly, rounded.

    Whole numbers from 0 on: by the least number of bits (8, 10, 12, 14, 16 and so on) that holds the largest, so that a photo keeps its
    brightness and what a 12-bit camera wrote into 16 bits is not black. Fractions within 0..1: by 255. All else: smallest to largest.
    """
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("some pixels are NaN or infinite")
    if low >= 0 and np.issubdtype(values.dtype, np.integer):
        bits = max(8, int(high).bit_length())
        low, high = 0.0, float(2 ** (bits + bits % 2) - 1)
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled: NDArray[np.float32] = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / max(high - low, 1e-12))
    return np.asarray(np.rint(scaled), np.uint8)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The image of a file, its header read and nothing else yet."""
    if not path.exists():
        raise ValueError(f"no such file: {path}")
    if not path.is_file():
        raise ValueError(f"{path} is {'a folder' if path.is_dir() else 'not a regular file'}, expected an image file")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty (0 bytes), expected an image file")
    with _identified(path, path) as image:
        yield image


@contextmanager
def _identified(source: Path | BytesIO, path: Path | str) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        # Pillow warns at half of its size limit and refuses beyond it: a large photo is no reason to warn, nor is an odd EXIF entry.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(source)
        except Image.DecompressionBombError:
            raise ValueError(f"{path} is too large: at most {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels can be read") from None
        except UnidentifiedImageError:
            raise ValueError(f"{path} is not an image that can be read (JPEG, PNG, TIFF, WebP, BMP and others can)") from None
        except _BROKEN as error:
            raise ValueError(f"cannot read {path}: {_one_line(error)}") from error
        with image:
            yield image


def _load(image: Image.Image, path: Path | str) -> None:
    if 0 in image.size:
        raise ValueError(f"{path} has no pixels: it is {image.width} wide and {image.height} high")
    try:
        image.load()
    except _BROKEN as error:
        raise ValueError(f"cannot read {path}, it looks damaged: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _colours(image: Image.Image) -> Rgb:
    """(H, W, 3) of a loaded image, not turned yet."""
    if image.mode.startswith(("I", "F")):
        return np.repeat(to_8_bits(np.asarray(image))[:, :, None], 3, axis=2)
    if image.mode in ("P", "PA", "RGBa"):  # a direct conversion would mistake their transparency
        image = image.convert("RGBA")
    return np.array(image.convert("RGB"))


def _colours_by_opencv(path: Path) -> NDArray[np.uint16]:
    """(H, W, 3) of a file with 16 bits a channel, not turned yet. Read through memory, as OpenCV opens no odd file names on Windows."""
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("its 16-bit colours cannot be decoded")
    return np.ascontiguousarray(pixels[:, :, 2::-1], np.uint16)


def _upright(pixels: NDArray[Number], image: Image.Image) -> NDArray[Number]:
    """Pixels of a loaded image turned as its EXIF orientation asks (TIFF files are turned by their decoders and no longer ask)."""
    turns: dict[int, Callable[[NDArray[Number]], NDArray[Number]]] = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a[::-1].swapaxes(0, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a[:, ::-1].swapaxes(0, 1),
    }
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except _BROKEN:
        return pixels  # unreadable EXIF says nothing about the pixels
    turn = turns.get(orientation) if isinstance(orientation, int) else None
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def _read_labels(path: Path, hw: tuple[int, int] | None, *, allow_lossy: bool = False) -> tuple[LabelMap, bool]:
    """The one channel of a mask or label map, and whether its file's format is lossy."""
    with _opened(path) as image:
        return _labels_of(image, path, hw, allow_lossy=allow_lossy)


def _labels_of(image: Image.Image, path: Path | str, hw: tuple[int, int] | None, *, allow_lossy: bool) -> tuple[LabelMap, bool]:
    is_lossy = image.format == "JPEG"
    if is_lossy and not allow_lossy:
        raise ValueError(f"{path} is a JPEG, which blurs labels into each other: save label maps as PNG")
    _load(image, path)
    labels = _upright(_one_channel(np.asarray(image), path), image)
    if hw is not None and labels.shape != hw:
        height, width = labels.shape
        raise ValueError(f"{path} is {width} wide and {height} high, but its photo (turned upright) is {hw[1]} wide and {hw[0]} high")
    return labels, is_lossy


def _one_channel(values: NDArray[Any], path: Path | str) -> LabelMap:
    if values.ndim == 3:
        colours = values[:, :, :3] if values.shape[2] >= 3 else values[:, :, :1]
        values = colours[:, :, 0]
        if (colours != values[:, :, None]).any():
            raise ValueError(f"{path} is coloured, but a mask or label map has one channel: save it as a grey or palette PNG")
    if values.min() < 0 or values.max() > 255 or (values != np.floor(values)).any():
        raise ValueError(f"{path} holds values from {values.min()} to {values.max()}, but labels are whole numbers from 0 to 255")
    return values.astype(np.uint8)
