"""Which of two annotations' objects stay, and what is left of stuff."""

from __future__ import annotations

import numpy as np
import pytest

from clickcut.data.building.merging import merged, stuff_around
from clickcut.data.shapes import Piece
from tests.data.building.pieces import piece


def _boxes(pieces: list[Piece]) -> list[tuple[int, int, int, int]]:
    return [(one.box.top, one.box.left, one.box.bottom, one.box.right) for one in pieces]


def test_things_that_lvis_has_too_are_taken_from_lvis() -> None:
    kept = merged([piece(0, 0, 20, 20), piece(30, 30, 50, 50)], [piece(0, 0, 20, 19), piece(0, 40, 20, 60)])

    assert _boxes(kept) == [(30, 30, 50, 50), (0, 0, 20, 19), (0, 40, 20, 60)]


@pytest.mark.parametrize(
    ("rows", "num_kept"),
    [
        (15, 1),  # an IoU of 0.75: the same
        (14, 2),  # of 0.7: not more than that
        (13, 2),
    ],
)
def test_things_are_the_same_above_an_iou_of_seven_tenths(rows: int, num_kept: int) -> None:
    assert len(merged([piece(0, 0, rows, 20)], [piece(0, 0, 20, 20)])) == num_kept


def test_boxes_alone_make_nothing_the_same() -> None:
    ring = piece(0, 0, 20, 20)
    hollow = ring.inside.copy()
    hollow[4:16, 4:16] = False

    assert len(merged([Piece(ring.box, hollow)], [ring])) == 2


def test_what_lvis_has_twice_is_kept_once_the_last_time() -> None:
    kept = merged([], [piece(0, 0, 20, 20), piece(0, 0, 20, 18), piece(0, 0, 20, 16)])

    # The first is like the second (0.9), which is like the third (0.89); the last one alone has no later one.
    assert _boxes(kept) == [(0, 0, 20, 16)]


def test_within_lvis_more_has_to_agree() -> None:
    assert len(merged([], [piece(0, 0, 20, 20), piece(0, 0, 16, 20)])) == 2  # 0.8


def test_masks_of_less_than_80_pixels_go_and_do_not_count() -> None:
    kept = merged([piece(0, 0, 8, 10), piece(20, 0, 27, 11)], [piece(0, 0, 7, 11), piece(40, 0, 48, 10)])

    assert _boxes(kept) == [(0, 0, 8, 10), (40, 0, 48, 10)]


def test_stuff_is_what_objects_leave_of_it_if_that_is_more_than_500_pixels() -> None:
    sky, wall = np.zeros((60, 80), np.bool_), np.zeros((60, 80), np.bool_)
    sky[:11, :60], wall[20:30, :60] = True, True

    kept = stuff_around([sky, wall], [piece(0, 0, 5, 10), piece(0, 5, 60, 15)])

    # The sky's 660 lose 50 and 110, of which 25 twice; the wall's 600 lose 100, and 500 are not more than 500.
    assert [one.area for one in kept] == [660 - 50 - 110 + 25]
    assert [one.area for one in stuff_around([sky, wall], [])] == [660, 600]
    assert stuff_around([], [piece(0, 0, 5, 5)]) == []
