"""Overlays and cut-outs: colours where they belong, the photo untouched."""

from __future__ import annotations

import numpy as np
import pytest

from clickcut.core.clicks import Click
from clickcut.core.drawing import cutout, error_map, overlay


def scene(brightness: int) -> tuple[np.ndarray[tuple[int, int, int], np.dtype[np.uint8]], np.ndarray[tuple[int, int], np.dtype[np.bool_]]]:
    mask = np.zeros((100, 140), bool)
    mask[20:80, 30:110] = True
    return np.full((100, 140, 3), brightness, np.uint8), mask


@pytest.mark.parametrize("brightness", [0, 128, 255])
def test_object_and_surroundings_differ_on_any_photo(brightness: int) -> None:
    image, mask = scene(brightness)

    picture = overlay(image, mask).astype(int)

    red, _, blue = picture[50, 70]
    assert blue > red + 50  # the tint inside
    assert len(set(picture[5, 5])) == 1  # no tint outside
    assert picture[18:23, 70].max() > 200  # a white line on the border
    assert picture[18:23, 70].min() < 60  # with a dark rim


def test_clicks_are_green_and_red_discs_at_their_places() -> None:
    image, mask = scene(128)

    picture = overlay(image, mask, (Click(50, 70, True), Click(10, 125, False))).astype(int)

    red, green, blue = picture[48, 68]
    assert green > max(red, blue) + 80
    red, green, blue = picture[7, 125]
    assert red > max(green, blue) + 80
    assert min(picture[50, 70].min(), picture[10, 125].min()) > 200  # the white plus and minus


def test_clicks_between_pixels_and_at_the_border_are_drawn() -> None:
    image, mask = scene(128)

    assert overlay(image, mask, (Click(0, 0, True), Click(99.4, 139.4, False), Click(50.5, 70.25, True))).shape == image.shape


@pytest.mark.parametrize("hw", [(1, 1), (3, 200)])
def test_tiny_photos_can_be_drawn_on(hw: tuple[int, int]) -> None:
    assert overlay(np.zeros((*hw, 3), np.uint8), np.ones(hw, bool), (Click(0, 0, True),)).shape == (*hw, 3)


def test_the_photo_stays_as_it_was() -> None:
    image, mask = scene(100)

    overlay(image, mask, (Click(50, 70, True),))

    assert (image == 100).all()


def test_a_cutout_is_transparent_outside_and_keeps_every_colour() -> None:
    image, mask = scene(100)

    result = cutout(image, mask)

    np.testing.assert_array_equal(result[:, :, 3], mask * np.uint8(255))
    np.testing.assert_array_equal(result[:, :, :3], image)


def test_a_mask_of_another_size_is_refused() -> None:
    image, _ = scene(100)

    with pytest.raises(ValueError, match=r"\(100, 140\) and \(10, 10\)"):
        overlay(image, np.zeros((10, 10), bool))
    with pytest.raises(ValueError, match=r"\(100, 140\) and \(10, 10\)"):
        cutout(image, np.zeros((10, 10), bool))


def test_missed_pixels_are_blue_wrong_ones_orange_and_ignored_ones_dark() -> None:
    image, mask = scene(128)
    target = np.zeros(mask.shape, np.int8)
    target[20:80, 50:130] = 1
    target[85:] = -1

    picture = error_map(image, mask, target).astype(int)

    assert picture[50, 120, 2] > picture[50, 120, 0] + 100  # missed
    assert picture[50, 40, 0] > picture[50, 40, 2] + 100  # wrongly taken in
    assert picture[50, 80].min() > picture[10, 10].max() + 50  # the object stands out from the ground
    assert picture[90, 40].max() < picture[10, 10].min()  # ignored, though the mask might cover it
