"""States: what their probabilities say about other boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickcut.core.boxes import Box
from clickcut.predict.state import State, hull_of

HW = (9, 7)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    top, left = draw(st.integers(0, HW[0] - 1)), draw(st.integers(0, HW[1] - 1))
    return Box(top, left, draw(st.integers(top + 1, HW[0])), draw(st.integers(left + 1, HW[1])))


@given(boxes(), boxes())
def test_probabilities_in_any_box_are_those_of_the_pasted_image(box: Box, other: Box) -> None:
    probs = np.random.default_rng(0).random(box.hw, np.float32)
    whole = np.zeros(HW, np.float32)
    whole[box.slices] = probs

    state = State(box=box, probs=probs)

    assert np.array_equal(state.probs_in(other), whole[other.slices])
    assert np.array_equal(state.probs_in(box), probs)


def test_a_state_before_the_first_pass_is_zero_everywhere() -> None:
    assert State().covered() is None
    assert not State().probs_in(Box(2, 3, 5, 6)).any()


def test_a_states_probabilities_cannot_be_changed() -> None:
    probs = State(probs=np.ones(HW, np.float32)).probs
    assert probs is not None

    with pytest.raises(ValueError, match="read-only"):
        probs[0, 0] = 0


def test_a_mask_lies_strictly_above_its_threshold() -> None:
    state = State(probs=np.array([[0.25, 0.5, 0.75]], np.float32))

    assert state.mask_in(Box(0, 0, 1, 3), 0.5).tolist() == [[False, False, True]]


@given(boxes(), boxes())
def test_a_hull_holds_both_boxes(a: Box, b: Box) -> None:
    hull = hull_of(a, b)

    assert hull.clamped(HW) == hull
    for box in (a, b):
        assert hull.top <= box.top < box.bottom <= hull.bottom
        assert hull.left <= box.left < box.right <= hull.right
