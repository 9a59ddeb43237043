"""Cuts: operations on masks within boxes give what they would on whole masks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.web.record.cuts import Cut, Stroke, area_of, change_of, cut_of, mask_in, outside, painted, union, without

HW = (14, 17)
masks = arrays(np.bool_, HW, elements=st.booleans(), fill=st.just(value=False))
Mask = NDArray[np.bool_]


def whole(cut: Cut | None) -> Mask:
    return mask_in(cut, Box.whole(HW))


@given(masks)
def test_a_cut_is_its_masks_pixels_in_a_tight_box(mask: Mask) -> None:
    cut = cut_of(mask)

    assert (whole(cut) == mask).all()
    assert area_of(cut) == mask.sum()
    assert cut is None or cut.box == Box.around(mask)


@given(masks, masks)
def test_union_and_difference_are_those_of_whole_masks(a: Mask, b: Mask) -> None:
    one, other = cut_of(a), cut_of(b)

    assert (whole(union((one, other))) == (a | b)).all()
    assert (whole(without(one, [] if other is None else [other])) == (a & ~b)).all()


@given(masks, masks)
def test_a_change_pasted_over_the_old_mask_gives_the_new_one(a: Mask, b: Mask) -> None:
    change = change_of(cut_of(a), cut_of(b))

    shown = a.copy()
    if change is not None:
        shown[change.box.slices] = change.mask
    assert (shown == b).all()
    assert change is None or change.box == Box.around(a != b)


@given(masks)
def test_outside_of_a_box_is_what_it_does_not_hold(mask: Mask) -> None:
    box = Box(3, 4, 9, 12)

    expected = mask.copy()
    expected[box.slices] = False
    assert (whole(outside(cut_of(mask), box)) == expected).all()


def test_a_stroke_paints_all_within_its_radius_of_the_line() -> None:
    stroke = Stroke(((3.0, 5.0), (12.0, 5.0)), 2.0, erase=False)

    found = whole(painted(None, [stroke], HW))

    y, x = np.mgrid[: HW[0], : HW[1]]
    distance = np.hypot(x - np.clip(x, 3, 12), y - 5)
    assert (found == (distance <= 2)).all()


def test_strokes_go_over_each_other_in_their_order() -> None:
    paint = Stroke(((5.0, 5.0),), 3.0, erase=False)
    erase = Stroke(((5.0, 5.0),), 1.0, erase=True)

    assert not whole(painted(None, [paint, erase], HW))[5, 5]
    assert whole(painted(None, [erase, paint], HW))[5, 5]


def test_a_stroke_beyond_the_image_changes_nothing() -> None:
    away = Stroke(((-50.0, -50.0),), 3.0, erase=False)

    assert painted(None, [away], HW) is None


def test_an_eraser_can_take_all() -> None:
    cut = cut_of(np.ones((2, 2), np.bool_), top=5, left=5)

    assert painted(cut, [Stroke(((5.5, 5.5),), 5.0, erase=True)], HW) is None
