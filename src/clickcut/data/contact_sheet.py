"""A sheet of small photos with their objects tinted: a wrong mask is seen at a glance, before hours are spent on it."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from clickcut.core.images import Rgb
from clickcut.core.masks import IGNORE_LABEL, object_ids
from clickcut.data.folders import Sample
from clickcut.data.photos import Photo

NUM_PHOTOS: Final = 20
_COLUMNS, _SIDE, _CAPTION, _GAP = 5, 256, 22, 6
_PAPER: Final = (250, 250, 250)
_INK: Final = (20, 20, 20)
_WHITE: Final = (255, 255, 255)
_GOLDEN: Final = 0.618034
"""Hues this far apart (of a turn) stay apart however many there are."""


def contact_sheet(photos: Sequence[Photo]) -> Rgb:
    """Twenty photos at most, spread evenly over those given: objects in colours of their own, ignored pixels striped."""
    if not photos:
        raise ValueError("expected photos for a contact sheet, got none")
    count = min(NUM_PHOTOS, len(photos))
    tiles = [_tile(photos[index * len(photos) // count].read()) for index in range(count)]
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    height, width = tiles[0].shape[:2]
    sheet = np.full((rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), _PAPER, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = (_GAP + place * (side + _GAP) for place, side in zip(divmod(index, columns), (height, width), strict=True))
        sheet[top : top + height, left : left + width] = tile
    return sheet


def tinted(sample: Sample) -> Rgb:
    """A photo (H, W, 3) with each object in a colour within a white line, the rest as it is."""
    picture = sample.image.copy()
    ignored = sample.labels == IGNORE_LABEL
    stripes = (np.add.outer(np.arange(ignored.shape[0]), np.arange(ignored.shape[1])) // 4) % 2 == 0
    picture[ignored] //= 2
    picture[ignored & stripes] = 160
    for place, object_id in enumerate(object_ids(sample.labels)):
        mask = sample.labels == object_id
        colour = np.array([255 * part for part in colorsys.hsv_to_rgb(place * _GOLDEN % 1, 0.85, 1.0)])
        picture[mask] = (0.5 * picture[mask] + 0.5 * colour).astype(np.uint8)
        outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, outlines, -1, _WHITE, 1)
    return picture


def _tile(sample: Sample) -> Rgb:
    """A photo shrunk to the square of a tile, masks drawn at that size so that their lines stay thin, and its name below."""
    height, width = sample.labels.shape
    scale = _SIDE / max(height, width)
    hw = max(1, round(height * scale)), max(1, round(width * scale))
    image = cv2.resize(sample.image, hw[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    labels = cv2.resize(sample.labels, hw[::-1], interpolation=cv2.INTER_NEAREST)
    tile = np.full((_SIDE + _CAPTION, _SIDE, 3), _PAPER, np.uint8)
    top, left = (_SIDE - hw[0]) // 2, (_SIDE - hw[1]) // 2
    tile[top : top + hw[0], left : left + hw[1]] = tinted(Sample(sample.id, image.astype(np.uint8), labels.astype(np.uint8)))
    cv2.putText(tile, _caption(sample), (2, _SIDE + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _INK, 1, cv2.LINE_AA)
    return tile


def _caption(sample: Sample) -> str:
    """The end of its name, which tells photos apart, and how many objects there are; OpenCV draws plain letters alone."""
    name = sample.id if len(sample.id) <= 24 else f"..{sample.id[-22:]}"
    return f"{name.encode('ascii', 'replace').decode()}: {len(object_ids(sample.labels))}"
