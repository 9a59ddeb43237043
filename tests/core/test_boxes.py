"""Boxes: the field's rounding and overlap (golden values of specification A.1), and what must hold for any box."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click


def inclusive(first_row: int, last_row: int, first_column: int, last_column: int) -> Box:
    """A box from the specification's inclusive (rmin, rmax, cmin, cmax)."""
    return Box(first_row, first_column, last_row + 1, last_column + 1)


@st.composite
def boxes(draw: st.DrawFn, low: int = -300, high: int = 800) -> Box:
    top, left = draw(st.integers(low, high)), draw(st.integers(low, high))
    return Box(top, left, top + draw(st.integers(1, 500)), left + draw(st.integers(1, 500)))


def test_expanding_rounds_both_ends_half_to_even() -> None:
    assert inclusive(50, 60, 70, 90).expanded(1.4, 200) == inclusive(-45, 155, -20, 180)
    assert inclusive(10, 409, 20, 229).expanded(1.4, 200) == inclusive(-70, 490, -22, 272)


def test_clamping_cuts_a_box_at_the_image() -> None:
    assert inclusive(-70, 490, -22, 272).clamped((300, 420)) == inclusive(0, 299, 0, 272)


def test_box_iou_divides_by_the_hull() -> None:
    whole = inclusive(0, 299, 0, 419)

    assert whole.iou(inclusive(33, 287, 21, 419)) == pytest.approx(0.8075)
    assert whole.iou(inclusive(20, 220, 50, 250)) == pytest.approx(0.3206428571)


def test_boxes_that_share_no_row_have_no_overlap() -> None:
    assert Box(0, 0, 10, 10).iou(Box(20, 0, 30, 10)) == 0


def test_a_box_around_a_mask_touches_its_outermost_pixels() -> None:
    mask = np.zeros((6, 8), bool)
    mask[2, 3] = mask[4, 5] = True

    assert Box.around(mask) == Box(2, 3, 5, 6)
    assert Box.around(mask, [Click(1.9, 7.2, True)]) == Box(1, 3, 5, 8)


def test_an_empty_mask_without_clicks_has_no_box() -> None:
    with pytest.raises(ValueError, match="empty mask"):
        Box.around(np.zeros((4, 4), bool))


def test_a_box_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        Box(3, 0, 3, 5)


def test_slices_cut_the_box_out_of_an_array() -> None:
    pixels = np.arange(20).reshape(4, 5)

    assert pixels[Box(1, 2, 3, 4).slices].tolist() == [[7, 8], [12, 13]]
    assert Box(1, 2, 3, 5).hw == (2, 3)


@given(boxes(), st.floats(1, 3), st.integers(1, 300))
def test_an_expanded_box_contains_the_box(box: Box, ratio: float, min_side: int) -> None:
    grown = box.expanded(ratio, min_side)

    assert grown.top <= box.top < box.bottom <= grown.bottom
    assert grown.left <= box.left < box.right <= grown.right
    assert min(grown.hw) >= min_side


@given(boxes(), st.integers(1, 600), st.integers(1, 600))
def test_a_clamped_box_stays_inside_the_image(box: Box, height: int, width: int) -> None:
    if box.bottom <= 0 or box.right <= 0 or box.top >= height or box.left >= width:
        return  # nothing of it lies inside

    clamped = box.clamped((height, width))

    assert 0 <= clamped.top < clamped.bottom <= height
    assert 0 <= clamped.left < clamped.right <= width
    assert clamped.clamped((height, width)) == clamped


@given(boxes(), boxes())
def test_box_iou_is_symmetric_and_one_only_for_equal_boxes(a: Box, b: Box) -> None:
    assert a.iou(b) == b.iou(a)
    assert a.iou(a) == 1
    assert 0 <= a.iou(b) <= 1


@given(boxes(), st.integers(-100, 100), st.integers(-100, 100))
def test_shifting_there_and_back_is_the_identity(box: Box, dy: int, dx: int) -> None:
    assert box.shifted(dy, dx).hw == box.hw
    assert box.shifted(dy, dx).shifted(-dy, -dx) == box


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(0, 0, 4, 5), True),
        (Box(3, 4, 4, 5), True),
        (Box(-1, 0, 4, 5), False),
        (Box(0, -1, 4, 5), False),
        (Box(0, 0, 5, 5), False),
        (Box(4, 5, 5, 6), False),  # beyond it altogether
    ],
)
def test_a_box_is_within_an_image_when_all_of_it_is(box: Box, expected: bool) -> None:
    assert box.is_within((4, 5)) is expected
