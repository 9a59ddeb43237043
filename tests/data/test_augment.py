"""Augmentation: label layers move with the photo, and every chance is the recipe's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from clickcut.data.augment import Augmentation, augmented
from clickcut.data.layered import LayeredSample
from tests.data.layers import assert_shares, boxes

HW = (40, 60)
PLAIN = Augmentation(HW)


def sample_of(*, hw: tuple[int, int] = HW) -> LayeredSample:
    """One object, white on black, off the middle; a second one in a corner."""
    sample = boxes(hw, (slice(8, 24), slice(10, 40)), (slice(0, 4), slice(0, 4)))
    return replace(sample, image=np.where(sample.layers == 1, 255, 0).astype(np.uint8).repeat(3, axis=-1))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_without_options_a_photo_of_the_crops_size_stays_as_it_is() -> None:
    sample = sample_of()

    view = augmented(sample, PLAIN, rng())

    assert np.array_equal(view.image, sample.image)
    assert np.array_equal(view.layers, sample.layers)


@pytest.mark.parametrize(
    "style",
    [
        replace(PLAIN, scale=(0.6, 1.7)),
        replace(PLAIN, mirror=1.0),
        replace(PLAIN, quarter_turn=1.0),
        replace(PLAIN, sway=1.0, sway_shift=0.1, sway_degrees=20.0),
        Augmentation((24, 32), scale=(0.7, 1.4), mirror=0.5, quarter_turn=0.5, sway=0.75, sway_shift=0.03, sway_degrees=3.0),
        Augmentation((90, 70), scale=(0.7, 1.4), mirror=0.5, quarter_turn=0.5, sway=0.75, sway_shift=0.03, sway_degrees=3.0),
    ],
)
def test_labels_go_where_the_photo_goes(style: Augmentation) -> None:
    generator = rng()

    for _ in range(40):
        view = augmented(sample_of(), style, generator)
        white = view.image[..., 0] > 127
        assert view.image.shape == (*style.crop_hw, 3)
        assert view.layers.shape == (*style.crop_hw, 1)
        assert set(np.unique(view.layers)) <= {0, 1, 2}
        # Interpolated and nearest edges may differ by a pixel along the outline, at most 92 pixels times 1.7.
        assert np.count_nonzero(white != (view.layers[..., 0] == 1)) <= 160


def test_objects_that_are_cut_off_are_gone() -> None:
    generator = rng()

    views = [augmented(sample_of(), Augmentation((12, 12)), generator) for _ in range(60)]

    assert {tuple(view.objects) for view in views} >= {(), (0,)}
    assert all((number in view.objects) == bool((view.layers == number + 1).any()) for view in views for number in (0, 1))


def test_crops_lie_anywhere_equally_often() -> None:
    sample, generator = sample_of(hw=(42, 41)), rng()
    sample = replace(sample, image=np.arange(42 * 41 * 3).reshape(42, 41, 3).astype(np.uint8))
    corners = {int(sample.image[y, x, 0]): (y, x) for y in range(3) for x in range(2)}

    places = Counter(corners[int(augmented(sample, Augmentation((40, 40)), generator).image[0, 0, 0])] for _ in range(900))

    assert_shares([places[y, x] for y in range(3) for x in range(2)], [1.0] * 6)


def test_a_photo_that_is_too_small_lies_in_the_middle_of_black() -> None:
    sample = boxes((4, 4), (slice(0, 4), slice(0, 4)))
    white = replace(sample, image=np.full_like(sample.image, 255))

    view = augmented(white, Augmentation((7, 4)), rng())

    assert (view.image[1:5] == 255).all()
    assert not view.image[[0, 5, 6]].any()
    assert np.array_equal(view.layers[..., 0] == 1, view.image[..., 0] == 255)
    assert not view.ignored().any()


def test_mirrors_and_turns_come_in_their_shares() -> None:
    sample, generator = sample_of(hw=(40, 40)), rng()
    style = Augmentation((40, 40), mirror=0.5, quarter_turn=0.5)
    corner = {(0, 0): 0, (0, 39): 1, (39, 39): 2, (39, 0): 3}

    views = [augmented(sample, style, generator).layers[..., 0] for _ in range(1200)]

    # The corner's object: a turn comes in half of draws and is none in a quarter of those.
    where = Counter(next(index for place, index in corner.items() if view[place] == 2) for view in views)
    upright = 0.5 + 0.5 * 0.25
    shares = [0.5 * upright + 0.5 * 0.125, 0.5 * upright + 0.5 * 0.125, 0.125, 0.125]
    assert_shares([where[index] for index in range(4)], shares)


def test_scales_are_drawn_evenly_and_sides_are_rounded() -> None:
    generator = rng()
    style = Augmentation((40, 60), scale=(0.5, 1.0))

    heights = [int(np.count_nonzero(augmented(white(), style, generator).image[:, 30, 0])) for _ in range(800)]

    assert 20 <= min(heights) <= 21
    assert 39 <= max(heights) <= 40
    assert_shares([sum(low <= height < low + 5 for height in heights) for low in (21, 26, 31)], [1, 1, 1])


def white() -> LayeredSample:
    sample = sample_of()
    return replace(sample, image=np.full_like(sample.image, 255))


def grey(level: int) -> LayeredSample:
    sample = sample_of()
    return replace(sample, image=np.full_like(sample.image, level))


def test_brightness_adds_shares_of_white_and_contrast_multiplies() -> None:
    style = replace(PLAIN, recolour=1.0, brightness=(0.2, 0.2), contrast=(0.5, 0.5))

    assert (augmented(grey(60), style, rng()).image == 141).all()  # 1.5 x 60 + 51
    assert (augmented(grey(200), style, rng()).image == 255).all()


def test_colours_change_in_their_shares_of_draws_and_within_their_limits() -> None:
    style = replace(PLAIN, recolour=0.75, brightness=(-0.25, 0.25), contrast=(-0.15, 0.4))
    generator = rng()

    levels = [int(augmented(grey(100), style, generator).image[0, 0, 0]) for _ in range(1200)]

    # 85 to 140 by contrast, and 63.75 less or more: hardly ever just 100.
    assert min(levels) >= 85 - 64
    assert max(levels) <= 140 + 64
    changed = sum(level != 100 for level in levels) + 0.75 * 1200 / 150
    assert changed / 1200 == pytest.approx(0.75, abs=0.06)


def test_a_tint_shifts_every_colour_on_its_own() -> None:
    style = replace(PLAIN, tint=1.0, tint_levels=10.0)
    generator = rng()

    colours = np.array([augmented(grey(100), style, generator).image[0, 0] for _ in range(200)], np.int64)

    assert colours.min() >= 90
    assert colours.max() <= 110
    assert abs(np.asarray(np.corrcoef(colours.T))[0, 1]) < 0.25


@pytest.mark.parametrize("wrong", [{"mirror": 1.5}, {"scale": (1.2, 1.0)}, {"scale": (0.0, 1.0)}, {"crop_hw": (0, 5)}])
def test_impossible_styles_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        replace(PLAIN, **wrong)  # type: ignore[arg-type]
