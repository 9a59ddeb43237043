"""OpenCV's GrabCut, driven by clicks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Mask

_CERTAIN_RADIUS = 5
_FIRST_SPREAD, _LATER_SPREAD = 0.25, 0.1
"""Radii about the latest click, of the image's shorter side: what is probably what that click says."""
_ITERATIONS = 5
_MIN_SAMPLES = 5
"""Each of GrabCut's two colour models has five components, and fewer pixels than that make it fail."""
_NO_RECT = (0, 0, 0, 0)


def cut_by_grabcut(image: NDArray[np.uint8], clicks: Clicks, prev: Mask | None) -> Mask:
    """GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004) as a function for ``FunctionNetwork``; it cuts anew after each click.

    Clicks are certain within the field's disk of 5 pixels, a later one over an earlier one. All else is probably what the previous mask
    says (at first: not the object), but for a wider disk about the latest click, which is probably what that click says: the colour models
    need pixels to begin with. Chance in it starts from the same seed each time, so equal clicks give equal masks.
    """
    trimap = _trimap((image.shape[0], image.shape[1]), prev, clicks)
    num_object = np.count_nonzero(_is_object(trimap))
    if min(num_object, trimap.size - num_object) >= _MIN_SAMPLES:
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(np.ascontiguousarray(image[:, :, ::-1]), trimap, _NO_RECT, *models, _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return _is_object(trimap)


def _trimap(hw: tuple[int, int], prev: Mask | None, clicks: Clicks) -> NDArray[np.uint8]:
    """What is certain, and what is probable."""
    trimap = np.full(hw, cv2.GC_PR_BGD, np.uint8)
    if prev is not None:
        trimap[prev] = cv2.GC_PR_FGD
    spread = round((_FIRST_SPREAD if prev is None else _LATER_SPREAD) * min(hw))
    for click in clicks[-1:]:
        _disk(trimap, click, spread, cv2.GC_PR_FGD if click.positive else cv2.GC_PR_BGD)
    for click in clicks:
        _disk(trimap, click, _CERTAIN_RADIUS, cv2.GC_FGD if click.positive else cv2.GC_BGD)
    return trimap


def _disk(trimap: NDArray[np.uint8], click: Click, radius: int, label: int) -> None:
    cv2.circle(trimap, (round(click.x), round(click.y)), radius, label, thickness=-1)


def _is_object(trimap: NDArray[np.uint8]) -> Mask:
    return np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
