"""From what a person calls a benchmark to its objects: a path that exists, or else a known set's name."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clickcut.data.photos import LabelledSet, Split
from clickcut.evaluate.benchmark import Benchmark, OnListed, benchmark_objects, objects_of, whole_photos
from clickcut.evaluate.protocol import Protocol


class KnownSet(typing.Protocol):
    """A set of the field by its name: how it is read, and where it lies."""

    @property
    def name(self) -> str: ...
    @property
    def config_key(self) -> str | None: ...
    @property
    def default_split(self) -> Split: ...
    @property
    def folder(self) -> str: ...
    @property
    def open(self) -> Callable[[Path, Split], LabelledSet]: ...


@dataclass(frozen=True, slots=True)
class Places:
    """Where known sets lie: each in its own folder below ``root``, or where a field ``config`` says (its ``roots`` by key).

    ``split`` is which of a set's divisions is measured, if not the one that the set itself names.
    """

    root: Path
    config: Path | None = None
    roots: Mapping[str, Path] | None = None
    split: Split | None = None

    def of(self, known: KnownSet) -> Path:
        """The folder of a set; ValueError says where it was looked for."""
        if self.roots is None:
            place, how = self.root / known.folder, f"where clickcut data download {known.name} puts it; --root names another place"
        elif known.config_key is None or known.config_key not in self.roots:
            raise ValueError(
                f"{self.config}: expected a line {known.config_key or known.name} that says where {known.name} lies, found none"
            )
        else:
            place, how = self.roots[known.config_key], f"{self.config} says that it is there"
        if not place.is_dir():
            raise ValueError(f"{place}: expected the folder of {known.name}, found none ({how})")
        return place


def open_benchmark(
    name: str, protocol: Protocol, *, find: Callable[[str], KnownSet], places: Places, on_listed: OnListed | None = None
) -> Benchmark:
    """The benchmark at a path, or else of a known set's name, which ``find`` knows; an existing path wins over a name."""
    path = Path(name)
    if path.exists():
        if places.split is not None:
            raise ValueError(f"{name}: --split belongs to known sets, and this is a path")
        return Benchmark(path.resolve().name, benchmark_objects(path, protocol, on_listed))
    if len(path.parts) != 1:
        raise ValueError(
            f"{name}: expected a folder with images/ and masks/, other labelled photos or a known set's name, found nothing there"
        )
    known = find(name)
    split = places.split or known.default_split
    found = known.open(places.of(known), split)
    objects = objects_of(whole_photos(found), protocol, found.path, on_listed)
    return Benchmark(known.name if split == known.default_split else f"{known.name}-{split}", objects, known.name)
