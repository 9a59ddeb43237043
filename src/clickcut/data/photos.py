"""What everything else asks of a labelled photo, whatever format its labels come in, and what a reader makes of a folder or file.

Readers list without decoding: a set of 100,000 photos is names and places. A photo's pixels and labels are read when they are asked for.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, runtime_checkable

from clickcut.core.masks import Mask
from clickcut.data.folders import Sample

IMAGE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})

Split = Literal["train", "val"]
"""Which of a set's own divisions is meant, where it has any."""

SPLIT_NAMES: Final[dict[Split, tuple[str, ...]]] = {"train": ("train", "training"), "val": ("val", "valid", "validation")}


class Photo(Protocol):
    """A photo with objects, not read yet."""

    @property
    def id(self) -> str:
        """What names it among the photos of its set."""

    @property
    def image_path(self) -> Path:
        """The file of its pixels, or the one that holds them."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that reading it opens, its pixels' first."""

    def read(self) -> Sample:
        """Pixels and label map; ValueError in one line that names the file where something is broken."""


@runtime_checkable
class StartedPhoto(Protocol):
    """A photo whose set gives every object a mask to begin with, which clicks are to mend."""

    def start_mask(self, object_id: int) -> Mask:
        """The starting mask (H, W) of one object; ValueError where there is none."""


@dataclass(frozen=True, slots=True)
class MaskFilesPhoto:
    """What photos have in common whose objects are files of their own; how these are read is each set's."""

    id: str
    image_path: Path
    mask_paths: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, *self.mask_paths


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one photo or one file, in a line."""

    name: str
    what: str

    def __str__(self) -> str:
        return self.what if self.name in self.what else f"{self.name}: {self.what}"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A folder or file of labelled photos as a reader found it.

    ``format`` names what it was taken for. ``problems`` are photos that listing alone shows to be broken, which are not among the
    ``photos``; ``notes`` what people should know all the same.
    """

    path: Path
    format: str
    photos: tuple[Photo, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def images_in(folder: Path, *, below: bool = False) -> list[Path]:
    """The image files of a folder, or in it and all folders ``below``, by name; hidden ones are passed over."""
    entries = folder.rglob("*") if below else folder.iterdir()
    return sorted(path for path in entries if is_image(path))


def is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def inside(root: Path, base: Path, name: str) -> Path:
    """The file that labels name as seen from ``base``; ValueError where that leads out of ``root``.

    Judged by the path alone: links that people made on purpose may lead where they like.
    """
    plain = name.replace("\\", "/")
    path = os.path.normpath(os.path.join(base, plain))  # noqa: PTH118 - unlike pathlib's, it takes ".." away
    is_absolute = plain.startswith("/") or plain[1:2] == ":"
    if is_absolute or not plain.strip() or "\0" in plain or not path.startswith(os.path.normpath(root) + os.sep):
        raise ValueError(f"names {name!r}, which is not within {root}")
    return Path(path)


def doubled(ids: Iterable[str]) -> list[str]:
    """What stands more than once, by name."""
    return sorted(name for name, count in Counter(ids).items() if count > 1)
