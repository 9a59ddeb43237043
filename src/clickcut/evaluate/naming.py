"""From what a person calls a benchmark to its objects: a path that exists, or else a known set's name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clickcut.data.photos import Split
from clickcut.data.sets.config_yml import FieldConfig
from clickcut.data.sets.known import known_set
from clickcut.data.sets.known_set import KnownSet
from clickcut.evaluate.benchmark import Benchmark, OnListed, objects_of, whole_photos
from clickcut.evaluate.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Places:
    """Where known sets lie: below ``root``, or where a field's ``config`` says.

    ``split`` is which of a set's divisions is measured, if not the one that the set itself names.
    """

    root: Path
    config: FieldConfig | None = None
    split: Split | None = None

    def of(self, known: KnownSet) -> Path:
        """The folder in which a set looks for its own; ValueError says where that would be."""
        if self.config is not None:
            return self.config.root(known)
        if not self.root.is_dir():
            raise ValueError(
                f"{self.root}: expected the folder that holds {known.name}, found none "
                f"(clickcut data download {known.name} makes it, --root or --config names another place)"
            )
        return self.root


def open_benchmark(name: str, protocol: Protocol, *, places: Places, on_listed: OnListed | None = None) -> Benchmark:
    """The benchmark at a path, or else of a known set's name, an existing path wins over a name."""
    path = Path(name)
    if path.exists():
        if places.split is not None:
            raise ValueError(f"{name}: --split belongs to known sets, and this is a path")
        return Benchmark.at(path, protocol, on_listed)
    if len(path.parts) != 1:
        raise ValueError(
            f"{name}: expected a folder with images/ and masks/, other labelled photos or a known set's name, found nothing there"
        )
    known = known_set(name)
    split = places.split or known.default_split
    found = known.open(places.of(known), split)
    objects = objects_of(whole_photos(found), protocol, found.path, on_listed)
    return Benchmark(known.name if split == known.default_split else f"{known.name}-{split}", objects, known.name)
