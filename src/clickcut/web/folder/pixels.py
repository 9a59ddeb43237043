"""The pixels of images, upright RGB: small ones in memory, large ones in files on the disk that are mapped, a level of detail each.

A large image is decoded once, by a process of its own (``clickcut.web.folder.decoding``), so that the server never holds all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from clickcut.core.boxes import Box
from clickcut.core.files import check_free
from clickcut.core.images import read_image, upright_hw
from clickcut.web.folder.listing import ListedImage
from clickcut.web.refusal import Refusal

LARGE: Final = 16 * 10**6
"""Pixels beyond which an image is not held in memory, and the network works in a window of it."""
MOST_PIXELS: Final = 400 * 10**6
CACHE_BYTES: Final = 192 * 2**20
CACHE_DISK_BYTES: Final = 8 * 2**30


@dataclass(frozen=True, slots=True)
class Levels:
    """The files of a large image: level 0 is all of it, each further one half of the last, rounded up."""

    folder: Path
    sizes: tuple[tuple[int, int], ...]

    def level(self, number: int) -> NDArray[np.uint8]:
        """(H, W, 3) of a level, mapped and read-only."""
        height, width = self.sizes[number]
        return np.memmap(self.folder / f"{number}.rgb", np.uint8, "r", shape=(height, width, 3))


class Pixels:
    """Sizes and pixels of listed images; ``cache`` is a folder of its own for decoded large ones. Threads may share it."""

    def __init__(self, cache: Path, *, most_pixels: int = MOST_PIXELS, large: int = LARGE, cache_bytes: int = CACHE_BYTES) -> None:
        self.cache = cache
        self.most_pixels = most_pixels
        self.large = large
        self._cache_bytes = cache_bytes
        self._sizes: dict[tuple[str, str], tuple[int, int]] = {}
        self._arrays: OrderedDict[tuple[str, str], NDArray[np.uint8]] = OrderedDict()
        self._decoding: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def known_hw(self, image: ListedImage) -> tuple[int, int] | None:
        """(height, width), if it was asked for before."""
        return self._sizes.get((image.id, image.version))

    def hw(self, image: ListedImage) -> tuple[int, int]:
        """(height, width) of the upright image, from its header alone; Refusal where it is unreadable or too large."""
        known = self.known_hw(image)
        if known is not None:
            return known
        hw = self._header(image)
        if hw[0] * hw[1] > self.most_pixels:
            raise Refusal("too_large", f"{image.name} has {hw[1]} x {hw[0]} pixels, at most {self.most_pixels:,} are opened")
        self._sizes[(image.id, image.version)] = hw
        return hw

    def is_large(self, image: ListedImage) -> bool:
        height, width = self.hw(image)
        return height * width > self.large

    def whole(self, image: ListedImage) -> NDArray[np.uint8]:
        """The image (H, W, 3), in memory or mapped, not to be changed."""
        if self.is_large(image):
            return self.levels(image).level(0)
        key = (image.id, image.version)
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
            decoding = self._decoding.setdefault(key, threading.Lock())
        with decoding:  # two requests for one image decode it once
            with self._lock:
                if key in self._arrays:
                    return self._arrays[key]
            pixels = self._read(image)
            with self._lock:
                self._arrays[key] = pixels
                while len(self._arrays) > 1 and sum(array.nbytes for array in self._arrays.values()) > self._cache_bytes:
                    self._arrays.popitem(last=False)
        return pixels

    def part(self, image: ListedImage, box: Box, level: int = 0) -> NDArray[np.uint8]:
        """The pixels of a box of a level (side scaled by 2 ** -level, rounded up), a new array."""
        if self.is_large(image):
            levels = self.levels(image)
            stored = min(level, len(levels.sizes) - 1)
            return np.array(_reduced(levels.level(stored), box, level - stored))
        return np.array(_reduced(self.whole(image), box, level))

    def levels(self, image: ListedImage) -> Levels:
        """The files of a large image, made if they are not there yet, which takes some seconds."""
        folder = self.cache / f"{image.id}-{image.version}"
        with self._lock:
            decoding = self._decoding.setdefault((image.id, image.version), threading.Lock())
        with decoding:
            if not (folder / "levels.json").is_file():
                self._decode(image, folder)
        sizes = tuple((height, width) for height, width in json.loads((folder / "levels.json").read_text()))
        return Levels(folder, sizes)

    def _header(self, image: ListedImage) -> tuple[int, int]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with Image.open(image.path) as opened:
                    return upright_hw(opened)
            except Image.DecompressionBombError:
                pass
            except FileNotFoundError:
                raise Refusal("no_such_image", f"{image.name} is no longer in the folder") from None
            except (OSError, SyntaxError, ValueError, TypeError, EOFError, OverflowError, RuntimeError) as error:
                told = "it is not an image that can be read" if isinstance(error, UnidentifiedImageError) else " ".join(str(error).split())
                raise Refusal("unreadable_image", f"cannot read {image.name}: {told}") from error
        # Pillow's limit is one for the whole process, so what lies beyond it is looked at by another one.
        told = _decoder("size", str(image.path))
        height, width = json.loads(told)
        return height, width

    def _read(self, image: ListedImage) -> NDArray[np.uint8]:
        try:
            pixels = read_image(image.path)
        except ValueError as error:
            raise Refusal("unreadable_image", str(error).replace(str(image.path), image.name)) from error
        if pixels.shape[:2] != self.hw(image):
            raise Refusal("unreadable_image", f"{image.name} says of itself another size than it has")
        pixels.setflags(write=False)
        return pixels

    def _decode(self, image: ListedImage, folder: Path) -> None:
        height, width = self.hw(image)
        self.cache.mkdir(parents=True, exist_ok=True)
        self._make_room(height * width * 4)
        check_free(self.cache, height * width * 4)
        part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            _decoder("levels", str(image.path), str(part))
            part.replace(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise

    def _make_room(self, needed: int) -> None:
        """Deletes the decoded images that were made first, until the cache's share of the disk holds ``needed`` more bytes."""
        folders = sorted((path for path in self.cache.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
        sizes = {folder: sum(file.stat().st_size for file in folder.iterdir()) for folder in folders}
        while folders and sum(sizes[folder] for folder in folders) + needed > CACHE_DISK_BYTES:
            shutil.rmtree(folders.pop(0), ignore_errors=True)


def level_hw(hw: tuple[int, int], level: int) -> tuple[int, int]:
    """(height, width) of a level of an image of ``hw``."""
    return -(-hw[0] // 2**level), -(-hw[1] // 2**level)


def _reduced(pixels: NDArray[np.uint8], box: Box, level: int) -> NDArray[np.uint8]:
    """A box of the image halved ``level`` times."""
    if level == 0:
        return pixels[box.slices]
    scale = 2**level
    source = Box(box.top * scale, box.left * scale, box.bottom * scale, box.right * scale).clamped((pixels.shape[0], pixels.shape[1]))
    return np.asarray(cv2.resize(pixels[source.slices], (box.width, box.height), interpolation=cv2.INTER_AREA), np.uint8)


def _decoder(*arguments: str) -> str:
    """Runs ``clickcut.web.folder.decoding`` and gives what it prints; Refusal with its last line when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "clickcut.web.folder.decoding", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"the decoder ended with status {done.returncode}"]
        raise Refusal("unreadable_image", lines[-1].replace(arguments[1], Path(arguments[1]).name))
    return done.stdout
