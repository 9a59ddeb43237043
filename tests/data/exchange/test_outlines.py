"""Polygons from masks: filled again they are the mask, whatever holes and parts it has, for pycocotools as well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clickcut.core.masks import Mask
from clickcut.data.exchange.outlines import TOLERANCE, Part, area_of, joined, parts_of
from clickcut.data.rle import Rle
from clickcut.data.shapes import Polygons, piece_of
from tests.data.exchange.objects import drawn

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14)).filter(np.any)
tolerances = st.sampled_from([0.0, 0.1, TOLERANCE])


def parts(mask: Mask, tolerance: float) -> list[Part]:
    piece = piece_of(mask)
    assert piece is not None
    return parts_of(piece, tolerance)


def filled(rings: list[np.ndarray], hw: tuple[int, ...]) -> Mask:
    whole = np.zeros(hw, np.bool_)
    piece = Polygons(tuple(rings)).piece((hw[0], hw[1]))
    if piece is not None:
        whole[piece.box.slices] = piece.inside
    return whole


@given(mask=masks, tolerance=tolerances)
def test_filled_again_the_rings_give_the_mask(mask: Mask, tolerance: float) -> None:
    rings = [part.joined() for part in parts(mask, tolerance)]

    np.testing.assert_array_equal(filled(rings, mask.shape), mask)
    np.testing.assert_array_equal(filled([joined(rings)], mask.shape), mask)


@given(mask=masks, tolerance=tolerances)
def test_pycocotools_fills_them_to_the_same_mask(mask: Mask, tolerance: float) -> None:
    theirs = pytest.importorskip("pycocotools.mask")
    rings = [part.joined() for part in parts(mask, tolerance)]

    for some in (rings, [joined(rings)]):
        runs = theirs.merge(theirs.frPyObjects([ring.ravel().tolist() for ring in some], *mask.shape))
        np.testing.assert_array_equal(Rle.of({"size": list(mask.shape), "counts": runs["counts"].decode()}).mask(), mask)


def test_the_exact_outline_of_a_rectangle_has_four_corners() -> None:
    (part,) = parts(np.pad(np.ones((2, 3), np.bool_), 1), 0)

    assert part.outer.tolist() == [[1, 1], [4, 1], [4, 3], [1, 3]]
    assert part.holes == ()
    assert area_of(part.outer) == 6


def test_an_island_in_a_hole_is_a_part_of_its_own() -> None:
    ring, island = parts(drawn("#####", "#...#", "#.#.#", "#...#", "#####"), 0)

    assert [area_of(hole) for hole in ring.holes] == [-9]
    assert island.holes == ()
    assert area_of(island.outer) == 1


def test_holes_side_by_side_hang_on_the_same_outline() -> None:
    (part,) = parts(drawn("#######", "#.#.#.#", "#######"), 0)

    assert [area_of(hole) for hole in part.holes] == [-1, -1, -1]


def test_pixels_that_touch_at_a_corner_alone_are_two_parts() -> None:
    assert len(parts(drawn("#.", ".#"), 0)) == 2


def test_a_hole_that_touches_another_at_a_corner_is_the_same_hole() -> None:
    (part,) = parts(drawn("####", "#.##", "##.#", "####"), 0)

    assert [area_of(hole) for hole in part.holes] == [-2]


def test_a_tolerance_takes_corners_away_and_little_of_the_mask() -> None:
    y, x = np.ogrid[:200, :300]
    disk = (y - 100) ** 2 + (x - 150) ** 2 < 80**2

    exact, same, coarse = (parts(disk, tolerance)[0].outer for tolerance in (0, TOLERANCE, 1))

    assert len(coarse) < len(same) / 2 < len(exact) / 2
    changed = filled([coarse], disk.shape) ^ disk
    assert 0 < np.count_nonzero(changed) < 0.02 * np.count_nonzero(disk)


def test_no_part_is_lost_to_a_tolerance() -> None:
    rings = [part.outer for part in parts(drawn("#..#", "...#"), 50)]

    np.testing.assert_array_equal(filled(rings, (2, 4)), drawn("#..#", "...#"))
