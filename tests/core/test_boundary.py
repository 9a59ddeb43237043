from __future__ import annotations

import math

import numpy as np
import pytest

from clickcut.core.boundary import BoundaryIou, band_width, edge_band
from clickcut.core.masks import Mask


def _square(hw: tuple[int, int], top: int, left: int, side: int) -> Mask:
    mask = np.zeros(hw, np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def _band_by_search(mask: Mask, width: int) -> Mask:
    """Pixel by pixel, as the definition says, what lies outside of the image being no mask."""
    padded = np.pad(mask, width)
    band = np.zeros(mask.shape, np.bool_)
    for y, x in np.argwhere(mask):
        band[y, x] = not padded[y : y + 2 * width + 1, x : x + 2 * width + 1].all()
    return band


@pytest.mark.parametrize(("height", "width", "expected"), [(480, 640, 16), (60, 80, 2), (10, 10, 1)])
def test_the_band_is_two_hundredths_of_the_diagonal_wide(height: int, width: int, expected: int) -> None:
    assert band_width(height, width) == expected


@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_band_is_the_one_that_a_search_finds_also_at_the_borders(width: int) -> None:
    rng = np.random.default_rng(width)
    mask = np.kron(rng.random((5, 6)) > 0.4, np.ones((7, 7))).astype(np.bool_)

    assert (edge_band(mask, width) == _band_by_search(mask, width)).all()


def test_a_mask_moved_by_a_pixel_loses_more_of_its_boundary_than_of_its_area() -> None:
    target = _square((60, 80), 10, 10, 40)

    value = BoundaryIou.of(target.astype(np.int8))(_square((60, 80), 10, 11, 40))

    # Rings of 304 pixels, 2 wide.
    ring, moved = _band_by_search(target, 2), _band_by_search(_square((60, 80), 10, 11, 40), 2)
    assert ring.sum() == 304
    assert value == (ring & moved).sum() / (ring | moved).sum()
    assert value < 39 / 41  # the IoU of the areas


def test_the_inside_does_not_count() -> None:
    target = _square((60, 80), 10, 10, 40)
    hollow = target & ~_square((60, 80), 20, 20, 10)

    value = BoundaryIou.of(target.astype(np.int8))(hollow)

    assert value == 304 / (304 + 14 * 14 - 10 * 10)  # the hole adds a ring of its own about it


def test_what_a_mask_says_of_ignored_pixels_makes_no_difference() -> None:
    target = _square((60, 80), 12, 12, 30).astype(np.int8)
    target[_square((60, 80), 10, 10, 34) & (target == 0)] = -1
    boundary_iou = BoundaryIou.of(target)

    assert boundary_iou(target == 1) == 1
    assert boundary_iou(target != 0) == 1
    assert boundary_iou(_square((60, 80), 8, 8, 38)) < 1


def test_nothing_over_nothing_is_nan_and_nothing_over_something_zero() -> None:
    nothing = np.zeros((20, 30), np.bool_)

    assert math.isnan(BoundaryIou.of(nothing.astype(np.int8))(nothing))
    assert BoundaryIou.of(_square((20, 30), 2, 2, 8).astype(np.int8))(nothing) == 0


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="both must have the same height and width"):
        BoundaryIou.of(np.zeros((20, 30), np.int8))(np.zeros((30, 20), np.bool_))
