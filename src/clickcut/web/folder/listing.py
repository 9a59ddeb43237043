"""The images of an opened folder: found without opening any of them, so that ten thousand are there at once.

Clients name an image by its id; a path is only ever looked up in this list, so none leads out of the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.data.photos import IMAGE_SUFFIXES

OWN_FOLDER: Final = ".clickcut"
UPLOADS: Final = f"{OWN_FOLDER}/uploads"


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image file; ``name`` is its path within the folder, with slashes, and ``version`` changes when the file does."""

    id: str
    name: str
    path: Path
    version: str

    @property
    def is_upload(self) -> bool:
        return self.name.startswith(f"{UPLOADS}/")

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()


def images_of(root: Path) -> tuple[ListedImage, ...]:
    """All images in and below a folder in the order that people count in, uploads last; hidden folders are left out."""
    found = [*_below(root, ""), *_below(root / UPLOADS, f"{UPLOADS}/")]
    return tuple(sorted(found, key=lambda image: (image.is_upload, _natural(image.name))))


def chosen_images(root: Path, paths: Sequence[Path]) -> tuple[ListedImage, ...]:
    """Certain images below ``root`` in the order given, each once, then uploads; ValueError for what is no image file."""
    for path in paths:
        if not path.is_file():
            raise ValueError(f"{path}: expected an image file, found {'a folder' if path.is_dir() else 'no such file'}")
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            raise ValueError(f"{path}: expected an image whose name ends in {', '.join(sorted(IMAGE_SUFFIXES))}")
    chosen = [listed(path, path.resolve().relative_to(root.resolve()).as_posix()) for path in dict.fromkeys(paths)]
    return (*chosen, *sorted(_below(root / UPLOADS, f"{UPLOADS}/"), key=lambda image: _natural(image.name)))


def listed(path: Path, name: str) -> ListedImage:
    """The entry of one file."""
    about = path.stat()
    return _entry(path, name, about)


def image_id(name: str) -> str:
    """The id of the image of a name: the same in every session and on every machine."""
    return hashlib.blake2b(name.encode(errors="surrogateescape"), digest_size=8).hexdigest()


def _below(folder: Path, prefix: str) -> Iterator[ListedImage]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, PermissionError):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        # A link out of the folder would show what was not opened.
        if entry.is_symlink() and not _stays_within(Path(entry.path), folder):
            continue
        if entry.is_dir():
            if not entry.is_symlink():  # followed, it could lead around in circles
                yield from _below(Path(entry.path), f"{prefix}{entry.name}/")
        elif entry.is_file() and Path(entry.name).suffix.lower() in IMAGE_SUFFIXES:
            yield _entry(Path(entry.path), f"{prefix}{entry.name}", entry.stat())


def _stays_within(path: Path, folder: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def _entry(path: Path, name: str, about: os.stat_result) -> ListedImage:
    version = hashlib.blake2b(f"{about.st_mtime_ns} {about.st_size}".encode(), digest_size=6).hexdigest()
    return ListedImage(image_id(name), name, path, version)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in names count as numbers: 2 stands before 10."""
    pieces = re.split(r"(\d+)", name.casefold())
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)
