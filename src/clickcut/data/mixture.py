"""Mixtures of labelled folders: each is drawn by its weight, never by how many objects it happens to have."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clickcut.data.folders import labelled_photos
from clickcut.data.photos import LabelledSet, Photo
from clickcut.data.sets.known import named_place, open_named


@dataclass(frozen=True, slots=True)
class Part:
    """One folder of a mixture.

    ``union`` is the share of draws in which all labels of the view are one object: for sets that label the parts of a thing.
    """

    folder: str
    weight: float
    union: float = 0.0

    def __post_init__(self) -> None:
        if self.weight <= 0 or not 0 <= self.union <= 1:
            raise ValueError(f"{self.folder}: expected a positive weight and a union share in 0..1, got {self.weight} and {self.union}")


@dataclass(frozen=True, slots=True)
class Mixture:
    """Photos of several folders, ready to be drawn from."""

    parts: tuple[Part, ...]
    photos: tuple[tuple[Photo, ...], ...]

    @classmethod
    def open(cls, root: Path, parts: Sequence[Part], *, held_out: bool = False, hold_out_every: int = 20) -> Mixture:
        """The photos of a recipe's ``parts`` below ``root``, or of one labelled set, as ``of`` divides them."""
        return cls.of(labelled_parts(root, parts), held_out=held_out, hold_out_every=hold_out_every)

    @classmethod
    def of(cls, found: Sequence[tuple[Part, LabelledSet]], *, held_out: bool = False, hold_out_every: int | None = 20) -> Mixture:
        """The photos that were found, without the held-out ones, or those alone.

        About one photo in ``hold_out_every`` is held out, chosen by a hash of its name so that adding photos moves none; of None, none is.
        """
        photos = tuple(tuple(photo for photo in one.photos if _is_held_out(photo, hold_out_every) == held_out) for _, one in found)
        kept = [index for index, some in enumerate(photos) if some]
        if not kept:
            where = ", ".join(str(one.path) for _, one in found)
            raise ValueError(f"{where}: expected at least one {'held-out ' if held_out else ''}photo with a mask, found none")
        return cls(tuple(found[index][0] for index in kept), tuple(photos[index] for index in kept))

    @property
    def num_photos(self) -> int:
        return sum(len(some) for some in self.photos)

    def draw(self, rng: np.random.Generator) -> tuple[Part, Photo]:
        """A part by its weight, then one of its photos."""
        weights = np.array([part.weight for part in self.parts])
        index = int(rng.choice(len(self.parts), p=weights / weights.sum()))
        return self.parts[index], self.photos[index][int(rng.integers(len(self.photos[index])))]


def labelled_parts(root: Path, parts: Sequence[Part]) -> tuple[tuple[Part, LabelledSet], ...]:
    """What a run trains on: the sets of a recipe if any of them lies below ``root``, else ``root`` as one set of any known format.

    ``NAME=DIR`` as the root is the train split of a known set.
    """
    if not any((root / part.folder).is_dir() for part in parts):
        named = named_place(str(root))
        return ((Part(root.resolve().name if named is None else named[0].name, 1.0), open_named(root, "train", to_train=True)),)
    folders = [root / part.folder for part in parts]
    return tuple((part, LabelledSet(folder, "label maps", labelled_photos(folder))) for part, folder in zip(parts, folders, strict=True))


def _is_held_out(photo: Photo, every: int | None) -> bool:
    return every is not None and zlib.crc32(photo.id.encode()) % every == 0
