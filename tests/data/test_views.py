"""Views: crops stay inside and hold their object, and image and labels are cut and mirrored together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickcut.data.folders import Sample
from clickcut.data.views import ViewStyle, draw_view
from tests.data.photos import ellipses, ramp

HW = (150, 200)
PLAIN = ViewStyle(brightness=0.0, contrast=0.0)
SAMPLE = Sample("a", ramp(HW), ellipses(HW))
seeds = st.integers(0, 10**6)


@given(seed=seeds)
def test_image_and_labels_are_cut_and_mirrored_together(seed: int) -> None:
    view = draw_view(SAMPLE, PLAIN, np.random.default_rng(seed))

    # Every pixel of the ramp tells where it lies to a pixel or so; ellipses are fat, so the labels of their places agree but at edges.
    rows, columns = (view.image[..., channel].astype(int) * side // 200 for channel, side in ((0, HW[0]), (1, HW[1])))
    assert view.labels.shape == view.image.shape[:2]
    assert np.mean(SAMPLE.labels[rows, columns] == view.labels) > 0.97


@given(seed=seeds)
def test_without_crop_mirror_and_colour_a_view_is_the_photo(seed: int) -> None:
    view = draw_view(SAMPLE, ViewStyle(whole=1.0, mirror=0.0, brightness=0.0, contrast=0.0), np.random.default_rng(seed))

    np.testing.assert_array_equal(view.image, SAMPLE.image)
    np.testing.assert_array_equal(view.labels, SAMPLE.labels)


@given(seed=seeds)
def test_a_mirrored_whole_view_is_the_mirrored_photo(seed: int) -> None:
    view = draw_view(SAMPLE, ViewStyle(whole=1.0, mirror=1.0, brightness=0.0, contrast=0.0), np.random.default_rng(seed))

    np.testing.assert_array_equal(view.image, SAMPLE.image[:, ::-1])
    np.testing.assert_array_equal(view.labels, SAMPLE.labels[:, ::-1])


@given(seed=seeds)
def test_a_crop_without_jitter_holds_one_whole_object(seed: int) -> None:
    view = draw_view(SAMPLE, ViewStyle(whole=0.0, jitter=0.0), np.random.default_rng(seed))

    pixels = [np.count_nonzero(SAMPLE.labels == label) for label in (1, 2)]
    assert any(np.count_nonzero(view.labels == label) == count for label, count in zip((1, 2), pixels, strict=True))


@given(seed=seeds)
def test_a_crop_is_as_large_as_its_style_says(seed: int) -> None:
    view = draw_view(SAMPLE, ViewStyle(whole=0.0, jitter=0.0, expansion=(1.4, 1.4), min_side=96), np.random.default_rng(seed))

    # An object's box of 105 x 81 pixels (rows by columns), grown to 147 x 113 and cut off at the photo's side; ends are rounded.
    height, width = view.labels.shape
    assert abs(height - 1.4 * 105) <= 2
    assert 100 <= width <= 115


def test_a_small_object_gets_the_smallest_side() -> None:
    labels = np.zeros(HW, np.uint8)
    labels[70:74, 90:95] = 1

    view = draw_view(Sample("a", ramp(HW), labels), ViewStyle(whole=0.0, jitter=0.0, min_side=60), np.random.default_rng(0))

    assert view.labels.shape in {(60 + a, 60 + b) for a in (0, 1) for b in (0, 1)}


def test_a_photo_without_objects_is_shown_whole() -> None:
    empty = Sample("a", ramp(HW), np.zeros(HW, np.uint8))

    view = draw_view(empty, ViewStyle(whole=0.0), np.random.default_rng(0))

    assert view.labels.shape == HW


def test_ignored_pixels_are_no_object_to_crop_about() -> None:
    labels = np.zeros(HW, np.uint8)
    labels[10:20, 10:20] = 255

    view = draw_view(Sample("a", ramp(HW), labels), ViewStyle(whole=0.0, mirror=0.0), np.random.default_rng(0))

    np.testing.assert_array_equal(view.labels, labels)


def test_shares_of_whole_and_of_mirrored_views_are_kept() -> None:
    style = ViewStyle(whole=0.3, mirror=0.6)

    views = [draw_view(SAMPLE, style, np.random.default_rng(seed)) for seed in range(400)]

    # Standard deviations of 0.023 and 0.025.
    mirrored = [view.image[0, 0, 1] > view.image[0, -1, 1] for view in views]  # green rises to the right
    assert np.mean([view.labels.shape == HW for view in views]) == pytest.approx(0.3, abs=0.08)
    assert np.mean(mirrored) == pytest.approx(0.6, abs=0.08)


def test_colours_change_within_their_shares_and_labels_do_not() -> None:
    grey = Sample("a", np.full((40, 50, 3), 120, np.uint8), ellipses((40, 50)))
    style = ViewStyle(whole=1.0, mirror=0.0, brightness=0.2, contrast=0.5)

    views = [draw_view(grey, style, np.random.default_rng(seed)) for seed in range(50)]

    shades = np.array([view.image[0, 0] for view in views], int)
    assert shades.min() >= 120 - 0.2 * 255 - 8 - 1
    assert shades.max() <= 120 + 0.2 * 255 + 8
    assert len(np.unique(shades[:, 0])) > 20
    assert all(np.array_equal(view.labels, grey.labels) for view in views)


def test_the_same_rng_draws_the_same_view() -> None:
    once, again = (draw_view(SAMPLE, ViewStyle(), np.random.default_rng(3)) for _ in range(2))

    np.testing.assert_array_equal(once.image, again.image)
    np.testing.assert_array_equal(once.labels, again.labels)


def test_drawing_leaves_the_sample_as_it_is() -> None:
    image, labels = SAMPLE.image.copy(), SAMPLE.labels.copy()

    draw_view(SAMPLE, ViewStyle(mirror=1.0), np.random.default_rng(1))

    np.testing.assert_array_equal(SAMPLE.image, image)
    np.testing.assert_array_equal(SAMPLE.labels, labels)


@pytest.mark.parametrize("style", [{"whole": 1.5}, {"whole": -0.1}, {"mirror": 2.0}])
def test_impossible_shares_are_refused(style: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"shares must lie in 0\.\.1"):
        ViewStyle(**style)  # type: ignore[arg-type]
