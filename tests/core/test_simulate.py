"""Simulated clicks: exact ones against a search over all pixels, random ones against what they may choose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, Target
from clickcut.core.simulate import inner_click, next_click, random_click

sizes = st.tuples(st.integers(1, 14), st.integers(1, 14))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Mask, Target, Mask]:
    """A prediction, a target with ignored pixels and the pixels clicked so far, all of one small size."""
    hw = draw(sizes)
    pred = draw(hnp.arrays(np.bool_, hw))
    target = draw(hnp.arrays(np.int8, hw, elements=st.sampled_from([1, 1, 1, 0, 0, -1])))
    clicked = draw(hnp.arrays(np.bool_, hw, elements=st.booleans(), fill=st.just(False)))
    return pred, target, clicked


def squared_depths(error: Mask) -> NDArray[np.int64]:
    """For every error pixel the squared distance to the nearest other pixel, the outside of the image included: tried out one by one."""
    padded = np.pad(error, 1)
    ys, xs = np.nonzero(~padded)
    depths = np.zeros(error.shape, np.int64)
    for y, x in zip(*np.nonzero(error), strict=True):
        depths[y, x] = ((ys - y - 1) ** 2 + (xs - x - 1) ** 2).min()
    return depths


def searched_click(pred: Mask, target: Target, clicked: Mask) -> Click:
    missed = squared_depths((target == 1) & ~pred) * ~clicked
    excess = squared_depths((target == 0) & pred) * ~clicked
    positive = bool(missed.max() > excess.max())
    y, x = np.unravel_index((missed if positive else excess).argmax(), pred.shape)
    return Click(int(y), int(x), positive)


@given(scenes())
def test_the_next_click_is_the_one_a_full_search_finds(scene: tuple[Mask, Target, Mask]) -> None:
    pred, target, clicked = scene

    assert next_click(pred, target, clicked) == searched_click(pred, target, clicked)


@given(scenes(), st.integers(0, 99))
def test_a_random_click_lies_anywhere_in_the_error_that_the_next_click_would_hit(scene: tuple[Mask, Target, Mask], seed: int) -> None:
    pred, target, clicked = scene
    centre = next_click(pred, target, clicked)
    error = ((target == 1) & ~pred) if centre.positive else ((target == 0) & pred)

    click = random_click(pred, target, clicked, np.random.default_rng(seed))

    assert click.positive == centre.positive
    if (error & ~clicked)[int(centre.y), int(centre.x)]:
        assert error[int(click.y), int(click.x)]
        assert not clicked[int(click.y), int(click.x)]
    else:
        assert click == centre


def test_random_clicks_hit_every_pixel_of_the_largest_error_and_of_no_other() -> None:
    target = np.zeros((9, 12), np.int8)
    target[1:5, 1:5] = 1
    target[7, 9:11] = 1
    pred = np.zeros(target.shape, np.bool_)
    rng = np.random.default_rng(0)

    clicks = {(int(c.y), int(c.x)) for c in (random_click(pred, target, pred, rng) for _ in range(500))}

    assert clicks == {(y, x) for y in range(1, 5) for x in range(1, 5)}


@given(scenes())
def test_the_next_click_lies_on_an_error_pixel(scene: tuple[Mask, Target, Mask]) -> None:
    pred, target, clicked = scene
    wrong = ((target == 1) & ~pred) | ((target == 0) & pred)
    if not (wrong & ~clicked).any():
        return

    click = next_click(pred, target, clicked)

    assert (wrong & ~clicked)[int(click.y), int(click.x)]
    assert target[int(click.y), int(click.x)] == click.positive


@pytest.mark.slow
@given(st.integers(0, 10_000))
def test_large_smooth_errors_agree_with_a_full_search_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :56]
    cy, cx, ry, rx = rng.integers((10, 10, 6, 6), (38, 46, 30, 30))
    target: Target = (((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1).astype(np.int8)
    pred: Mask = ((y - rng.integers(48)) ** 2 + (x - rng.integers(56)) ** 2) <= rng.integers(400)

    assert next_click(pred, target) == searched_click(pred, target, np.zeros_like(pred))


def test_the_first_click_on_a_full_target_is_its_first_centre() -> None:
    assert next_click(np.zeros((5, 6), bool), np.ones((5, 6), np.int8)) == Click(2, 2, True)


def test_with_nothing_to_find_the_click_is_negative_in_the_corner() -> None:
    assert next_click(np.zeros((5, 6), bool), np.zeros((5, 6), np.int8)) == Click(0, 0, False)


def test_a_tie_gives_a_negative_click() -> None:
    pred = np.array([[1, 0]], bool)
    target = np.array([[0, 1]], np.int8)

    assert next_click(pred, target) == Click(0, 0, False)


def test_the_golden_object_is_clicked_at_its_centre() -> None:
    y, x = np.mgrid[:300, :420]
    target = np.where(((y - 125) / 60) ** 2 + ((x - 160) / 80) ** 2 <= 1, -1, 0)
    target[((y - 125) / 55) ** 2 + ((x - 160) / 75) ** 2 <= 1] = 1

    click = next_click(np.zeros((300, 420), bool), target.astype(np.int8))

    assert click == Click(125, 160, True)  # specification A.3, first click of every table


def test_a_clicked_pixel_is_not_chosen_again() -> None:
    clicked = np.zeros((5, 5), bool)
    clicked[2, 2] = True

    assert next_click(np.zeros((5, 5), bool), np.ones((5, 5), np.int8), clicked) == Click(1, 1, True)


def test_clicks_are_whole_python_numbers() -> None:
    click = next_click(np.zeros((5, 6), bool), np.ones((5, 6), np.int8))

    assert [type(value) for value in (click.y, click.x, click.positive)] == [int, int, bool]


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(3, 2\)"):
        next_click(np.zeros((2, 3), bool), np.zeros((3, 2), np.int8))


def test_an_inner_click_lies_in_the_inner_half_of_the_largest_error() -> None:
    target = np.zeros((21, 21), np.int8)
    target[3:18, 3:18] = 1  # 15 pixels wide: depth 8 in the centre, more than 4 from the fifth pixel on
    rng = np.random.default_rng(0)

    clicks = {inner_click(np.zeros((21, 21), np.float32), target, rng) for _ in range(600)}

    assert clicks == {Click(y, x, True) for y in range(7, 14) for x in range(7, 14)}


def test_the_same_seed_gives_the_same_inner_click() -> None:
    probs, target = np.zeros((9, 9), np.float32), np.ones((9, 9), np.int8)

    assert inner_click(probs, target, np.random.default_rng(3)) == inner_click(probs, target, np.random.default_rng(3))


def test_without_an_error_there_is_no_inner_click() -> None:
    target = np.array([[1, 0]], np.int8)

    assert inner_click(np.array([[0.9, 0.1]], np.float32), target, np.random.default_rng(0)) is None


def test_a_probability_at_the_threshold_is_no_error_in_training() -> None:
    probs = np.full((3, 3), 0.5, np.float32)

    assert inner_click(probs, np.zeros((3, 3), np.int8), np.random.default_rng(0), threshold=0.5) is None
    assert inner_click(probs, np.ones((3, 3), np.int8), np.random.default_rng(0), threshold=0.5) is None


def test_ignored_pixels_are_background_in_training_but_nothing_in_the_benchmark() -> None:
    taken, ignored = np.ones((5, 5), bool), np.full((5, 5), -1, np.int8)

    click = inner_click(taken.astype(np.float32), ignored, np.random.default_rng(0))

    assert click is not None
    assert not click.positive  # quirk Q20
    assert next_click(taken, ignored) == Click(0, 0, False)  # the corner: no error found


@given(scenes(), st.integers(0, 1000))
def test_an_inner_click_lies_on_an_error_pixel(scene: tuple[Mask, Target, Mask], seed: int) -> None:
    pred, target, _ = scene

    click = inner_click(pred.astype(np.float32), target, np.random.default_rng(seed))

    wrong = (target == 1) != pred
    if click is None:
        assert not wrong.any()
    else:
        assert wrong[int(click.y), int(click.x)]
        assert (target[int(click.y), int(click.x)] == 1) == click.positive
