"""Simulated clicks: where a user who knows the object would click next.

``next_click`` is the benchmark's exact one, ``random_click`` that of a user who does not aim, ``inner_click`` training's random one. All
look at the same two error maps, pixels of the object that are missed and pixels that are wrongly taken in, and click inside the thickest
error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, Target

MASK_THRESHOLD: Final = 0.49
"""Probabilities above this one are mask: the field's value in training and in evaluation (quirk Q14)."""

_EXACT: Final = cv2.DIST_MASK_PRECISE
_APPROXIMATE: Final = cv2.DIST_MASK_5


def next_click(pred: Mask, target: Target, clicked: Mask | None = None) -> Click:
    """The benchmark's next click: the centre of the largest error, at whole pixels (RITM; specification 3.1).

    ``clicked`` marks pixels that carry a click already: they are not chosen again, but still count as error around others. Equal
    thickness on both sides gives a negative click, and so does a perfect mask, at (0, 0) (quirk Q19). Several pixels equally deep: the
    first one by rows. Depths are compared as whole squared distances, for OpenCV's roots differ by a last bit between machines.
    """
    _check(pred, target)
    is_object, is_other = target == 1, target == 0
    missed = _centre(is_object & ~pred, clicked)
    excess = _centre(is_other & pred, clicked)
    if missed[0] > excess[0]:
        return Click(missed[1], missed[2], positive=True)
    return Click(excess[1], excess[2], positive=False)


def random_click(pred: Mask, target: Target, clicked: Mask, rng: np.random.Generator) -> Click:
    """A correct click that is not aimed: any pixel of the error that ``next_click`` would click on, each as likely as the others.

    That error is a connected region (by sides and corners). ``clicked`` pixels are not chosen again; where nothing is wrong it is the
    click of ``next_click``.
    """
    error = largest_error(pred, target, clicked)
    return drawn_click(error, error.region & ~clicked, rng)


@dataclass(frozen=True, slots=True, eq=False)
class Error:
    """What a user sees wrong first: the connected region (by sides and corners) that holds the click of ``next_click``.

    ``region`` is (H, W), the pixels that carry a click already included; empty where nothing is wrong.
    """

    centre: Click
    region: Mask

    def depths(self) -> NDArray[np.float32]:
        """(H, W), how far each of the region's pixels lies from the nearest one outside of it, 1 at its border; 0 elsewhere."""
        tight, top, left = _depths(self.region, _EXACT)
        depths = np.zeros(self.region.shape, np.float32)
        if self.region.any():
            depths[top : top + tight.shape[0], left : left + tight.shape[1]] = tight
        return depths


def largest_error(pred: Mask, target: Target, clicked: Mask) -> Error:
    """The error that ``next_click`` clicks on, and that click."""
    centre = next_click(pred, target, clicked)
    error = ((target == 1) & ~pred) if centre.positive else ((target == 0) & pred)
    y, x = int(centre.y), int(centre.x)
    if not error[y, x]:
        return Error(centre, np.zeros(error.shape, np.bool_))
    _, regions = cv2.connectedComponents(error.astype(np.uint8), connectivity=8)
    return Error(centre, regions == regions[y, x])


def drawn_click(error: Error, choices: Mask, rng: np.random.Generator) -> Click:
    """A click on one of these pixels (H, W) of an error, each as likely as the others; without any, the click at its centre."""
    places = np.flatnonzero(choices)
    if places.size == 0:
        return error.centre
    y, x = divmod(int(places[rng.integers(places.size)]), choices.shape[1])
    return Click(y, x, error.centre.positive)


def inner_click(probs: NDArray[np.float32], target: Target, rng: np.random.Generator, *, threshold: float = MASK_THRESHOLD) -> Click | None:
    """Training's next click: a random pixel of the inner half of the largest error, None where nothing is wrong (specification 4.6).

    Differs from ``next_click`` as the field's training does (quirk Q20): ignored pixels count as background, a probability of exactly
    ``threshold`` is no error either way, and distances are OpenCV's 5 x 5 approximation.
    """
    _check(probs, target)
    is_object = target == 1
    missed, missed_top, missed_left = _depths(is_object & (probs < threshold), _APPROXIMATE)
    excess, excess_top, excess_left = _depths(~is_object & (probs > threshold), _APPROXIMATE)
    positive = bool(missed.max() > excess.max())
    depths, top, left = (missed, missed_top, missed_left) if positive else (excess, excess_top, excess_left)
    inner = np.flatnonzero(depths > depths.max() / 2)
    if inner.size == 0:
        return None
    y, x = divmod(int(inner[rng.integers(inner.size)]), depths.shape[1])
    return Click(top + y, left + x, positive)


def _centre(error: Mask, clicked: Mask | None) -> tuple[int, int, int]:
    """Squared depth, row and column of an error map's deepest pixel; (0, 0, 0) where there is none left."""
    depths, top, left = _depths(error, _EXACT)
    squared = np.rint(np.square(depths, dtype=np.float64)).astype(np.int64)
    if clicked is not None:
        height, width = squared.shape
        squared[clicked[top : top + height, left : left + width]] = 0
    best = int(squared.argmax())
    y, x = divmod(best, squared.shape[1])
    if squared[y, x] == 0:
        return 0, 0, 0
    return int(squared[y, x]), top + y, left + x


def _depths(error: Mask, distance: int) -> tuple[NDArray[np.float32], int, int]:
    """Each error pixel's distance to the nearest pixel that is none, over the errors' tight box, with that box's top and left.

    What lies outside of the image counts as no error, so a margin of one pixel around the box holds a nearest one for every pixel in it.
    """
    rows, columns = np.flatnonzero(error.any(axis=1)), np.flatnonzero(error.any(axis=0))
    if rows.size == 0:
        return np.zeros((1, 1), np.float32), 0, 0
    top, left = int(rows[0]), int(columns[0])
    padded = np.pad(error[top : rows[-1] + 1, left : columns[-1] + 1], 1).astype(np.uint8)
    depths = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, distance), dtype=np.float32)
    return depths[1:-1, 1:-1], top, left


def _check(pred: Mask | NDArray[np.float32], target: Target) -> None:
    if pred.shape != target.shape or target.ndim != 2:
        raise ValueError(f"prediction and target must have the same (height, width), got {pred.shape} and {target.shape}")
