"""How far masks cover each other, on rectangles whose areas can be counted."""

from __future__ import annotations

import numpy as np
import pytest

from clickcut.core.boxes import Box
from clickcut.data.building.overlap import box_share, intersection, mask_iou
from clickcut.data.shapes import piece_of
from tests.data.building.pieces import piece


def test_rectangles_share_what_they_share() -> None:
    one, other = piece(0, 0, 10, 10), piece(5, 5, 15, 25)

    assert intersection(one, other) == 25
    assert mask_iou(one, other) == 25 / (100 + 200 - 25)
    assert intersection(one, piece(10, 0, 20, 10)) == 0


def test_pixels_count_and_not_boxes() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 20, 30)) < 0.4
    first[:5], second[:, :7] = False, False
    one, other = piece_of(first), piece_of(second)

    assert one is not None
    assert other is not None
    assert intersection(one, other) == np.count_nonzero(first & second)


@pytest.mark.parametrize(
    ("inner", "outer", "share"),
    [
        (Box(0, 0, 10, 10), Box(0, 0, 100, 100), 1.0),
        (Box(0, 0, 100, 100), Box(0, 0, 10, 10), 0.01),
        (Box(0, 0, 10, 10), Box(3, 0, 50, 50), 0.7),
        (Box(0, 0, 10, 10), Box(10, 10, 20, 20), 0.0),
    ],
)
def test_the_share_of_a_box_is_of_its_own_area(inner: Box, outer: Box, share: float) -> None:
    assert box_share(inner, outer) == pytest.approx(share)  # quotients of small whole numbers, rounded once
