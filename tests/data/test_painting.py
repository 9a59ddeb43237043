"""Label maps of shapes: smaller objects lie on larger ones, crowds below all, and what there is no label for is ignored."""

from __future__ import annotations

import numpy as np

from clickcut.data.painting import Shapes, painted
from clickcut.data.shapes import Pixels, Polygons
from tests.data.formats import covered, square

HW = (40, 50)


def square_shape(left: int, top: int, side: int) -> Polygons:
    return Polygons.of([square(left, top, side)])


def test_the_smaller_object_lies_on_the_larger_whatever_their_order() -> None:
    large, small = square_shape(5, 5, 20), square_shape(10, 10, 5)

    for objects, labels in (((large, small), (1, 2)), ((small, large), (2, 1))):
        found = painted(Shapes(objects), HW)

        assert found[6, 6] == labels[0]
        assert found[12, 12] == labels[1]


def test_a_crowd_is_ignored_where_no_object_is() -> None:
    labels = painted(Shapes((square_shape(10, 10, 5),), (square_shape(5, 5, 20),)), HW)

    expected = np.where(covered(HW, 5, 5, 25, 25), 255, 0)
    expected[10:15, 10:15] = 1
    np.testing.assert_array_equal(labels, expected)


def test_an_object_that_covers_nothing_leaves_its_label_unused() -> None:
    labels = painted(Shapes((Polygons.of([]), square_shape(1, 1, 3))), HW)

    assert set(np.unique(labels)) == {0, 2}


def test_beyond_254_objects_the_smallest_are_ignored() -> None:
    single = [Pixels(np.ones((1, 1), np.bool_), top=index // 50, left=index % 50) for index in range(3)]
    double = [Pixels(np.ones((1, 2), np.bool_), top=2 + index // 25, left=2 * (index % 25)) for index in range(254)]

    labels = painted(Shapes((*single, *double)), HW)

    assert labels[0, :3].tolist() == [255, 255, 255]
    assert labels[2, :4].tolist() == [1, 1, 2, 2]
    assert labels.max(initial=0, where=labels < 255) == 254


def test_of_two_equal_objects_the_later_is_seen() -> None:
    assert painted(Shapes((square_shape(1, 1, 5), square_shape(1, 1, 5))), HW)[2, 2] == 2
