"""How far two masks cover each other, each known by its box and the pixels within."""

from __future__ import annotations

import numpy as np

from clickcut.core.boxes import Box
from clickcut.data.shapes import Piece


def intersection(one: Piece, other: Piece) -> int:
    """How many pixels belong to both."""
    shared = shared_box(one.box, other.box)
    if shared is None:
        return 0
    return int(np.count_nonzero(_within(one, shared) & _within(other, shared)))


def mask_iou(one: Piece, other: Piece) -> float:
    both = intersection(one, other)
    return both / (one.area + other.area - both)


def box_share(inner: Box, outer: Box) -> float:
    """The part of ``inner``'s area that lies in ``outer``."""
    shared = shared_box(inner, outer)
    return 0.0 if shared is None else shared.height * shared.width / (inner.height * inner.width)


def shared_box(one: Box, other: Box) -> Box | None:
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom, right = min(one.bottom, other.bottom), min(one.right, other.right)
    return Box(top, left, bottom, right) if bottom > top and right > left else None


def _within(piece: Piece, box: Box) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return piece.inside[box.shifted(-piece.box.top, -piece.box.left).slices]
