"""What browsers show of images: tiles of every level of detail, a first preview, thumbnails kept on the disk. All are JPEG."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.core.files import replacing
from clickcut.web.folder.listing import ListedImage
from clickcut.web.folder.pixels import Pixels, level_hw
from clickcut.web.refusal import Refusal

TILE: Final = 512
THUMBNAIL: Final = 256
PREVIEW: Final = 2048


class Tiles:
    """Encoded pictures of listed images; ``thumbnails`` is the folder that these are kept in. Threads may share it."""

    def __init__(self, pixels: Pixels, thumbnails: Path) -> None:
        self.pixels = pixels
        self.thumbnails = thumbnails
        # A strip of a hundred new thumbnails must not take every thread from the clicks.
        self._making = threading.BoundedSemaphore(2)

    def num_levels(self, image: ListedImage) -> int:
        """How many levels there are: the last one fits one tile."""
        hw, levels = self.pixels.hw(image), 1
        while max(level_hw(hw, levels - 1)) > TILE:
            levels += 1
        return levels

    def tile(self, image: ListedImage, level: int, column: int, row: int) -> bytes:
        """One tile; Refusal where there is none."""
        if not 0 <= level < self.num_levels(image):
            raise Refusal("no_such_tile", f"{image.name} has levels 0 to {self.num_levels(image) - 1}, not {level}")
        hw = level_hw(self.pixels.hw(image), level)
        if not (0 <= column * TILE < hw[1] and 0 <= row * TILE < hw[0]):
            raise Refusal("no_such_tile", f"level {level} of {image.name} has no tile in column {column} and row {row}")
        box = Box(row * TILE, column * TILE, (row + 1) * TILE, (column + 1) * TILE).clamped(hw)
        return _jpeg(self.pixels.part(image, box, level), quality=95, full_colour=True)

    def preview(self, image: ListedImage) -> bytes:
        """The whole image, its longest side at most 2048."""
        return _jpeg(self._small(image, PREVIEW), quality=85, full_colour=False)

    def thumbnail(self, image: ListedImage) -> bytes:
        """The whole image, its longest side at most 256; made once."""
        path = self.thumbnails / image.id[:2] / f"{image.id}-{image.version}.jpg"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            pass
        with self._making:
            data = _jpeg(self._quick(image), quality=80, full_colour=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        for older in path.parent.glob(f"{image.id}-*.jpg"):
            older.unlink(missing_ok=True)
        with replacing(path) as file:
            file.write(data)
        return data

    def _quick(self, image: ListedImage) -> NDArray[np.uint8]:
        """A thumbnail's pixels: a JPEG is decoded at an eighth of its size, and nothing else of it is read."""
        if image.suffix in (".jpg", ".jpeg") and not self.pixels.is_large(image):
            try:
                with Image.open(image.path) as opened:
                    orientation = opened.getexif().get(0x0112)
                    opened.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))
                    if orientation in (None, 1) and opened.mode == "RGB":
                        return _fitted(np.array(opened), THUMBNAIL)
            except (OSError, SyntaxError, ValueError):
                pass  # the reader below says in its own words what is wrong
        return self._small(image, THUMBNAIL)

    def _small(self, image: ListedImage, longest: int) -> NDArray[np.uint8]:
        hw = self.pixels.hw(image)
        level = 0
        while max(level_hw(hw, level + 1)) >= longest:
            level += 1
        # The last halving is left to one exact scaling; small images are scaled from all of their pixels.
        level = level if self.pixels.is_large(image) else 0
        return _fitted(self.pixels.part(image, Box.whole(level_hw(hw, level)), level), longest)


def _fitted(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(pixels: NDArray[np.uint8], *, quality: int, full_colour: bool) -> bytes:
    # Half of the colours' resolution would smear what a pixel grid shows.
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if full_colour else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    parameters = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    done, data = cv2.imencode(".jpg", pixels[:, :, ::-1], parameters)
    assert done, "OpenCV encodes every RGB image as JPEG"
    return data.tobytes()
