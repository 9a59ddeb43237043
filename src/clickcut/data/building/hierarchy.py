"""Which object is a part of which, judged by how far masks lie within each other (specification 4.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from clickcut.data.building.overlap import box_share, intersection
from clickcut.data.shapes import Piece

_BOX_SHARE: Final = 0.7
_MASK_SHARE: Final = 0.8


@dataclass(slots=True)
class Node:
    """An object among others: what it is a part of, its parts, and how deep it lies; roots are at 0. It grows while a tree is made."""

    parent: int | None = None
    children: list[int] = field(default_factory=list)
    level: int = 0

    @property
    def is_alone(self) -> bool:
        return self.parent is None and not self.children


def hierarchy_of(pieces: Sequence[Piece]) -> list[Node]:
    """A node for each mask, by their numbers; the larger of two can only contain the smaller (of equals, the first the second).

    An object is a part of the deepest one that contains it below the largest one that does (of several as deep, the largest).
    """
    nodes = [Node() for _ in pieces]
    areas = [piece.area for piece in pieces]
    order = sorted(range(len(pieces)), key=lambda number: -areas[number])  # stable: equals stay in their order
    for place, number in enumerate(order):
        containers = [other for other in order[:place] if _contains(pieces[other], pieces[number], areas[number])]
        if containers:
            below = [other for other in containers if _is_below(other, containers[0], nodes)]
            parent = max(below, key=lambda other: nodes[other].level)  # of equals the first
            nodes[parent].children.append(number)
            nodes[number] = Node(parent, [], nodes[parent].level + 1)
    return nodes


def _contains(outer: Piece, inner: Piece, area: int) -> bool:
    return box_share(inner.box, outer.box) >= _BOX_SHARE and intersection(inner, outer) > _MASK_SHARE * area


def _is_below(number: int, ancestor: int, nodes: Sequence[Node]) -> bool:
    """Whether it is that one or a part of it, however indirectly."""
    at: int | None = number
    while at is not None and at != ancestor:
        at = nodes[at].parent
    return at is not None
