"""Small JPEGs inside a page: a photo with an object's clicks and mask, and where that mask is wrong."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from PIL import Image

from clickcut.core.clicks import Clicks
from clickcut.core.drawing import error_map, overlay
from clickcut.core.images import Rgb
from clickcut.core.masks import Mask, Target

SIDE: Final = 288
"""The longest side of a picture in pixels."""

_QUALITY: Final = 78


def mask_and_errors(image: Rgb, target: Target, mask: Mask, clicks: Clicks) -> tuple[Rgb, Rgb]:
    """The photo with mask and clicks, and its error map, both reduced to at most ``SIDE`` pixels a side before anything is drawn."""
    small, small_target, small_mask, moved = reduced(image, target, mask, clicks)
    return overlay(small, small_mask, moved), error_map(small, small_mask, small_target)


def clicked(image: Rgb, clicks: Clicks, mask: Mask | None = None) -> Rgb:
    """The photo with clicks and, where it is known, a mask."""
    known = np.ones(image.shape[:2], np.bool_) if mask is None else mask
    small, _, small_mask, moved = reduced(image, np.zeros(image.shape[:2], np.int8), known, clicks)
    return overlay(small, small_mask, moved)


def reduced(image: Rgb, target: Target, mask: Mask, clicks: Clicks) -> tuple[Rgb, Target, Mask, Clicks]:
    """All of an object at the size of a picture; labels take the nearest pixel's."""
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale == 1.0:
        return image, target, mask, clicks
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    small_target = np.asarray(cv2.resize(target, size, interpolation=cv2.INTER_NEAREST), np.int8)
    small_mask = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.bool_)
    return small, small_target, small_mask, tuple(replace(click, y=click.y * scale, x=click.x * scale) for click in clicks)


def data_uri(picture: Rgb) -> str:
    """A picture as the address of an ``img``, the JPEG itself."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
