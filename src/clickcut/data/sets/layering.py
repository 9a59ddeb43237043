"""Objects that overlap, laid into as few layers as hold them, and laid flat again."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.images import Rgb
from clickcut.core.masks import IGNORE_LABEL, MAX_OBJECT_ID, LabelMap, Mask
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredObject, LayeredSample
from clickcut.data.packing import packed
from clickcut.data.painting import Shapes, painted
from clickcut.data.shapes import Piece, Pixels

Regions = NDArray[np.int64]
"""(H, W): every pixel the number of what it belongs to, 0 being nothing."""


def layered_of(
    name: str, image: Rgb, things: Sequence[Piece], *, stuff: Sequence[Piece] = (), ignored: Mask | None = None
) -> LayeredSample:
    """A sample of objects that may overlap, numbered in their order, and stuff after them; ``ignored`` counts where no object is."""
    pieces = [*things, *stuff]
    hw = (image.shape[0], image.shape[1])
    maps, places = packed(pieces, hw, most_in_a_layer=MAX_OBJECT_ID)
    layers = np.stack(maps or [np.zeros(hw, np.uint8)], axis=-1)
    objects = {number: LayeredObject(layer, value, is_stuff=number >= len(things)) for number, (layer, value) in enumerate(places)}
    if ignored is not None:
        layers[..., 0][ignored & (layers == 0).all(axis=-1)] = IGNORE_LABEL
    return LayeredSample(name, image, layers, MappingProxyType(objects), ((0, IGNORE_LABEL),))


def flat(sample: LayeredSample) -> Sample:
    """One label map: smaller objects lie over larger ones, stuff is left out, and of more than 254 objects the smallest are ignored.

    The k-th object that is no stuff is k, where it is seen.
    """
    objects = tuple(Pixels(sample.mask(number)) for number, node in sample.objects.items() if not node.is_stuff)
    return Sample(sample.id, sample.image, painted(Shapes(objects, (Pixels(sample.ignored()),)), sample.hw))


def label_map_of(regions: Regions, ignored: Mask | None = None) -> LabelMap:
    """A label map of numbered regions (H, W), 0 being none: numbers stay where all are 254 at most, else they are told in their order.

    Of more than 254 regions the smallest are ignored.
    """
    numbers, inverse, counts = np.unique(regions, return_inverse=True, return_counts=True)
    is_object = numbers > 0
    labels = np.zeros(len(numbers), np.int64)
    if numbers.max(initial=0) <= MAX_OBJECT_ID:
        labels[is_object] = numbers[is_object]
    else:
        kept = sorted(sorted(np.flatnonzero(is_object), key=lambda row: -counts[row])[:MAX_OBJECT_ID])
        labels[is_object] = IGNORE_LABEL
        labels[kept] = np.arange(1, len(kept) + 1)
    painted_labels = labels[inverse.reshape(regions.shape)].astype(np.uint8)
    if ignored is not None:
        painted_labels[ignored & (painted_labels == 0)] = IGNORE_LABEL
    return painted_labels


def pieces_of(regions: Regions, numbers: Sequence[int]) -> list[Piece]:
    """The pixels of some numbered regions (H, W), in the order of their numbers; those that are nowhere are left out."""
    found: list[Piece] = []
    for number in numbers:
        mask = regions == number
        if mask.any():
            box = Box.around(mask)
            found.append(Piece(box, mask[box.slices]))
    return found
