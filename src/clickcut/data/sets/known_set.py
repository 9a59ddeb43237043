"""What is known of a set before it is read: its name, its place, its reader, and how much of it was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clickcut.data.photos import LabelledSet, Split

Reader = Callable[[Path, Split], LabelledSet]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there should be: as published, in units of ``unit`` where the source gives a round number, or ``also`` another number."""

    stated: int
    unit: int = 1
    also: int | None = None

    def fits(self, found: int) -> bool:
        return abs(found - self.stated) < self.unit or found == self.also

    def __str__(self) -> str:
        about = "about " if self.unit > 1 else ""
        return f"{about}{self.stated}" if self.also is None else f"{self.stated} (or {self.also})"


@dataclass(frozen=True, slots=True)
class Published:
    """How many photos and objects a split has according to its source; None where that does not say."""

    photos: Count | None
    objects: Count | None
    source: str


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A set of the field by its name.

    ``folder`` is where it lies below a folder of sets, ``config_key`` what a field config.yml calls its place. ``to_train`` reads what the
    field trains on, where that is not all of the set.
    """

    name: str
    folder: str
    reader: Reader
    default_split: Split = "val"
    published: Mapping[Split, Published] = field(default_factory=dict)
    config_key: str | None = None
    to_train: Reader | None = None

    def place(self, root: Path) -> Path:
        """The set's own folder: below ``root`` by its full name or the end of it, or ``root`` itself."""
        parts = Path(self.folder).parts
        ways = (root.joinpath(*parts[first:]) for first in range(len(parts)))
        return next((way for way in ways if way.is_dir()), root)

    def open(self, root: Path, split: Split) -> LabelledSet:
        """The photos of a split, listed and not yet read. ``root`` is a folder of sets or the set's own; ValueError says what it lacks."""
        return self.reader(self._existing(root), split)

    def open_to_train(self, root: Path, split: Split) -> LabelledSet:
        """``open`` with the objects that the field trains on."""
        return (self.to_train or self.reader)(self._existing(root), split)

    def _existing(self, root: Path) -> Path:
        if not root.is_dir():
            raise ValueError(f"{root}: expected the folder of {self.name}, found {'a file' if root.exists() else 'no such folder'}")
        return self.place(root)
