"""A process that decodes one large image and ends: ``python -m clickcut.web.decoding size FILE``, or ``levels FILE FOLDER``.

It writes raw RGB files strip by strip: ``0.rgb`` is all of the image upright, each further one half of the last; ``levels.json`` is last.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clickcut.core.images import read_image, upright_hw

STRIP: Final = 512
SMALLEST: Final = 2048
"""The longest side of the last level."""

_ORIENTATION: Final = 0x0112
_PLAIN: Final = ("RGB", "L")


def main(arguments: Sequence[str]) -> int:
    """Gives the exit status; what went wrong is the last line on the error output."""
    # The server has checked the number of pixels, or is about to; Pillow's own limit is far below a large image.
    Image.MAX_IMAGE_PIXELS = None
    try:
        if arguments[0] == "size":
            sys.stdout.write(json.dumps(upright_size(Path(arguments[1]))))
        else:
            write_levels(Path(arguments[1]), Path(arguments[2]))
    except (OSError, SyntaxError, ValueError, MemoryError, cv2.error) as error:
        sys.stderr.write(" ".join(str(error).split()) or type(error).__name__)
        return 1
    return 0


def upright_size(path: Path) -> tuple[int, int]:
    """(height, width) from the header alone."""
    with Image.open(path) as image:
        return upright_hw(image)


def write_levels(path: Path, folder: Path) -> None:
    """Writes all levels of an image into a folder that is there."""
    pixels = _upright_pixels(path)
    sizes = [(pixels.shape[0], pixels.shape[1])]
    with (folder / "0.rgb").open("wb") as file:
        for top in range(0, pixels.shape[0], STRIP):
            file.write(np.ascontiguousarray(pixels[top : top + STRIP]).data)
    del pixels
    while max(sizes[-1]) > SMALLEST:
        sizes.append(_write_half(folder, len(sizes) - 1, sizes[-1]))
    (folder / "levels.json").write_text(json.dumps(sizes))


def _write_half(folder: Path, level: int, hw: tuple[int, int]) -> tuple[int, int]:
    """Writes the level after ``level`` and gives its size."""
    width = -(-hw[1] // 2)
    # Read, not mapped: all pages of a map that were touched would count as this process's memory.
    with (folder / f"{level}.rgb").open("rb") as source, (folder / f"{level + 1}.rgb").open("wb") as file:
        for top in range(0, hw[0], 2 * STRIP):
            num_rows = min(2 * STRIP, hw[0] - top)
            strip = np.fromfile(source, np.uint8, num_rows * hw[1] * 3).reshape(num_rows, hw[1], 3)
            file.write(np.ascontiguousarray(cv2.resize(strip, (width, -(-strip.shape[0] // 2)), interpolation=cv2.INTER_AREA)).data)
    return -(-hw[0] // 2), width


def _upright_pixels(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3), perhaps a turned view. OpenCV holds three bytes a pixel where Pillow holds four, so plain files are its own."""
    with Image.open(path) as image:
        is_plain = image.mode in _PLAIN and image.format in ("JPEG", "PNG", "BMP", "WEBP") and ";16" not in str(getattr(image, "tile", ""))
        orientation = Image.Image.getexif(image).get(_ORIENTATION)  # by the header alone
    if not is_plain:
        return read_image(path)
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        return read_image(path)
    for top in range(0, pixels.shape[0], STRIP):  # strip by strip in place: a second copy would be another gigabyte
        strip = pixels[top : top + STRIP]
        cv2.cvtColor(strip, cv2.COLOR_BGR2RGB, dst=strip)
    upright = np.asarray(pixels, np.uint8)
    return _TURNS[orientation](upright) if isinstance(orientation, int) and orientation in _TURNS else upright


_TURNS: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[:, ::-1].swapaxes(0, 1),
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
