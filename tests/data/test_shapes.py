"""Shapes: a pixel is theirs when its centre is, also at the photo's edge and beyond it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickcut.core.images import write_mask
from clickcut.core.masks import Mask
from clickcut.data.shapes import Disk, MaskFile, Pixels, Polygons, Shape
from tests.data.formats import covered, square

HW = (20, 30)
numbers = st.floats(-50, 80, allow_nan=False)


def drawn(shape: Shape, hw: tuple[int, int] = HW) -> Mask:
    mask = np.zeros(hw, np.bool_)
    if (piece := shape.piece(hw)) is not None:
        assert piece.area == np.count_nonzero(piece.inside) > 0
        mask[piece.box.slices] = piece.inside
    return mask


def test_a_square_on_pixel_borders_covers_just_its_pixels() -> None:
    np.testing.assert_array_equal(drawn(Polygons.of([square(4, 3, 10)])), covered(HW, 3, 4, 13, 14))


@pytest.mark.parametrize(("shift", "first"), [(0.4, 4), (0.6, 5)])
def test_a_pixel_belongs_to_a_polygon_when_its_centre_does(shift: float, first: int) -> None:
    np.testing.assert_array_equal(drawn(Polygons.of([square(4 + shift, 3, 10)])), covered(HW, 3, first, 13, first + 10))


def test_several_rings_are_one_object() -> None:
    both = drawn(Polygons.of([square(2, 2, 6), square(5, 5, 6)]))

    np.testing.assert_array_equal(both, covered(HW, 2, 2, 8, 8) | covered(HW, 5, 5, 11, 11))


def test_what_a_ring_goes_around_twice_is_outside() -> None:
    twice = [*square(2, 2, 12), 2, 2, *square(5, 5, 4), 5, 5]

    np.testing.assert_array_equal(drawn(Polygons.of([twice])), covered(HW, 2, 2, 14, 14) & ~covered(HW, 5, 5, 9, 9))


def test_what_reaches_beyond_the_photo_is_cut_off() -> None:
    np.testing.assert_array_equal(drawn(Polygons.of([square(-5, -5, 10)])), covered(HW, 0, 0, 5, 5))
    assert drawn(Polygons.of([[-1e300, -1e300, 1e300, -1e300, 1e300, 1e300, -1e300, 1e300]])).all()
    assert Polygons.of([square(100, 100, 10)]).piece(HW) is None


@given(points=st.lists(st.tuples(numbers, numbers), min_size=3, max_size=8))
def test_polygons_are_where_the_even_odd_rule_says(points: list[tuple[float, float]]) -> None:
    ours = drawn(Polygons.of([[value for point in points for value in point]]))

    for y, x in ((0, 0), (10, 15), (19, 29), (7, 3)):
        crossings = 0
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
            if (y0 <= y + 0.5) != (y1 <= y + 0.5):
                crossings += x0 + (y + 0.5 - y0) * (x1 - x0) / (y1 - y0) <= x + 0.5
        assert ours[y, x] == (crossings % 2 == 1)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools with numpy 2
def test_pycocotools_draws_nearly_the_same() -> None:
    theirs = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(0)
    for _ in range(20):
        angles, radii = np.sort(rng.random(12)) * 2 * np.pi, 20 + 25 * rng.random(12)
        ring = np.stack([60 + radii * np.cos(angles), 50 + radii * np.sin(angles)], 1).ravel().tolist()

        reference = theirs.decode(theirs.merge(theirs.frPyObjects([ring], 110, 120))).astype(bool)
        ours = drawn(Polygons.of([ring]), (110, 120))

        # It draws on a grid of fifths of a pixel and rounds; edges differ by a pixel here and there.
        assert np.count_nonzero(ours & reference) / np.count_nonzero(ours | reference) > 0.98


@pytest.mark.parametrize(
    ("ring", "told"),
    [
        ([1, 2, 3, 4], "three or more pairs x, y, got 4 numbers"),
        ([1, 2, 3, 4, 5, 6, 7], "three or more pairs"),
        ([1, 2, 3, 4, 5, float("nan")], "infinite or none"),
        (["a", "b"], "numbers x, y, x, y"),
        ([[1, 2], [3, 4], [5, 6]], "three or more pairs"),
    ],
)
def test_what_is_no_ring_is_refused(ring: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Polygons.of([ring])


def test_a_flat_ring_and_no_ring_cover_nothing() -> None:
    assert Polygons.of([[1, 5, 9, 5, 4, 5]]).piece(HW) is None
    assert Polygons.of([]).piece(HW) is None


def test_a_disk_holds_the_centres_within_its_radius() -> None:
    y, x = np.ogrid[:20, :30]

    np.testing.assert_array_equal(drawn(Disk(28.0, 9.5, 6.0)), (y + 0.5 - 9.5) ** 2 + (x + 0.5 - 28.0) ** 2 <= 36)
    assert Disk(-20.0, 0.0, 5.0).piece(HW) is None


def test_a_mask_lies_where_it_was_put_and_is_cut_at_the_photos_edge() -> None:
    mask = np.ones((6, 8), np.bool_)

    np.testing.assert_array_equal(drawn(Pixels(mask, top=-2, left=25)), covered(HW, 0, 25, 4, 30))
    assert Pixels(mask, top=40, left=0).piece(HW) is None


def test_a_mask_file_is_read_when_it_is_drawn(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("mask") / "a.png"
    write_mask(path, covered(HW, 3, 4, 9, 20))

    np.testing.assert_array_equal(drawn(MaskFile(path)), covered(HW, 3, 4, 9, 20))
