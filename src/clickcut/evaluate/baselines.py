"""What to compare with: methods without weights that answer the same clicks, each a ``Network`` like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Mask
from clickcut.model.fit import AsIs
from clickcut.model.network import PADDING, POSITIVE, ClickBatch, Features
from clickcut.predict.predictor import Predictor

OPENCV_GRABCUT: Final = "opencv-grabcut"
"""What stands for this baseline where a weights file is expected."""

_CERTAIN_RADIUS = 5
_FIRST_SPREAD, _LATER_SPREAD = 0.25, 0.1
"""Radii about the latest click, of the image's shorter side: what is probably what that click says."""
_ITERATIONS = 5
_MIN_SAMPLES = 5
"""Each of GrabCut's two colour models has five components, and fewer pixels than that make it fail."""
_LOGIT = 10.0
_NO_RECT = (0, 0, 0, 0)


def opencv_grabcut() -> Predictor:
    """OpenCV's GrabCut as a predictor: the whole image at its own size, one look and one pass a click."""
    return Predictor(OpenCvGrabCut())


@dataclass(frozen=True, slots=True)
class OpenCvGrabCut:
    """GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004) as a network: it keeps the pixels and cuts them anew after each click.

    Clicks are certain within the field's disk of 5 pixels, a later one over an earlier one. All else is probably what the previous mask
    says (at first: not the object), but for a wider disk about the latest click, which is probably what that click says: the colour models
    need pixels to begin with. Chance in it starts from the same seed each time, so equal clicks give equal masks.
    """

    @property
    def fitting(self) -> AsIs:
        return AsIs()

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return (pixels_B3HW,)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        (pixels_B3HW,) = features
        logits_B1HW = torch.full_like(pixels_B3HW[:, :1], -_LOGIT)
        for row, pixels_3HW in enumerate(pixels_B3HW):
            image = (pixels_3HW * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
            prev = None if prev_B1HW is None else prev_B1HW[row, 0].numpy() > 0.5
            cut = cut_by_grabcut(image, prev, _clicks_of(clicks, row))
            logits_B1HW[row, 0][torch.from_numpy(cut)] = _LOGIT
        return logits_B1HW


def cut_by_grabcut(image: NDArray[np.uint8], prev: Mask | None, clicks: Clicks) -> Mask:
    """The object's mask (H, W) in an image (H, W, 3), uint8 RGB, after these clicks and the mask from before them."""
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


def _clicks_of(clicks: ClickBatch, row: int) -> Clicks:
    """One image's clicks, without padding, in the order in which they were made."""
    pairs = zip(clicks.yx_BK2[row].tolist(), clicks.kind_BK[row].tolist(), strict=True)
    return tuple(Click(y, x, kind == POSITIVE) for (y, x), kind in pairs if kind != PADDING)
