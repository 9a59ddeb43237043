"""Cityscapes: ``leftImg8bit/`` and ``gtFine/*_instanceIds.png``, whose 16-bit values are a class, or 1000 times a class and a number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from clickcut.core.images import read_image, read_numbers
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample
from clickcut.data.photos import LabelledSet, Split
from clickcut.data.sets.layering import flat, layered_of, pieces_of
from clickcut.data.sets.layout import listed_set, needed, same_hw, those_there

_FIRST_INSTANCE: Final = 1000
_OUTSIDE: Final = (1, 2, 3)
"""The own car, the border of rectification, and what lies outside of the region that was labelled."""

_COUNTABLE: Final = range(24, 34)
"""Classes of things: without a number they are groups of many, which are ignored."""

_IMAGE_END, _MAP_END = "_leftImg8bit.png", "_gtFine_instanceIds.png"


@dataclass(frozen=True, slots=True)
class CityscapesPhoto:
    """A photo of a street and its map of classes and instances."""

    id: str
    image_path: Path
    map_path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.map_path

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        values = read_numbers(self.map_path)
        same_hw(self.map_path, values, (image.shape[0], image.shape[1]))
        present = [int(value) for value in np.unique(values)]
        things = [value for value in present if value >= _FIRST_INSTANCE]
        uncounted = [value for value in present if value in _OUTSIDE or value in _COUNTABLE]
        stuff = [value for value in present if max(_OUTSIDE) < value < _FIRST_INSTANCE and value not in _COUNTABLE]
        ignored = np.isin(values, uncounted)
        return layered_of(self.id, image, pieces_of(values, things), stuff=pieces_of(values, stuff), ignored=ignored)


def open_cityscapes(root: Path, split: Split) -> LabelledSet:
    """The photos of all cities of a split."""
    images, maps = needed(root, f"leftImg8bit/{split}", f"gtFine/{split}")
    photos = []
    for path in sorted(images.glob(f"*/*{_IMAGE_END}")):
        name = path.name.removesuffix(_IMAGE_END)
        photos.append(CityscapesPhoto(f"{path.parent.name}/{name}", path, maps / path.parent.name / f"{name}{_MAP_END}"))
    return listed_set(root, "Cityscapes (gtFine)", *those_there(photos))
