"""Layers: every mask can be read back, and there are as few layers as first come, first served allows."""

from __future__ import annotations

import numpy as np

from clickcut.data.packing import packed
from tests.data.building.pieces import piece


def test_objects_apart_share_a_layer_by_size() -> None:
    layers, places = packed([piece(0, 0, 2, 2), piece(10, 10, 15, 15)], (20, 20))

    assert len(layers) == 1
    assert places == [(0, 2), (0, 1)]  # the larger one chose first
    assert set(np.unique(layers[0])) == {0, 1, 2}


def test_what_overlaps_goes_to_another_layer_and_nothing_is_lost() -> None:
    pieces = [piece(0, 0, 10, 10), piece(5, 5, 12, 12), piece(11, 0, 13, 3), piece(0, 0, 20, 20), piece(6, 6, 7, 7)]

    layers, places = packed(pieces, (20, 20))

    assert [layer for layer, _ in places] == [1, 2, 1, 0, 3]
    for one, (layer, value) in zip(pieces, places, strict=True):
        mask = np.zeros((20, 20), np.bool_)
        mask[one.box.slices] = one.inside
        np.testing.assert_array_equal(layers[layer] == value, mask)


def test_a_layer_holds_255_objects() -> None:
    pieces = [piece(row, column, row + 1, column + 1) for row in range(16) for column in range(20)]

    layers, places = packed(pieces, (16, 20))

    assert len(layers) == 2
    assert places[254] == (0, 255)
    assert places[255] == (1, 1)


def test_no_object_needs_no_layer() -> None:
    assert packed([], (4, 4)) == ([], [])
