"""ADE20K of 2021 with the field's list: objects in the blue of ``*_seg.png``, parts of theirs in ``*_parts_N.png`` (specification 4.11).

The field draws one of a photo's layers; here a photo has all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clickcut.core.images import read_image
from clickcut.core.plain_pickle import read_plain_pickle
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample
from clickcut.data.photos import LabelledSet, Split, inside
from clickcut.data.sets.layering import flat, layered_of, pieces_of
from clickcut.data.sets.layout import listed_set, needed, same_hw, those_there


@dataclass(frozen=True, slots=True)
class Ade20kLayer:
    """A mask file, and the numbers of its objects and of its stuff."""

    path: Path
    things: tuple[int, ...]
    stuff: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ade20kPhoto:
    """A photo and its layers, whole objects first."""

    id: str
    image_path: Path
    layers: tuple[Ade20kLayer, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, *(layer.path for layer in self.layers)

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        things, stuff = [], []
        for layer in self.layers:
            blue = read_image(layer.path)[..., 2].astype(np.int64)
            same_hw(layer.path, blue, (image.shape[0], image.shape[1]))
            things += pieces_of(blue, layer.things)
            stuff += pieces_of(blue, layer.stuff)
        return layered_of(self.id, image, things, stuff=stuff)


def open_ade20k(root: Path, split: Split) -> LabelledSet:
    """The folder with ``{split}-annotations-object-segmentation.pkl``, which names each photo's own folder below it."""
    (path,) = needed(root, f"{split}-annotations-object-segmentation.pkl")
    listed = read_plain_pickle(path)
    try:
        photos = [_photo(root, str(name), entry) for name, entry in listed.items()]
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise ValueError(f"{path}: expected a folder and layers for each photo: {error}") from error
    return listed_set(root, "ADE20K (*_seg.png and *_parts_N.png)", *those_there(photos))


def _photo(root: Path, name: str, entry: dict[str, Any]) -> Ade20kPhoto:
    folder = inside(root, root, str(entry["folder"]))
    layers = [
        Ade20kLayer(inside(root, folder, layer["mask_name"]), _numbers(layer["object_instances"]), _numbers(layer["stuff_instances"]))
        for layer in entry["layers"]
    ]
    return Ade20kPhoto(name, inside(root, folder, f"{name}.jpg"), tuple(layers))


def _numbers(values: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
