"""Zoom-in's choice of a box, its quirks included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.predict.state import State
from clickcut.predict.zoom import Aim, Zoom

HW = (600, 800)
STORED = Box(200, 300, 401, 501)


def seen(*clicks: Click, box: Box | None = STORED, inner: Box | None = STORED) -> State:
    """A state that covers ``box`` and says 1 within ``inner``, 0 elsewhere."""
    whole = np.zeros(HW, np.float32)
    if inner is not None:
        whole[inner.slices] = 1
    return State(clicks, box, whole if box is None else whole[box.slices].copy())


def test_the_first_pass_takes_the_whole_image_for_a_crop() -> None:
    aim = Zoom().aim(State((Click(5, 5, True),)), HW)

    assert aim == Aim(Box.whole(HW), Box.whole(HW), renewed=True)


def test_the_object_is_given_room_around_it() -> None:
    object_box = Box(200, 300, 400, 500)  # 200 pixels each way, grown to 280

    aim = Zoom().aim(seen(box=None, inner=object_box), HW)

    assert aim.crop == Box(160, 260, 441, 541)


def test_a_small_object_gets_201_pixels() -> None:
    """Quirk Q13: both ends of 200 pixels are rounded, and both belong to the box."""
    aim = Zoom().aim(seen(box=None, inner=Box(299, 399, 302, 402)), HW)

    assert aim.crop == STORED


def test_positive_clicks_belong_to_the_object_and_negative_ones_do_not() -> None:
    state = seen(Click(10.9, 20, True), Click(590, 790, False), box=None, inner=Box(300, 300, 301, 301))

    box = Zoom(expansion=1, min_side=1).object_box(state, state.clicks[:1], HW)
    aim = Zoom(expansion=1, min_side=1).aim(state, HW)

    assert aim.crop == box
    # From row 10 to 300 and column 20 to 300, both counted: ends of 9.5 and 300.5, 19.5 and 300.5, rounded half to even
    assert box == Box(10, 20, 301, 301)


@pytest.mark.parametrize(
    ("click", "kept"),
    [
        (Click(300, 400, True), True),
        (Click(399, 499, True), True),
        (Click(400, 400, True), False),  # quirk Q7: the last row counts as outside
        (Click(300, 500, True), False),  # and the last column
        (Click(400, 500, False), True),  # quirk Q8: negative clicks do not count
        (Click(10, 10, False), True),
    ],
)
def test_a_box_is_kept_while_it_holds_all_positive_clicks(click: Click, *, kept: bool) -> None:
    zoom = Zoom(expansion=1, min_side=1)
    state = seen(click, inner=Box(220, 320, 390, 490))

    aim = zoom.aim(state, HW)

    candidate = zoom.object_box(state, tuple(c for c in (click,) if c.positive), HW)
    assert aim.crop == (STORED if kept else candidate)
    assert aim.renewed is not kept


def test_a_box_that_is_chosen_again_counts_as_renewed() -> None:
    """A positive click on the image's last row never lies within a box (quirk Q7), though no other box could be chosen."""
    whole = Box.whole(HW)

    aim = Zoom().aim(seen(Click(599, 5, True), box=whole, inner=Box(100, 100, 500, 700)), HW)

    assert aim == Aim(whole, whole, renewed=True)


@pytest.mark.parametrize(
    ("inner", "kept"),
    [
        (Box(220, 320, 380, 480), True),  # 161² of 201² pixels
        (Box(220, 320, 360, 460), False),  # 141² of 201² are less than half
    ],
)
def test_a_box_is_renewed_when_the_object_has_shrunk_to_half_of_it(inner: Box, *, kept: bool) -> None:
    aim = Zoom(expansion=1, min_side=1).aim(seen(inner=inner), HW)

    assert (aim.crop == STORED) is kept


def test_with_no_object_left_a_field_crop_grows_back_to_the_image() -> None:
    assert Zoom().aim(seen(inner=None), HW).crop == Box.whole(HW)


@pytest.mark.parametrize("skip_clicks", [0, 1])
def test_with_no_object_left_ritm_looks_at_the_image_and_answers_in_the_stored_box(skip_clicks: int) -> None:
    """Quirk Q51."""
    state = seen(Click(300, 400, True), Click(310, 400, True), inner=None)

    assert Zoom(skip_clicks=skip_clicks).aim(state, HW) == Aim(None, STORED)


def test_the_first_clicks_can_be_left_unzoomed() -> None:
    state = seen(Click(300, 400, True), box=None)

    assert Zoom(skip_clicks=1).aim(state, HW) == Aim(None, None)
    assert Zoom(skip_clicks=0).aim(state, HW).crop is not None


@pytest.mark.parametrize(
    ("zoom", "after", "expected"),
    [
        (Zoom(skip_clicks=0), seen(box=None), True),
        (Zoom(skip_clicks=0), seen(box=STORED), False),  # zoomed already
        (Zoom(skip_clicks=0), seen(box=None, inner=None), False),  # nothing found
        (Zoom(skip_clicks=0), seen(box=None, inner=Box(50, 50, 550, 750)), False),  # large enough
        (Zoom(skip_clicks=1), seen(box=None), False),
    ],
)
def test_a_click_is_answered_again_only_for_a_small_object_before_any_zoom(zoom: Zoom, after: State, *, expected: bool) -> None:
    """Quirk Q1."""
    assert zoom.starts_over(after, HW) is expected


sides = st.integers(1, 60)


@given(st.data(), sides, sides, st.sampled_from([-1, 0]))
def test_a_chosen_box_lies_inside_of_the_image(data: st.DataObject, height: int, width: int, skip_clicks: int) -> None:
    clicks = data.draw(
        st.lists(st.builds(Click, st.floats(0, height, exclude_max=True), st.floats(0, width, exclude_max=True), st.booleans()), max_size=4)
    )
    probs = (np.random.default_rng(data.draw(st.integers(0, 99))).random((height, width)) > 0.9).astype(np.float32)
    zoom = Zoom(skip_clicks, expansion=data.draw(st.floats(1, 3)), min_side=data.draw(st.integers(1, 40)))

    aim = zoom.aim(State(tuple(clicks), None, probs), (height, width))

    assert aim.crop is None or aim.crop.clamped((height, width)) == aim.crop


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"skip_clicks": -2}, "skip_clicks must be -1 or more, got -2"),
        ({"expansion": float("nan")}, "expansion must be 1 or more, got nan"),
        ({"min_side": 0}, "min_side must be 1 pixel or more, got 0"),
        ({"renew_below": 2}, "renew_below must lie between 0 and 1, got 2"),
        ({"threshold": 1}, "threshold must lie between 0 and 1, got 1"),
    ],
)
def test_an_impossible_option_is_named(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Zoom(**options)  # type: ignore[arg-type]
