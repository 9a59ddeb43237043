"""A process that decodes one large image and ends: ``python -m clickcut.web.folder.decoding size FILE``, or ``levels FILE FOLDER``.

It writes raw RGB files strip by strip: ``0.rgb`` is all of the image upright, each further one half of the last; ``levels.json`` is last.
It loads as little as it can, as it holds the whole image at once: Pillow alone, with four bytes a pixel (OpenCV 5 takes twice three).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

STRIP: Final = 512
SMALLEST: Final = 2048
"""The longest side of the last level."""

_ORIENTATION: Final = 0x0112
_PLAIN: Final = ("RGB", "L")

_TURNS: Final[dict[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def main(arguments: Sequence[str]) -> int:
    """Gives the exit status; what went wrong is the last line on the error output."""
    # The server has checked the number of pixels, or is about to; Pillow's own limit is far below a large image.
    Image.MAX_IMAGE_PIXELS = None
    try:
        if arguments[0] == "size":
            sys.stdout.write(json.dumps(upright_size(Path(arguments[1]))))
        else:
            write_levels(Path(arguments[1]), Path(arguments[2]))
    except (OSError, SyntaxError, ValueError, MemoryError) as error:
        sys.stderr.write(" ".join(str(error).split()) or type(error).__name__)
        return 1
    return 0


def upright_size(path: Path) -> tuple[int, int]:
    """(height, width) from the header alone."""
    from clickcut.core.images import upright_hw

    with Image.open(path) as image:
        return upright_hw(image)


def write_levels(path: Path, folder: Path) -> None:
    """Writes all levels of an image into a folder that is there."""
    with (folder / "0.rgb").open("wb") as file:
        hw = (0, 0)
        for strip in _upright_strips(path):
            file.write(strip.tobytes())
            hw = (hw[0] + strip.height, strip.width)
    sizes = [hw]
    while max(sizes[-1]) > SMALLEST:
        sizes.append(_write_half(folder, len(sizes) - 1, sizes[-1]))
    (folder / "levels.json").write_text(json.dumps(sizes))


def _write_half(folder: Path, level: int, hw: tuple[int, int]) -> tuple[int, int]:
    """Writes the level after ``level`` and gives its size."""
    height, width = hw
    # Read, not mapped: all pages of a map that were touched would count as this process's memory.
    with (folder / f"{level}.rgb").open("rb") as source, (folder / f"{level + 1}.rgb").open("wb") as file:
        for top in range(0, height, 2 * STRIP):
            num_rows = min(2 * STRIP, height - top)
            file.write(Image.frombytes("RGB", (width, num_rows), source.read(num_rows * width * 3)).reduce(2).tobytes())
    return -(-height // 2), -(-width // 2)


def _upright_strips(path: Path) -> Iterator[Image.Image]:
    """The image from top to bottom, as RGB."""
    with Image.open(path) as image:
        is_plain = image.mode in _PLAIN and ";16" not in str(getattr(image, "tile", ""))
        if is_plain:
            image.load()
            orientation = image.getexif().get(_ORIENTATION)
            yield from _turned_strips(image, orientation if orientation in _TURNS else 1)
            return
    from clickcut.core.images import read_image  # transparency, palettes, 16 bits: with more memory, as any image is read

    pixels = read_image(path)
    for top in range(0, pixels.shape[0], STRIP):
        yield Image.fromarray(pixels[top : top + STRIP])


def _turned_strips(image: Image.Image, orientation: int) -> Iterator[Image.Image]:
    """Strip by strip, as a whole turned copy would be another gigabyte."""
    width, height = image.size
    out_height = width if orientation >= 5 else height
    for top in range(0, out_height, STRIP):
        bottom = min(top + STRIP, out_height)
        # 3, 4, 7 and 8 begin at the far end.
        first, last = (out_height - bottom, out_height - top) if orientation in (3, 4, 7, 8) else (top, bottom)
        strip = image.crop((first, 0, last, height) if orientation >= 5 else (0, first, width, last)).convert("RGB")
        yield strip.transpose(_TURNS[orientation]) if orientation in _TURNS else strip


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
