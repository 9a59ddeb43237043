"""Polygons from masks: the outlines of an object's pixels, exact or with fewer corners, its holes and parts joined where a format needs it.

Coordinates are x, y in pixels, (0, 0) being the upper left corner of the image's first pixel. Pixels that touch at a corner alone belong to
different rings. A ring is (N, 2) float64; outer ones go around clockwise as seen on the screen, holes the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from clickcut.core.masks import Mask
from clickcut.data.shapes import Piece

Ring = NDArray[np.float64]

TOLERANCE: Final = 0.25
"""By how many pixels a simplified outline may leave the one that it stands for.

No outline passes a pixel's centre nearer than 0.35, so that up to here the filled polygon is the same mask, for pycocotools too, with two
thirds of the corners. 1 leaves a sixth of them, and costs a percent of IoU.
"""

_STEPS: Final = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
"""x, y of a step to the right, down, left, up. An edge has its pixel to the right of its direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A connected part of an object: its outer ring, and those of its holes, each behind the rings that it lies next to."""

    outer: Ring
    holes: tuple[Ring, ...] = ()

    def joined(self) -> Ring:
        """One ring for all: each hole hangs on the rest by a cut of no width, there and back, so that no fill rule misses the hole."""
        return joined([self.outer, *self.holes])


def parts_of(piece: Piece, tolerance: float = TOLERANCE) -> list[Part]:
    """The parts of an object, from the top down.

    A tolerance of 0 follows the edges of the pixels: filled again, the rings give the very same pixels. Else the outline runs through the
    middles of these edges, simplified (Douglas and Peucker) by up to so many pixels, but for rings of which nothing would remain.
    """
    edges = _Edges.of(piece.inside)
    rings = edges.rings()
    owner, order = _owners(edges, rings)
    offset = np.array([piece.box.left, piece.box.top], np.float64)
    drawn = [_drawn(edges.corners(ring), tolerance) + offset for ring in rings]
    holes: dict[int, list[Ring]] = {index: [] for index in order if owner[index] == index}
    for index in order:
        if owner[index] != index:
            holes[owner[index]].append(drawn[index])
    return [Part(drawn[index], tuple(holes[index])) for index in sorted(holes)]


def joined(rings: Sequence[Ring]) -> Ring:
    """One ring of several, each tied to one before it by a cut from corner to near corner, there and back."""
    ties: list[list[tuple[int, int, int]]] = [[] for _ in rings]
    corners = np.concatenate(rings)
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    beginnings = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])])
    tree = cKDTree(rings[0])
    for index in range(1, len(rings)):
        # Not anew for each of thousands of small holes: the nearest corner may be one of the last few rings, and goes unseen then.
        if beginnings[index] > 1.1 * tree.n:
            tree = cKDTree(corners[: beginnings[index]])
        distances, nearest = tree.query(rings[index])
        there = int(np.argmin(distances))
        other = int(ring_of[nearest[there]])
        ties[other].append((int(nearest[there] - beginnings[other]), index, there))
    return _path(rings, ties)


def _path(rings: Sequence[Ring], ties: Sequence[Sequence[tuple[int, int, int]]]) -> Ring:
    """The way around the first ring, with a way around each ring tied to a corner of it when that is passed, and so on.

    A ring's ties are the corner's place, the other ring and the place of its corner.
    """
    pieces: list[Ring] = []
    ahead: list[Ring | tuple[int, int]] = [(0, 0)]
    while ahead:
        step = ahead.pop()
        if not isinstance(step, tuple):
            pieces.append(step)
            continue
        index, first = step
        ring = np.roll(rings[index], -first, axis=0)
        if index > 0:
            ring = np.concatenate([ring, ring[:1]])
        way: list[Ring | tuple[int, int]] = []
        at = 0
        for place, other, there in sorted(((corner - first) % len(rings[index]), other, there) for corner, other, there in ties[index]):
            way += [ring[at : place + 1], (other, there)]
            at = place
        ahead += reversed([*way, ring[at:]])
    return np.concatenate(pieces)


def area_of(ring: Ring) -> float:
    """The area that a ring goes around, negative for one that goes around a hole."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """The unit edges between a mask's pixels and others, each as its first corner and direction in one number, sorted.

    ``width`` is how many corners a row has.
    """

    keys: NDArray[np.int64]
    width: int

    @classmethod
    def of(cls, inside: Mask) -> _Edges:
        height, width = inside.shape
        around = np.zeros((height + 2, width + 2), np.bool_)
        around[1:-1, 1:-1] = inside
        beyond = (around[:-2, 1:-1], around[1:-1, 2:], around[2:, 1:-1], around[1:-1, :-2])  # above, right, below, left
        starts = ((0, 0), (1, 0), (1, 1), (0, 1))  # x, y of each edge's first corner from its pixel
        keys = []
        for direction, (other, (dx, dy)) in enumerate(zip(beyond, starts, strict=True)):
            y, x = np.nonzero(inside & ~other)
            keys.append(((y + dy) * (width + 1) + x + dx) * 4 + direction)
        return cls(np.sort(np.concatenate(keys)), width + 1)

    def start_xy(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        corner = self.keys[indices] // 4
        return np.stack([corner % self.width, corner // self.width], axis=-1)

    def rings(self) -> list[NDArray[np.int64]]:
        """Every edge once, by its place, in the order of going around; a ring begins with its topmost, leftmost edge."""
        following = self._following().tolist()
        seen = bytearray(len(following))
        rings = []
        for first in range(len(following)):
            if not seen[first]:
                ring, at = [], first
                while not seen[at]:
                    seen[at] = 1
                    ring.append(at)
                    at = following[at]
                rings.append(np.array(ring, np.int64))
        return rings

    def corners(self, ring: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first corner (N, 2) and the direction (N,) of each edge of a ring."""
        return self.start_xy(ring), self.keys[ring] % 4

    def _following(self) -> NDArray[np.int64]:
        """The edge after each: the one that keeps to the same pixel first, which matters where two pixels touch at a corner."""
        direction = self.keys % 4
        ends_x, ends_y = (self.start_xy(np.arange(len(self.keys))) + _STEPS[direction]).T
        corner = ends_y * self.width + ends_x
        following = np.full(len(self.keys), -1)
        for turn in (3, 0, 1):  # a later one wins: left, straight on, right
            wanted = corner * 4 + (direction + turn) % 4
            place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
            following = np.where(self.keys[place] == wanted, place, following)
        return following


def _owners(edges: _Edges, rings: Sequence[NDArray[np.int64]]) -> tuple[list[int], list[int]]:
    """For each ring, the outer ring of its part; and all rings, each after the one that lies to the left of it.

    To the left of a hole's leftmost edge lie pixels of the same part as far as the next edge, which belongs to its outer ring or to a hole
    further left.
    """
    starts, directions = edges.start_xy(np.arange(len(edges.keys))), edges.keys % 4
    ring_of = np.empty(len(edges.keys), np.int64)
    for index, ring in enumerate(rings):
        ring_of[ring] = index
    lefts = np.flatnonzero(directions == 3)  # edges with a pixel to their right, by row and x
    width = edges.width
    order = lefts[np.argsort((starts[lefts, 1] - 1) * width + starts[lefts, 0])]
    places = (starts[order, 1] - 1) * width + starts[order, 0]
    owner = list(range(len(rings)))
    by_left = sorted(range(len(rings)), key=lambda index: int(starts[rings[index], 0].min()))
    for index in by_left:
        ring = rings[index]
        leftmost = ring[int(np.argmin(starts[ring, 0] * 4 + (directions[ring] != 1)))]
        if directions[leftmost] == 1:  # a pixel to the left of the leftmost edge: a hole
            x, y = starts[leftmost]
            owner[index] = owner[int(ring_of[order[np.searchsorted(places, y * width + x, "right") - 1]])]
    return owner, by_left


def _drawn(corners: tuple[NDArray[np.int64], NDArray[np.int64]], tolerance: float) -> Ring:
    starts, directions = corners
    exact = np.asarray(starts[directions != np.roll(directions, 1)], np.float64)
    if tolerance <= 0:
        return exact
    middles = (starts + 0.5 * _STEPS[directions]).astype(np.float32)
    simple = np.asarray(cv2.approxPolyDP(middles[:, None, :], tolerance, True)[:, 0, :], np.float64)
    return simple if len(simple) >= 3 and area_of(simple) * area_of(exact) > 0 else exact
