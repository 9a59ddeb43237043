"""Parts of parts, on rectangles within each other."""

from __future__ import annotations

from clickcut.data.building.hierarchy import Node, hierarchy_of
from clickcut.data.shapes import Piece
from tests.data.building.pieces import piece


def test_objects_apart_stand_alone() -> None:
    nodes = hierarchy_of([piece(0, 0, 10, 10), piece(20, 20, 30, 30), piece(5, 5, 15, 15)])

    assert all(node.is_alone for node in nodes)


def test_a_part_of_a_part_hangs_on_the_deepest() -> None:
    button, man, shirt = piece(20, 20, 24, 24), piece(0, 0, 60, 60), piece(10, 10, 40, 40)

    nodes = hierarchy_of([button, man, shirt])

    assert nodes == [Node(2, [], 2), Node(None, [2], 0), Node(1, [0], 1)]


def test_two_parts_are_siblings_larger_first() -> None:
    nodes = hierarchy_of([piece(1, 1, 9, 9), piece(0, 0, 40, 40), piece(20, 20, 35, 35)])

    assert nodes[1].children == [2, 0]
    assert [node.parent for node in nodes] == [1, None, 1]


def test_more_than_four_fifths_of_the_pixels_have_to_lie_within() -> None:
    outer = piece(0, 0, 50, 50)

    just, more = hierarchy_of([outer, piece(48, 0, 58, 10)]), hierarchy_of([outer, piece(41, 0, 51, 10)])
    exactly = hierarchy_of([outer, piece(42, 0, 52, 10)])

    assert just[1].parent is None
    assert exactly[1].parent is None  # 80 of 100 are not more than 0.8
    assert more[1].parent == 0


def test_boxes_within_each_other_are_not_enough() -> None:
    """A frame holds nothing of the picture in it."""
    frame = piece(0, 0, 40, 40)
    hollow = frame.inside.copy()
    hollow[5:35, 5:35] = False

    nodes = hierarchy_of([Piece(frame.box, hollow), piece(8, 8, 30, 30)])

    assert all(node.is_alone for node in nodes)


def test_of_equals_the_second_is_a_part_of_the_first() -> None:
    nodes = hierarchy_of([piece(0, 0, 10, 10), piece(0, 0, 10, 10)])

    assert nodes == [Node(None, [1], 0), Node(0, [], 1)]


def test_the_largest_container_decides_about_the_tree() -> None:
    """Two roots that both contain a small one: it goes below the larger one, to the deepest of that tree."""
    large, its_part, other = piece(0, 0, 60, 60), piece(30, 30, 55, 55), piece(35, 35, 85, 85)
    small = piece(40, 40, 50, 50)

    nodes = hierarchy_of([small, other, large, its_part])

    assert nodes[1].is_alone
    assert nodes[3] == Node(2, [0], 1)
    assert nodes[0] == Node(3, [], 2)
