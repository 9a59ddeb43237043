"""The masks that objects begin with where a protocol says so: those that come with the benchmark, or made from the target."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from clickcut.core.masks import Mask, Target, iou
from clickcut.data.photos import StartedPhoto
from clickcut.evaluate.benchmark import BenchmarkObject
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.users import chance_for

_START: Final = 1
"""Keeps the chance of starting masks apart from that of clicks."""

_MOST_DEFECTS: Final = 400
_FIRST_RADIUS: Final = 0.3
"""Of the first defects, as a share of the side of a square of the object's area; smaller ones follow where that is too much."""


def start_mask_for(one: BenchmarkObject, target: Target, protocol: Protocol) -> Mask | None:
    """The mask (H, W) that an object begins with; None without one, which is also what an empty mask says."""
    if protocol.start is None:
        return None
    if protocol.start == "perturbed":
        mask = perturbed(target, *protocol.start_band, chance_for(one.image, one.object_id, protocol.seed, _START))
    else:
        assert isinstance(one.photo, StartedPhoto), "the benchmark has checked that"
        mask = one.photo.start_mask(one.object_id)
        if mask.shape != target.shape:
            raise ValueError(f"{one.image}: expected a starting mask of the image's shape {target.shape}, got {mask.shape}")
    return mask if mask.any() else None


def perturbed(target: Target, low: float, high: float, rng: np.random.Generator) -> Mask:
    """The object with seeded defects, whose IoU lies between ``low`` and ``high``: edges grown or shrunk, holes, bites and bumps.

    Where an object is too small for a mask in the band (of 1 pixel, say), it is the object itself.
    """
    goal = float(rng.uniform(low, high))
    mask: Mask = target == 1
    is_object = mask
    side = float(np.sqrt(np.count_nonzero(mask)))
    radius = _FIRST_RADIUS * side
    candidate = _moved_edge(mask, rng.uniform(-0.1, 0.1) * side)
    for _ in range(_MOST_DEFECTS):
        value = iou(candidate, target)
        if value >= low:
            mask = candidate
            if value <= goal:
                return mask
        else:
            radius = max(0.8 * radius, 0.5)
        candidate = _with_defect(mask, rng.uniform(0.3, 1) * radius, rng)
    return mask if iou(mask, target) <= high else is_object


def _moved_edge(mask: Mask, by: float) -> Mask:
    """Grown by so many pixels, or shrunk by as many less than none."""
    reach = round(abs(by))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    change = cv2.dilate if by > 0 else cv2.erode
    moved: Mask = np.asarray(change(mask.astype(np.uint8), disk)).astype(np.bool_)
    return moved


def _with_defect(mask: Mask, radius: float, rng: np.random.Generator) -> Mask:
    """One more hole, bite or bump: a disk taken away within the mask or at its edge, or added at its edge."""
    near = np.ones((3, 3), np.uint8)
    pixels = mask.astype(np.uint8)
    kind = rng.integers(3)
    if kind == 0:
        places = mask
    elif kind == 1:
        places = mask & (cv2.erode(pixels, near) == 0)
    else:
        places = ~mask & (cv2.dilate(pixels, near) > 0)
    chosen = np.flatnonzero(places)
    if chosen.size == 0:
        return mask
    y, x = divmod(int(chosen[rng.integers(chosen.size)]), mask.shape[1])
    cv2.circle(pixels, (x, y), int(radius), int(kind == 2), thickness=-1)
    return pixels.astype(np.bool_)
