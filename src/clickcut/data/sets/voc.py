"""Pascal VOC's segmentation: colour maps of objects, read as the field reads them, exactly, or object by object from RITM's list.

The field turns palette colours to grey and takes each grey for an object. Six pairs of the first 57 colours have one grey (specification
3.6), so that photos of many objects lose some: that is kept where figures are compared, and an exact reader stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from clickcut.core.images import read_image
from clickcut.core.masks import IGNORE_LABEL, LabelMap
from clickcut.core.plain_pickle import read_plain_pickle
from clickcut.data.folders import LabelledPhoto, Sample
from clickcut.data.photos import LabelledSet, Split, inside
from clickcut.data.sets.layout import listed_names, listed_set, needed, same_hw, those_there

_VOID: Final = 220
"""Grey of the colour (224, 224, 192) about every object."""

_LISTS: Final = "ImageSets/Segmentation"


@dataclass(frozen=True, slots=True)
class GreyPhoto:
    """A photo whose objects are the greys of its colour map, all of them or the one that a list names."""

    id: str
    image_path: Path
    colours_path: Path
    only: int | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.colours_path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        labels = greys(self.colours_path)
        same_hw(self.colours_path, labels, (image.shape[0], image.shape[1]))
        if self.only is not None:
            labels[(labels != self.only) & (labels != IGNORE_LABEL)] = 0
        return Sample(self.id, image, labels)


def greys(path: Path) -> LabelMap:
    """The label map that the field makes of a colour map: each grey an object, 220 ignored."""
    labels = np.asarray(cv2.cvtColor(read_image(path), cv2.COLOR_RGB2GRAY), np.uint8)
    labels[labels == _VOID] = IGNORE_LABEL
    return labels


def open_voc(root: Path, split: Split) -> LabelledSet:
    """As the field measures: objects whose colours have one grey are one."""
    images, colours, names = needed(root, "JPEGImages", "SegmentationObject", f"{_LISTS}/{split}.txt")
    photos = [GreyPhoto(name, *_pair(root, images, colours, name)) for name in listed_names(names)]
    return listed_set(root, "JPEGImages/ + SegmentationObject/ by greys", *those_there(photos))


def open_voc_exactly(root: Path, split: Split) -> LabelledSet:
    """Every object, by its place in the palette; the last place is ignored."""
    images, colours, names = needed(root, "JPEGImages", "SegmentationObject", f"{_LISTS}/{split}.txt")
    photos = [LabelledPhoto(name, *_pair(root, images, colours, name)) for name in listed_names(names)]
    return listed_set(root, "JPEGImages/ + SegmentationObject/ by palette", *those_there(photos))


def open_voc_list(root: Path, split: Split) -> LabelledSet:
    """The objects that RITM's ``test.pickle`` names, a photo each: names of images, and each one's grey."""
    images, colours, path = needed(root, "JPEGImages", "SegmentationObject", f"{_LISTS}/test.pickle")
    photos = [GreyPhoto(f"{name}-{grey}", *_pair(root, images, colours, name), grey) for name, grey in _listed(path)]
    return listed_set(root, "JPEGImages/ + SegmentationObject/ by test.pickle", *those_there(photos))


def _listed(path: Path) -> list[tuple[str, int]]:
    value: Any = read_plain_pickle(path)
    try:
        names, numbers = value
        # The greys come as numbers or as arrays of one.
        return [(str(name), int(np.asarray(number).reshape(()))) for name, number in zip(names, numbers, strict=True)]
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: expected names of images, and as many greys: {error}") from error


def _pair(root: Path, images: Path, colours: Path, name: str) -> tuple[Path, Path]:
    return inside(root, images, f"{name}.jpg"), inside(root, colours, f"{name}.png")
