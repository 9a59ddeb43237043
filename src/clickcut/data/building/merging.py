"""The objects of one photo out of two annotations of it: what both have is kept once (specification 4.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clickcut.core.masks import Mask
from clickcut.data.building.overlap import mask_iou
from clickcut.data.shapes import Piece, piece_of

_LEAST_AREA: Final = 80
_LEAST_STUFF_AREA: Final = 500
_SAME_BOX: Final = 0.7
_SAME_AS_LVIS: Final = 0.7
_SAME_WITHIN_LVIS: Final = 0.85


def merged(things: Sequence[Piece], lvis: Sequence[Piece]) -> list[Piece]:
    """COCO's things that LVIS does not have, then LVIS's objects; of one that LVIS has twice the last."""
    things, lvis = _large(things), _large(lvis)
    only_coco = [thing for thing in things if not any(_is_same(thing, other, _SAME_AS_LVIS) for other in lvis)]
    last = [one for place, one in enumerate(lvis) if not any(_is_same(one, later, _SAME_WITHIN_LVIS) for later in lvis[place + 1 :])]
    return only_coco + last


def stuff_around(stuff: Sequence[Mask], objects: Sequence[Piece]) -> list[Piece]:
    """What objects leave of each region of stuff, where that is large enough."""
    if not stuff:
        return []
    covered = np.zeros(stuff[0].shape, np.bool_)
    for piece in objects:
        covered[piece.box.slices] |= piece.inside
    pieces = (piece_of(region & ~covered) for region in stuff)
    return [piece for piece in pieces if piece is not None and piece.area > _LEAST_STUFF_AREA]


def _large(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.area >= _LEAST_AREA]


def _is_same(one: Piece, other: Piece, least_iou: float) -> bool:
    """The cheap question first: most pairs lie apart."""
    return one.box.iou(other.box) > _SAME_BOX and mask_iou(one, other) > least_iou
