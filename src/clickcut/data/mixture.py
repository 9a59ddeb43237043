"""Mixtures of labelled folders: each is drawn by its weight, never by how many objects it happens to have."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clickcut.data.folders import LabelledPhoto, labelled_photos


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
    photos: tuple[tuple[LabelledPhoto, ...], ...]

    @classmethod
    def open(cls, root: Path, parts: Sequence[Part], *, held_out: bool = False, hold_out_every: int = 20) -> Mixture:
        """The photos below ``root``, without the held-out ones, or those alone.

        About one photo in ``hold_out_every`` is held out, chosen by a hash of its name so that adding photos moves none. ``root`` may also
        be one labelled folder by itself; then that is the whole mixture.
        """
        if (root / "images").is_dir():
            parts, folders = [Part(root.name, 1.0)], [root]
        else:
            folders = [root / part.folder for part in parts]
        photos = tuple(
            tuple(photo for photo in labelled_photos(folder) if _is_held_out(photo, hold_out_every) == held_out) for folder in folders
        )
        kept = [index for index, some in enumerate(photos) if some]
        if not kept:
            raise ValueError(f"{root}: expected at least one {'held-out ' if held_out else ''}photo with a mask, found none")
        return cls(tuple(parts[index] for index in kept), tuple(photos[index] for index in kept))

    @property
    def num_photos(self) -> int:
        return sum(len(some) for some in self.photos)

    def draw(self, rng: np.random.Generator) -> tuple[Part, LabelledPhoto]:
        """A part by its weight, then one of its photos."""
        weights = np.array([part.weight for part in self.parts])
        index = int(rng.choice(len(self.parts), p=weights / weights.sum()))
        return self.parts[index], self.photos[index][int(rng.integers(len(self.photos[index])))]


def _is_held_out(photo: LabelledPhoto, every: int) -> bool:
    return zlib.crc32(photo.id.encode()) % every == 0
