"""DAVIS-585, FocalClick's benchmark of mending masks: photos, objects and masks to begin with, in a folder a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from clickcut.core.images import read_image
from clickcut.core.masks import LabelMap, Mask
from clickcut.data.folders import Sample
from clickcut.data.photos import LabelledSet, Split, images_in
from clickcut.data.sets.layout import contents, listed_set, same_hw, those_there
from clickcut.data.sets.pairs import above_middle

Maker = Literal["sp", "stm"]
"""What a starting mask was made by: super-pixels, or a network that follows objects through a video."""


@dataclass(frozen=True, slots=True)
class Davis585Photo:
    """One object, 1, on a photo that others may share, and its starting mask."""

    id: str
    image_path: Path
    mask_path: Path
    start_path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.mask_path, self.start_path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        return Sample(self.id, image, _mask(self.mask_path, (image.shape[0], image.shape[1])))

    def start_mask(self, object_id: int) -> Mask:
        if object_id != 1:
            raise ValueError(f"{self.id}: expected object 1, its only one, got {object_id}")
        mask = read_image(self.mask_path)
        return _mask(self.start_path, (mask.shape[0], mask.shape[1])).astype(np.bool_)


@dataclass(frozen=True, slots=True)
class Davis585:
    """A reader of the objects with starting masks of one kind.

    A sequence has ``00009.jpg``, ``object1_00009.png``, and ``init_sp_object1_00009.png`` and ``init_stm_object1_00009.png``.
    """

    maker: Maker

    def __call__(self, root: Path, split: Split) -> LabelledSet:
        sequences = [folder for folder in sorted(root.iterdir()) if folder.is_dir()] if root.is_dir() else []
        photos = [photo for folder in sequences for photo in self._objects(folder)]
        if not photos:
            raise ValueError(f"{root}: expected folders of sequences with object1_00009.png and the like, found {contents(root)}")
        return listed_set(root, f"DAVIS-585 (init_{self.maker}_*.png)", *those_there(photos))

    def _objects(self, folder: Path) -> Iterator[Davis585Photo]:
        for path in images_in(folder):
            if path.suffix.lower() == ".png" and "init" not in path.stem:
                frame = path.stem.rsplit("_", 1)[-1]
                start = folder / f"init_{self.maker}_{path.name}"
                yield Davis585Photo(f"{folder.name}/{path.stem}", folder / f"{frame}.jpg", path, start)


def _mask(path: Path, hw: tuple[int, int]) -> LabelMap:
    colours = read_image(path)
    same_hw(path, colours, hw)
    return above_middle(colours)
