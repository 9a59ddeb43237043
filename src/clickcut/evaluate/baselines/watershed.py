"""Watershed, driven by clicks. Needs scikit-image, an optional extra, as soon as it is imported."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from clickcut.core.clicks import Clicks
from clickcut.core.masks import Mask
from clickcut.evaluate.baselines.markers import OBJECT, markers_of

_SIGMA = 1.0
"""Pixels of blur: none takes more clicks, and so do two (on training photos, as for the markers)."""


def cut_by_watershed(image: NDArray[np.uint8], clicks: Clicks, prev: Mask | None) -> Mask:
    """Floods the gradient's size from the markers (Beucher and Meyer 1993), as a function for ``FunctionNetwork``.

    The gradient is that of the colour that changes most. What is cut follows from the clicks alone: ``prev`` is left aside.
    """
    markers = markers_of((image.shape[0], image.shape[1]), clicks)
    flooded = watershed(_gradient(image), markers)  # type: ignore[no-untyped-call]
    mask: Mask = flooded == OBJECT
    return mask


def _gradient(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), _SIGMA)
    by_colour = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    strongest: NDArray[np.float32] = by_colour.max(axis=2)
    return strongest
