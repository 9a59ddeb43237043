"""Label maps painted from shapes: what becomes of overlaps, crowds and more objects than a label map can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clickcut.core.masks import IGNORE_LABEL, MAX_OBJECT_ID, LabelMap
from clickcut.data.shapes import Piece, Shape


@dataclass(frozen=True, slots=True)
class Shapes:
    """The objects of a photo in the order of its labels, and regions that count neither as object nor as background."""

    objects: tuple[Shape, ...]
    ignored: tuple[Shape, ...] = ()


def painted(shapes: Shapes, hw: tuple[int, int]) -> LabelMap:
    """The label map (H, W) of shapes: the k-th object is k, where it is seen.

    A pixel holds one label, so larger objects are painted first and smaller ones over them: a button stays on its shirt. Ignored regions
    lie below all objects. Of more than 254 objects the smallest are ignored, and the others numbered 1 to 254.
    """
    pieces = [shape.piece(hw) for shape in shapes.objects]
    drawn = [piece for piece in pieces if piece is not None] if len(pieces) > MAX_OBJECT_ID else pieces
    by_size = sorted((index for index, piece in enumerate(drawn) if piece is not None), key=lambda index: -_area(drawn[index]))
    named = _labels(by_size, len(drawn))
    labels = np.zeros(hw, np.uint8)
    for shape in shapes.ignored:
        if (piece := shape.piece(hw)) is not None:
            labels[piece.box.slices][piece.inside] = IGNORE_LABEL
    for index in by_size:
        piece = drawn[index]
        assert piece is not None
        labels[piece.box.slices][piece.inside] = named[index]
    return labels


def _area(piece: Piece | None) -> int:
    return 0 if piece is None else piece.area


def _labels(by_size: Sequence[int], num_objects: int) -> dict[int, int]:
    """The label of each object: its place in the photo's list, counted among those that there are labels for."""
    if num_objects <= MAX_OBJECT_ID:
        return {index: index + 1 for index in by_size}
    kept = sorted(by_size[:MAX_OBJECT_ID])
    return dict.fromkeys(by_size, IGNORE_LABEL) | {index: label for label, index in enumerate(kept, start=1)}
