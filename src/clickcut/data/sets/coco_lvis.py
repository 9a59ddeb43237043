"""RITM's combined annotation of COCO and LVIS: layers of objects and stuff, and which object is a part of which (specification 4.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from clickcut.core.images import Rgb, decode_label_map, read_image
from clickcut.core.plain_pickle import read_plain_pickle
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredObject, LayeredSample
from clickcut.data.photos import LabelledSet, Split, inside
from clickcut.data.sets.layering import flat
from clickcut.data.sets.layout import listed_set, needed, those_there

_MOST_LAYERS: Final = 256


@dataclass(frozen=True, slots=True)
class CocoLvisPhoto:
    """A photo and its layers: ``num_things`` objects, and after them stuff. ``parents`` are pairs of a part and what it is a part of."""

    id: str
    image_path: Path
    layers_path: Path
    num_things: int
    parents: tuple[tuple[int, int], ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.layers_path

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        try:
            return self._layered(image, read_plain_pickle(self.layers_path))
        except (TypeError, LookupError, ValueError, OverflowError) as error:
            told = str(error) if str(self.layers_path) in str(error) else f"{self.layers_path}: expected layers and objects: {error}"
            raise ValueError(told) from error

    def _layered(self, image: Rgb, value: Any) -> LayeredSample:
        encoded, places = value
        if not 0 < len(encoded) <= _MOST_LAYERS:
            raise ValueError(f"{self.layers_path}: expected 1 to {_MOST_LAYERS} layers, got {len(encoded)}")
        hw = (image.shape[0], image.shape[1])
        layers = np.stack([decode_label_map(_bytes(one), f"{self.layers_path}, layer {at}", hw) for at, one in enumerate(encoded)], axis=-1)
        for layer, number in places:
            if not (0 <= layer < len(encoded) and 0 < number <= 255):
                raise ValueError(
                    f"{self.layers_path}: names value {number} in layer {layer}, of {len(encoded)} layers with values 1 to 255"
                )
        return LayeredSample(self.id, image, layers, MappingProxyType(self._objects(places)))

    def _objects(self, places: Sequence[tuple[int, int]]) -> dict[int, LayeredObject]:
        parent_of = dict(self.parents)
        children: dict[int, list[int]] = {}
        for child, parent in self.parents:
            children.setdefault(parent, []).append(child)
        if len(places) < self.num_things:
            raise ValueError(f"{self.layers_path}: expected {self.num_things} objects or more, got {len(places)}")
        return {
            number: LayeredObject(layer, value, parent_of.get(number), tuple(children.get(number, ())), is_stuff=number >= self.num_things)
            for number, (layer, value) in enumerate(places)
        }


def open_coco_lvis(root: Path, split: Split) -> LabelledSet:
    """The folder of LVIS v1 with ``{split}/hannotation.pickle``, ``{split}/masks/*.pickle`` and ``{split}/images/*.jpg``."""
    listing, masks, images = needed(root, f"{split}/hannotation.pickle", f"{split}/masks", f"{split}/images")
    listed = read_plain_pickle(listing)
    if not isinstance(listed, dict):
        raise ValueError(f"{listing}: expected a dictionary of photos, got {type(listed).__name__}")
    photos: list[CocoLvisPhoto] = []
    for name in sorted(str(name) for name in listed):
        try:
            num_things, parents = _hierarchy(listed[name])
            paths = inside(root, images, f"{name}.jpg"), inside(root, masks, f"{name}.pickle")
        except (TypeError, LookupError, ValueError, AttributeError) as error:
            raise ValueError(f"{listing}: expected num_instance_masks and hierarchy for {name!r}: {error}") from error
        photos.append(CocoLvisPhoto(name, *paths, num_things, parents))
    return listed_set(root, "COCO+LVIS (hannotation.pickle)", *those_there(photos))


def _hierarchy(entry: Mapping[str, Any]) -> tuple[int, tuple[tuple[int, int], ...]]:
    """How many objects there are, and each part with what it is a part of; entries without a parent are none."""
    num_things = int(entry["num_instance_masks"])
    parents = {
        int(child): int(node["parent"]) for child, node in entry["hierarchy"].items() if node is not None and node["parent"] is not None
    }
    for child, parent in parents.items():
        if not (0 <= child < num_things and 0 <= parent < num_things):
            raise ValueError(f"object {child} is a part of {parent}, of {num_things} objects")
        seen = {child}
        while parent in parents and parent not in seen:
            seen.add(parent)
            parent = parents[parent]
        if parent in seen:
            raise ValueError(f"object {parent} is a part of itself")
    return num_things, tuple(sorted(parents.items()))


def _bytes(layer: Any) -> bytes:
    """The PNG of a layer: an array of bytes, as OpenCV gives it, or bytes."""
    return layer if isinstance(layer, bytes) else np.asarray(layer, np.uint8).tobytes()
