"""Half-open boxes of pixels: the crops that zoom-in chooses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickcut.core.clicks import Click


@dataclass(frozen=True, slots=True)
class Box:
    """Rows ``top`` to ``bottom - 1`` and columns ``left`` to ``right - 1`` of an image; may reach outside of it before ``clamped``."""

    top: int
    left: int
    bottom: int
    right: int

    def __post_init__(self) -> None:
        if self.bottom <= self.top or self.right <= self.left:
            raise ValueError(f"a box must span at least one pixel, got rows {self.top}..{self.bottom}, columns {self.left}..{self.right}")

    @classmethod
    def whole(cls, hw: tuple[int, int]) -> Box:
        """The box of a whole image of ``hw`` = (height, width)."""
        return cls(0, 0, hw[0], hw[1])

    @classmethod
    def around(cls, mask: NDArray[np.bool_], clicks: Iterable[Click] = ()) -> Box:
        """The tight box of a mask's pixels and of the given clicks (truncated to whole pixels)."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        ys = [int(click.y) for click in clicks]
        xs = [int(click.x) for click in clicks]
        if rows.size:
            ys += [int(rows[0]), int(rows[-1])]
            xs += [int(columns[0]), int(columns[-1])]
        if not ys:
            raise ValueError("an empty mask without clicks has no box")
        return cls(min(ys), min(xs), max(ys) + 1, max(xs) + 1)

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def hw(self) -> tuple[int, int]:
        return self.height, self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index that cuts this box out of an (H, W, ...) array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def expanded(self, ratio: float, min_side: int) -> Box:
        """This box grown about its centre to ``ratio`` times its sides, at least ``min_side`` long, ends rounded half to even.

        Rounding both ends of the inclusive interval makes a side of 200 come out as 201 pixels, as in the field (RITM, quirk Q13).
        """
        top, bottom = _expand(self.top, self.bottom - 1, ratio, min_side)
        left, right = _expand(self.left, self.right - 1, ratio, min_side)
        return Box(top, left, bottom + 1, right + 1)

    def clamped(self, hw: tuple[int, int]) -> Box:
        """The part of this box that lies inside an image of ``hw``."""
        return Box(max(self.top, 0), max(self.left, 0), min(self.bottom, hw[0]), min(self.right, hw[1]))

    def is_within(self, hw: tuple[int, int]) -> bool:
        """Whether all of this box lies inside an image of ``hw``."""
        return self.top >= 0 and self.left >= 0 and self.bottom <= hw[0] and self.right <= hw[1]

    def shifted(self, dy: int, dx: int) -> Box:
        return Box(self.top + dy, self.left + dx, self.bottom + dy, self.right + dx)

    def iou(self, other: Box) -> float:
        """The field's box IoU: the product of the two interval IoUs, each over the hull of both intervals (not over their union)."""
        return _interval_iou((self.top, self.bottom), (other.top, other.bottom)) * _interval_iou(
            (self.left, self.right), (other.left, other.right)
        )


def _expand(first: int, last: int, ratio: float, min_side: int) -> tuple[int, int]:
    centre = 0.5 * (first + last)
    side = max(ratio * (last - first + 1), min_side)
    return int(round(centre - 0.5 * side)), int(round(centre + 0.5 * side))


def _interval_iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    overlap = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    hull = max(a[1], b[1]) - min(a[0], b[0])
    return overlap / max(hull, 1e-6)
