"""Objects laid into layers and flat again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clickcut.core.masks import Mask
from clickcut.data.packing import packed
from clickcut.data.sets.layering import flat, label_map_of, layered_of, pieces_of
from clickcut.data.shapes import Piece, piece_of
from tests.data.formats import HW, covered
from tests.data.photos import ramp
from tests.data.sets.official import INNER, LEFT, RIGHT


def piece(mask: Mask) -> Piece:
    found = piece_of(mask)
    assert found is not None
    return found


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 20), st.integers(1, 9), st.integers(1, 9)), max_size=12))
def test_every_mask_comes_out_of_its_layer_as_it_went_in(boxes: list[tuple[int, int, int, int]]) -> None:
    masks = [covered(HW, top, left, top + height, left + width) for top, left, height, width in boxes]

    layers, places = packed([piece(mask) for mask in masks], HW)

    for mask, (layer, value) in zip(masks, places, strict=True):
        np.testing.assert_array_equal(layers[layer] == value, mask)


def test_objects_that_do_not_overlap_share_a_layer_up_to_254() -> None:
    masks = [covered((20, 30), y, x, y + 1, x + 1) for y in range(20) for x in range(15)]

    layers, places = packed([piece(mask) for mask in masks], HW, most_in_a_layer=254)

    assert len(layers) == 2
    assert sorted(set(places)) == [*((0, value) for value in range(1, 255)), *((1, value) for value in range(1, 47))]


def test_ignored_pixels_lie_below_all_objects() -> None:
    sample = layered_of("a", ramp(HW), [piece(RIGHT), piece(INNER)], stuff=[piece(LEFT)], ignored=np.ones(HW, np.bool_))

    np.testing.assert_array_equal(sample.ignored(), ~(RIGHT | LEFT))
    np.testing.assert_array_equal(flat(sample).labels, np.where(INNER, 2, np.where(RIGHT, 1, 255 * ~LEFT)))


def test_without_objects_there_is_one_empty_layer() -> None:
    sample = layered_of("a", ramp(HW), [])

    assert (sample.layers.shape, len(sample.objects)) == ((*HW, 1), 0)
    assert not flat(sample).labels.any()


def test_regions_keep_their_numbers_up_to_254_and_are_counted_anew_beyond() -> None:
    few = np.array([[0, 3, 254]])
    large = np.array([[0, 300, 7, 255]])

    np.testing.assert_array_equal(label_map_of(few), few)
    np.testing.assert_array_equal(label_map_of(large), [[0, 3, 1, 2]])


def test_of_more_than_254_regions_the_smallest_are_ignored() -> None:
    numbers = np.repeat(np.arange(1, 301), np.where(np.arange(300) < 46, 1, 2))[None]

    labels = label_map_of(numbers)

    assert (labels[0, :46] == 255).all()
    assert labels[0, 46] == 1
    assert labels[0, -1] == 254


def test_pieces_of_regions_leave_out_those_that_are_nowhere() -> None:
    regions = np.where(INNER, 70_000, np.where(LEFT, 5, 0))

    found = pieces_of(regions, [9, 70_000, 5])

    assert [one.area for one in found] == [INNER.sum(), LEFT.sum()]
