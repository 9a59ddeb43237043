"""Samples whose objects may overlap: label layers one over another, and which object is a part of which (specification 4.1).

The flat ``Sample`` of a labelled folder becomes one by ``LayeredSample.of``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from clickcut.core.images import Rgb
from clickcut.core.masks import IGNORE_LABEL, Mask, Target, object_ids
from clickcut.data.folders import Sample

Layers = NDArray[np.uint8]
"""(H, W, L): in each layer 0 is nothing and every other value one object, or ignored."""


@dataclass(frozen=True, slots=True)
class LayeredObject:
    """Where one object's pixels are: ``value`` in ``layer``. ``parent`` is the object that it is a part of, ``children`` are its parts.

    ``is_stuff`` marks regions without a shape of their own, such as sky: see ``drawn_stuff``.
    """

    layer: int
    value: int
    parent: int | None = None
    children: tuple[int, ...] = ()
    is_stuff: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LayeredSample:
    """A photo (H, W, 3) uint8 RGB, its layers, its objects by id, and the (layer, value) pairs of ignored pixels.

    Pixels whose value no object has any more still count as something: only what is zero in all layers is background.
    """

    id: str
    image: Rgb
    layers: Layers
    objects: Mapping[int, LayeredObject]
    ignored_values: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.layers.ndim != 3 or self.layers.shape[:2] != self.image.shape[:2]:
            raise ValueError(f"{self.id}: expected layers (H, W, L) over an image of {self.image.shape[:2]}, got {self.layers.shape}")

    @classmethod
    def of(cls, sample: Sample) -> LayeredSample:
        """A flat sample: one layer, no hierarchy, 255 ignored."""
        objects = {number: LayeredObject(0, label) for number, label in enumerate(object_ids(sample.labels))}
        return cls(sample.id, sample.image, sample.labels[..., None], MappingProxyType(objects), ((0, IGNORE_LABEL),))

    @property
    def hw(self) -> tuple[int, int]:
        return self.image.shape[0], self.image.shape[1]

    @property
    def roots(self) -> tuple[int, ...]:
        """The objects that are no part of another one."""
        return tuple(number for number, node in self.objects.items() if node.parent is None)

    def mask(self, number: int) -> Mask:
        node = self.objects[number]
        pixels: Mask = self.layers[..., node.layer] == node.value
        return pixels

    def area(self, number: int) -> int:
        return int(np.count_nonzero(self.mask(number)))

    def ignored(self) -> Mask:
        pixels = np.zeros(self.hw, np.bool_)
        for layer, value in self.ignored_values:
            pixels |= self.layers[..., layer] == value
        return pixels

    def background(self) -> Mask:
        """What is zero in every layer."""
        empty: Mask = np.all(self.layers == 0, axis=-1)
        return empty

    def target(self, number: int) -> Target:
        """1 the object, 0 all else, -1 ignored."""
        target = self.mask(number).astype(np.int8)
        target[self.ignored()] = -1
        return target

    def without(self, numbers: Iterable[int]) -> LayeredSample:
        """Fewer objects; the parts of one that goes become parts of what it was a part of. Their pixels stay what they are."""
        objects = dict(self.objects)
        for number in numbers:
            gone = objects.pop(number)
            for child in gone.children:
                objects[child] = replace(objects[child], parent=gone.parent)
            if gone.parent is not None:
                parent = objects[gone.parent]
                siblings = tuple(child for child in parent.children if child != number)
                objects[gone.parent] = replace(parent, children=siblings + gone.children)
        return replace(self, objects=MappingProxyType(objects))

    def without_smaller(self, min_area: int) -> LayeredSample:
        """Without objects of fewer than ``min_area`` pixels."""
        counts = self._counts()
        return self.without([number for number, node in self.objects.items() if counts[node.layer][node.value] < min_area])

    def redrawn(self, image: Rgb, layers: Layers) -> LayeredSample:
        """The same objects in another view: those that are no longer seen go, and so do pixels of objects that went before."""
        return replace(self, image=image, layers=_only_known(layers, self)).without_smaller(1)

    def _counts(self) -> list[NDArray[np.intp]]:
        return [np.bincount(self.layers[..., layer].ravel(), minlength=256) for layer in range(self.layers.shape[-1])]


@runtime_checkable
class OverlappingPhoto(Protocol):
    """A photo whose objects may overlap or be parts of each other: reading it flat hides some of them."""

    def read_layered(self) -> LayeredSample:
        """Everything that its set says of it."""


class FlatPhoto(Protocol):
    """A photo that can be read at least flat; a sample that has its layers already is taken as it is."""

    def read(self) -> Sample | LayeredSample: ...


def read_layered(photo: FlatPhoto) -> LayeredSample:
    """All that there is of a photo's objects."""
    if isinstance(photo, OverlappingPhoto):
        return photo.read_layered()
    read = photo.read()
    return read if isinstance(read, LayeredSample) else LayeredSample.of(read)


def drawn_stuff(sample: LayeredSample, share: float, rng: np.random.Generator) -> LayeredSample:
    """The sample with its stuff, in ``share`` of draws, or else without it: its pixels are background then (specification 4.11)."""
    stuff = [number for number, node in sample.objects.items() if node.is_stuff]
    if not stuff or rng.random() < share:
        return sample
    rest = sample.without(stuff)
    return replace(rest, layers=_only_known(sample.layers, rest))


def _only_known(layers: Layers, sample: LayeredSample) -> Layers:
    """The layers with zeros where a value belongs to no object of the sample and is not ignored."""
    known = np.zeros((layers.shape[-1], 256), np.uint8)
    for layer, value in (*((node.layer, node.value) for node in sample.objects.values()), *sample.ignored_values):
        known[layer, value] = value
    return np.stack([known[layer][layers[..., layer]] for layer in range(layers.shape[-1])], axis=-1)
