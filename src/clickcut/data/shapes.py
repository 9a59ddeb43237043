"""Shapes that labels are made of, each turned into the pixels it covers: polygons, disks, masks and mask files.

Coordinates are in pixels of the upright photo, (0, 0) being the upper left corner of its first pixel. A pixel belongs to a shape when its
centre does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.images import read_mask
from clickcut.core.masks import Mask


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The pixels of a shape: ``inside`` (h, w) tells which of its box's are its own. At least one is."""

    box: Box
    inside: Mask

    @property
    def area(self) -> int:
        return int(np.count_nonzero(self.inside))


class Shape(Protocol):
    """Something that covers pixels."""

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        """Its pixels on a photo of (height, width); None where it covers none."""


def piece_of(mask: Mask, *, top: int = 0, left: int = 0) -> Piece | None:
    """A mask's pixels, cut to their box; ``top`` and ``left`` say where the mask lies."""
    if not mask.any():
        return None
    box = Box.around(mask)
    return Piece(box.shifted(top, left), mask[box.slices])


@dataclass(frozen=True, slots=True, eq=False)
class Polygons:
    """The union of rings, each (N, 2) of x, y; where a ring crosses itself, what it goes around twice is outside (even-odd)."""

    rings: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, rings: list[list[float]]) -> Polygons:
        """From flat lists x, y, x, y, ...; ValueError where one is no ring."""
        made: list[NDArray[np.float64]] = []
        for ring in rings:
            try:
                values = np.asarray(ring, np.float64)
            except (TypeError, ValueError, OverflowError) as error:
                raise ValueError(f"a polygon should be numbers x, y, x, y, ..., got {str(ring)[:40]}") from error
            if values.ndim != 1 or values.size % 2 or values.size < 6:
                raise ValueError(f"a polygon should have three or more pairs x, y, got {values.size} numbers")
            if not np.isfinite(values).all():
                raise ValueError("a polygon holds a number that is infinite or none")
            made.append(values.reshape(-1, 2))
        return cls(tuple(made))

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        if not self.rings:
            return None
        points = np.concatenate(self.rings)
        (left, top), (right, bottom) = (_clipped(np.floor(points.min(0)), hw), _clipped(np.ceil(points.max(0)), hw))
        if bottom <= top or right <= left:
            return None
        inside = np.zeros((bottom - top, right - left), np.bool_)
        for ring in self.rings:
            inside |= _filled(ring - (left, top), inside.shape)
        return piece_of(inside, top=top, left=left)


@dataclass(frozen=True, slots=True)
class Disk:
    """Everything within ``radius`` pixels of a centre."""

    x: float
    y: float
    radius: float

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        centre = np.array([self.x, self.y])
        (left, top), (right, bottom) = (_clipped(np.floor(centre - self.radius), hw), _clipped(np.ceil(centre + self.radius), hw))
        y, x = np.ogrid[top:bottom, left:right]
        return piece_of((y + 0.5 - self.y) ** 2 + (x + 0.5 - self.x) ** 2 <= self.radius**2, top=top, left=left)


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """A mask whose first pixel lies at ``top``, ``left``; what reaches beyond the photo is cut off."""

    mask: Mask
    top: int = 0
    left: int = 0

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        first_row, first_column = max(0, -self.top), max(0, -self.left)
        rows, columns = slice(first_row, max(0, hw[0] - self.top)), slice(first_column, max(0, hw[1] - self.left))
        return piece_of(self.mask[rows, columns], top=self.top + first_row, left=self.left + first_column)


@dataclass(frozen=True, slots=True)
class MaskFile:
    """An image file of the photo's size that is 0 outside of one object."""

    path: Path

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        return piece_of(read_mask(self.path, hw))


def _clipped(xy: NDArray[np.float64], hw: tuple[int, int]) -> tuple[int, int]:
    """A corner moved into the photo, as whole (x, y)."""
    return int(np.clip(xy[0], 0, hw[1])), int(np.clip(xy[1], 0, hw[0]))


def _filled(ring_N2: NDArray[np.float64], hw: tuple[int, int]) -> Mask:
    """Which pixels' centres lie within a ring: along each row, every edge that is crossed changes inside for outside."""
    height, width = hw
    start_N2, end_N2 = ring_N2, np.roll(ring_N2, -1, axis=0)
    low, high = np.minimum(start_N2[:, 1], end_N2[:, 1]), np.maximum(start_N2[:, 1], end_N2[:, 1])
    first, beyond = (np.clip(np.ceil(ys - 0.5), 0, height).astype(np.int64) for ys in (low, high))
    crossed = beyond - first  # rows whose centres an edge passes; none for a level one
    edges = np.repeat(np.arange(len(ring_N2)), crossed)
    rows = np.arange(len(edges)) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[edges]
    rise = (end_N2 - start_N2)[edges]
    x = start_N2[edges, 0] + (rows + 0.5 - start_N2[edges, 1]) * rise[:, 0] / rise[:, 1]
    columns = np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)
    changes = np.bincount(rows * (width + 1) + columns, minlength=height * (width + 1)).reshape(height, width + 1)
    inside: Mask = np.cumsum(changes, axis=1)[:, :width] % 2 == 1
    return inside
