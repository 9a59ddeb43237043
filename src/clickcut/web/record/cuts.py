"""Masks as their pixels within a tight box, so that small objects of huge images stay small: union, difference, brush strokes.

None stands for a mask without any pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from clickcut.core.boxes import Box
from clickcut.core.masks import Mask
from clickcut.predict.history import CutObject
from clickcut.predict.state import hull_of

LARGEST_STROKE = 64 * 2**20
"""Pixels of a stroke's box: it is painted at once."""

Cut = CutObject


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of a round brush: ``points`` are x, y of the image, ``radius`` is in pixels; it paints, or takes away."""

    points: tuple[tuple[float, float], ...]
    radius: float
    erase: bool

    def box(self, hw: tuple[int, int]) -> Box | None:
        """What it can reach of an image of ``hw``; None if nothing."""
        xs, ys = zip(*self.points, strict=True)
        top, left = (int(max(0, np.floor(min(values) - self.radius))) for values in (ys, xs))
        bottom = int(min(hw[0], np.ceil(max(ys) + self.radius) + 1))
        right = int(min(hw[1], np.ceil(max(xs) + self.radius) + 1))
        return Box(top, left, bottom, right) if top < bottom and left < right else None

    def inside(self, box: Box) -> Mask:
        """Which pixels of a box lie within its radius of the line."""
        margin = int(np.ceil(self.radius)) + 1
        canvas = np.full((box.height + 2 * margin, box.width + 2 * margin), 255, np.uint8)
        offset = np.array([box.left - margin, box.top - margin])
        ends = self.points if len(self.points) > 1 else self.points * 2  # OpenCV draws nothing for a single point
        line = np.rint(np.array(ends) - offset).astype(np.int32)
        cv2.polylines(canvas, [line.reshape(-1, 1, 2)], isClosed=False, color=0)
        distance = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near: Mask = distance[margin : margin + box.height, margin : margin + box.width] <= self.radius
        return near


def cut_of(mask: Mask, *, top: int = 0, left: int = 0) -> Cut | None:
    """A mask's pixels; ``top`` and ``left`` say where in the image it lies."""
    if not mask.any():
        return None
    box = Box.around(mask)
    return Cut(box.shifted(top, left), mask[box.slices].copy())


def area_of(cut: Cut | None) -> int:
    return 0 if cut is None else int(np.count_nonzero(cut.mask))


def mask_in(cut: Cut | None, box: Box) -> Mask:
    """A cut's pixels within a box, a new array of its size."""
    mask = np.zeros(box.hw, np.bool_)
    shared = None if cut is None else overlap_of(cut.box, box)
    if cut is not None and shared is not None:
        mask[shared.shifted(-box.top, -box.left).slices] = cut.mask[shared.shifted(-cut.box.top, -cut.box.left).slices]
    return mask


def overlap_of(a: Box, b: Box) -> Box | None:
    """What two boxes share."""
    top, left, bottom, right = max(a.top, b.top), max(a.left, b.left), min(a.bottom, b.bottom), min(a.right, b.right)
    return Box(top, left, bottom, right) if top < bottom and left < right else None


def union(cuts: Iterable[Cut | None]) -> Cut | None:
    """All pixels of any of them."""
    present = [cut for cut in cuts if cut is not None]
    if len(present) < 2:
        return present[0] if present else None
    box = present[0].box
    for cut in present[1:]:
        box = hull_of(box, cut.box)
    mask = np.zeros(box.hw, np.bool_)
    for cut in present:
        mask[cut.box.shifted(-box.top, -box.left).slices] |= cut.mask
    return Cut(box, mask)


def without(cut: Cut | None, others: Iterable[Cut]) -> Cut | None:
    """The pixels of ``cut`` that none of the others has."""
    if cut is None:
        return None
    mask: Mask | None = None
    for other in others:
        shared = overlap_of(cut.box, other.box)
        if shared is not None:
            mask = cut.mask.copy() if mask is None else mask
            theirs = other.mask[shared.shifted(-other.box.top, -other.box.left).slices]
            mask[shared.shifted(-cut.box.top, -cut.box.left).slices] &= ~theirs
    return cut if mask is None else cut_of(mask, top=cut.box.top, left=cut.box.left)


def outside(cut: Cut | None, box: Box) -> Cut | None:
    """The pixels of ``cut`` that lie beyond a box."""
    if cut is None or overlap_of(cut.box, box) is None:
        return cut
    return without(cut, [Cut(box, np.ones(box.hw, np.bool_))])


def painted(cut: Cut | None, strokes: Sequence[Stroke], hw: tuple[int, int]) -> Cut | None:
    """The cut after brush and eraser went over it, in their order."""
    boxes = [stroke.box(hw) for stroke in strokes]
    whole = None if cut is None else cut.box
    for box, stroke in zip(boxes, strokes, strict=True):
        if box is not None and not stroke.erase:
            whole = box if whole is None else hull_of(whole, box)
    if whole is None or not strokes:
        return cut
    mask = mask_in(cut, whole)
    for box, stroke in zip(boxes, strokes, strict=True):
        shared = None if box is None else overlap_of(box, whole)
        if shared is not None:
            mask[shared.shifted(-whole.top, -whole.left).slices][stroke.inside(shared)] = not stroke.erase
    return cut_of(mask, top=whole.top, left=whole.left)


def change_of(before: Cut | None, after: Cut | None) -> Cut | None:
    """The tight box in which two masks differ, with what ``after`` holds there; None where they are alike."""
    if before is after:
        return None
    boxes = [cut.box for cut in (before, after) if cut is not None]
    if not boxes:
        return None
    hull = boxes[0] if len(boxes) == 1 else hull_of(*boxes)
    old, new = mask_in(before, hull), mask_in(after, hull)
    changed = old != new
    if not changed.any():
        return None
    box = Box.around(changed)
    return Cut(box.shifted(hull.top, hull.left), new[box.slices].copy())
