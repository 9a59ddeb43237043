"""Boundary IoU: IoU of what lies near the edges alone, for masks of large objects whose IoU says little of their outlines.

Cheng, Girshick, Dollár, Berg and Kirillov, "Boundary IoU: Improving Object-Centric Image Segmentation Evaluation", CVPR 2021.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from clickcut.core.masks import Mask, Target

SHARE_OF_DIAGONAL: Final = 0.02
"""How wide a band along edges counts, as a share of the image's diagonal: the paper's choice."""


@dataclass(frozen=True, slots=True, eq=False)
class BoundaryIou:
    """Compares masks (H, W) with one target by the pixels of each that lie within ``width`` pixels of its edge.

    The image's border is an edge, as in the paper. Ignored pixels are taken out of mask and target first: an unlabelled seam around an
    object, such as GrabCut's, is no part of either, and its lines are edges of both.
    """

    band: Mask
    counted: Mask
    width: int

    @classmethod
    def of(cls, target: Target) -> BoundaryIou:
        width = band_width(target.shape[0], target.shape[1])
        return cls(edge_band(target == 1, width), target >= 0, width)

    def __call__(self, pred: Mask) -> float:
        """The boundary IoU of a mask; NaN where neither it nor the target has a pixel."""
        if pred.shape != self.band.shape:
            raise ValueError(
                f"a mask of {pred.shape} was given for a target of {self.band.shape}: both must have the same height and width"
            )
        band = edge_band(pred & self.counted, self.width)
        union = np.count_nonzero(band | self.band)
        return np.count_nonzero(band & self.band) / union if union else math.nan


def band_width(height: int, width: int) -> int:
    """How many pixels wide the band is in an image of this size: 2 % of its diagonal, 1 at least."""
    return max(1, round(SHARE_OF_DIAGONAL * math.hypot(height, width)))


def edge_band(mask: Mask, width: int) -> Mask:
    """The mask's pixels of which a square of 2 ``width`` + 1 pixels about them is not all mask: those that eroding takes away."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    band = np.zeros(mask.shape, np.bool_)
    if rows.size:
        tight = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        square = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
        # Nothing lies around a tight box but pixels that are not the mask's, so zeros stand for them.
        inner = cv2.erode(mask[tight].astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        band[tight] = mask[tight] & (inner == 0)
    return band
