"""Pictures of a result: the object tinted and outlined on its photo with the clicks on top, where it is wrong, and cut out of it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from clickcut.core.clicks import Click, Clicks
from clickcut.core.images import Rgb
from clickcut.core.masks import Mask, Target

_TINT: Final = (40, 120, 255)
_POSITIVE: Final = (30, 185, 75)
_NEGATIVE: Final = (225, 45, 50)
_MISSED: Final = (40, 105, 255)
_EXCESS: Final = (240, 90, 15)
_WHITE: Final = (255, 255, 255)
_DARK: Final = (20, 20, 20)

_SHIFT: Final = 4
"""Fraction bits of OpenCV's fixed-point coordinates: clicks may lie between pixels."""


def overlay(image: Rgb, mask: Mask, clicks: Clicks = ()) -> Rgb:
    """A picture of a mask: the object tinted blue within a white line, its surroundings dimmed, positive clicks green, negative ones red.

    Every line is white with a dark rim, so that it stands out from bright and from dark photos alike; sizes follow the photo's.
    """
    _check(image, mask)
    dimmed = cv2.convertScaleAbs(image, alpha=0.72)
    tinted = cv2.addWeighted(image, 0.62, np.full_like(image, _TINT), 0.38, 0.0)
    picture = np.where(mask[:, :, None], tinted, dimmed).astype(np.uint8)

    line = max(1, round(max(mask.shape) / 450))
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, _DARK, line + 2, cv2.LINE_AA)
    cv2.drawContours(picture, outlines, -1, _WHITE, line, cv2.LINE_AA)
    for click in clicks:
        _draw_click(picture, click, radius=max(4, round(max(mask.shape) / 75)))
    return picture


def error_map(image: Rgb, mask: Mask, target: Target) -> Rgb:
    """A picture of where a mask is wrong, on the photo in faint grey: missed pixels blue, those wrongly taken in orange, ignored ones dark.

    The object as it should be is light.
    """
    _check(image, mask)
    _check(image, target == 1)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    faint = np.where(target == 1, 150 + grey * 0.35, 50 + grey * 0.25)
    picture = np.repeat(np.where(target < 0, grey * 0.15, faint).astype(np.uint8)[:, :, None], 3, axis=2)
    picture[(target == 1) & ~mask] = _MISSED
    picture[(target == 0) & mask] = _EXCESS
    return picture


def cutout(image: Rgb, mask: Mask) -> NDArray[np.uint8]:
    """The photo as (H, W, 4) RGBA, transparent outside of the mask; the colours there are kept."""
    _check(image, mask)
    return np.dstack([image, mask.astype(np.uint8) * 255])


def _draw_click(picture: Rgb, click: Click, *, radius: int) -> None:
    """A disc with a white ring and its sign, plus or minus, so that it reads without colours too."""
    one = 1 << _SHIFT
    x, y = round(click.x * one), round(click.y * one)
    ring = max(1, radius // 4)
    for colour, size in ((_DARK, radius + ring + 1), (_WHITE, radius + ring), (_POSITIVE if click.positive else _NEGATIVE, radius)):
        cv2.circle(picture, (x, y), size * one, colour, -1, cv2.LINE_AA, _SHIFT)
    arm, stroke = radius * one // 2, max(1, radius // 4)
    cv2.line(picture, (x - arm, y), (x + arm, y), _WHITE, stroke, cv2.LINE_AA, _SHIFT)
    if click.positive:
        cv2.line(picture, (x, y - arm), (x, y + arm), _WHITE, stroke, cv2.LINE_AA, _SHIFT)


def _check(image: Rgb, mask: Mask) -> None:
    if image.shape[:2] != mask.shape:
        raise ValueError(f"image and mask must have the same (height, width), got {image.shape[:2]} and {mask.shape}")
