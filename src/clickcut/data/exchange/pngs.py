"""Masks and label maps as PNG files in memory: labels of 8 and 16 bits, palettes, transparency and a text inside."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from clickcut.data.exchange.legend import KEYWORD, Legend, legend_in

MOST_PIXELS: Final = 400 * 10**6
_BROKEN: Final = (OSError, SyntaxError, ValueError, TypeError, EOFError, OverflowError, RuntimeError, struct.error, zlib.error)
_ONE_CHANNEL: Final = ("1", "L", "P", "I", "I;16", "I;16B")


@dataclass(frozen=True, slots=True, eq=False)
class MaskImage:
    """A decoded file: ``values`` are labels (H, W) of at most 16 bits, or 0 and 255 where a file told objects by transparency, as
    ``is_alpha`` says. ``bits`` is how many a label has in the file.
    """

    values: NDArray[Any]
    bits: int
    is_alpha: bool
    legend: Legend | None


def encoded(pixels: NDArray[Any], *, palette: bytes | None = None, legend: Legend | None = None) -> bytes:
    """A PNG of grey (H, W) uint8 or uint16, or RGBA (H, W, 4) uint8; with a palette (of uint8 alone) of the same values, coloured."""
    image = Image.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette)
    about = PngImagePlugin.PngInfo()
    if legend is not None:
        about.add_itxt(KEYWORD, legend.text)
    content = BytesIO()
    image.save(content, "PNG", pnginfo=about, compress_level=6)
    return content.getvalue()


def legend_inside(data: bytes, name: str) -> Legend | None:
    """The legend in a file, if it has one; its pixels are not decoded."""
    with _opened(data, name) as image:
        return _legend(image)


def decoded(data: bytes, name: str) -> MaskImage:
    """The mask or label map of a file; ValueError with its name where it is none."""
    with _opened(data, name) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(f"{name} has {image.width} x {image.height} pixels, expected at most {MOST_PIXELS:,}")
        legend = _legend(image)
        try:
            image.load()
            if image.mode in ("RGBA", "LA", "PA") or (image.mode == "RGB" and "transparency" in image.info):
                alpha = np.asarray(image.convert("RGBA").getchannel("A"))
                return MaskImage(np.where(alpha > 127, np.uint8(255), np.uint8(0)), 8, True, legend)
            values = np.asarray(image)
        except _BROKEN as error:
            raise ValueError(f"cannot read {name}, it looks damaged: {' '.join(str(error).split())}") from error
        if image.mode == "1":
            return MaskImage(values.astype(np.uint8), 1, False, legend)
        values = _one_channel(values, image.mode, name)
        return MaskImage(values, 8 * values.dtype.itemsize, False, legend)


def _one_channel(values: NDArray[Any], mode: str, name: str) -> NDArray[Any]:
    """(H, W), uint8 or uint16."""
    if mode == "RGB" and (values == values[:, :, :1]).all():
        return np.ascontiguousarray(values[:, :, 0])
    if mode not in _ONE_CHANNEL:
        raise ValueError(f"{name} is coloured, but a mask or label map has one channel: save it as a grey or palette PNG")
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(f"{name} holds labels from {values.min()} to {values.max()}, expected 0 to 65535")
    return values if values.dtype == np.uint8 else values.astype(np.uint16)


def _opened(data: bytes, name: str) -> Image.Image:
    if not data:
        raise ValueError(f"{name} is empty (0 bytes), expected a mask or label map")
    try:
        # Opened so, Pillow leaves the number of pixels to be judged here: its own limit is below that of the images people annotate.
        if data.startswith(b"\x89PNG"):
            return PngImagePlugin.PngImageFile(BytesIO(data))
        return Image.open(BytesIO(data), formats=("BMP", "TIFF", "WEBP"))
    except Image.DecompressionBombError:
        raise ValueError(f"{name} is too large: save it as PNG, of which up to {MOST_PIXELS:,} pixels are read") from None
    except _BROKEN as error:
        raise ValueError(f"{name} is no image that masks are kept in exactly: expected PNG, or BMP, TIFF or WebP") from error


def _legend(image: Image.Image) -> Legend | None:
    text = image.info.get(KEYWORD)
    return legend_in(text if isinstance(text, str) else None)
