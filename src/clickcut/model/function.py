"""Any function as a network: for methods that have no features, from a few lines of OpenCV to someone else's program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Mask
from clickcut.model.fit import AsIs
from clickcut.model.network import PADDING, POSITIVE, ClickBatch, Features

Cut: TypeAlias = Callable[[NDArray[np.uint8], Clicks, Mask | None], Mask]
"""Takes an image (H, W, 3), uint8 RGB, all clicks on it, the latest last, and the mask (H, W) from before the latest (None at first);
gives the new mask (H, W), bool."""

_LOGIT: Final = 10.0
_PREV_THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class FunctionNetwork:
    """A ``Network`` that keeps an image's pixels as its features, and asks ``cut`` for a mask in each pass.

    ``Session(Predictor(FunctionNetwork(cut)), image)`` clicks with it, and ``evaluate_benchmark`` measures it, like any other. Images are
    shown at their own size, whole unless the predictor zooms in. Equal arguments must give equal masks.
    """

    cut: Cut

    @property
    def fitting(self) -> AsIs:
        return AsIs()

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return (pixels_B3HW,)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits far from 0 (B, 1, H, W), whose signs are the masks; ValueError where ``cut`` gave something else than a mask."""
        (pixels_B3HW,) = features
        logits_B1HW = torch.full_like(pixels_B3HW[:, :1], -_LOGIT)
        for row, pixels_3HW in enumerate(pixels_B3HW):
            image = (pixels_3HW * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
            prev = None if prev_B1HW is None else prev_B1HW[row, 0].numpy() > _PREV_THRESHOLD
            mask = _checked(self.cut(image, _clicks_of(clicks, row), prev), (image.shape[0], image.shape[1]))
            logits_B1HW[row, 0][torch.from_numpy(mask)] = _LOGIT
        return logits_B1HW


def _checked(mask: Mask, hw: tuple[int, int]) -> Mask:
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != hw:
        got = f"{mask.dtype} {mask.shape}" if isinstance(mask, np.ndarray) else type(mask).__name__
        raise ValueError(f"the function of a network of this kind must give a mask, bool {hw}, like its image; got {got}")
    return mask


def _clicks_of(clicks: ClickBatch, row: int) -> Clicks:
    """One image's clicks, without padding, in the order in which they were made."""
    pairs = zip(clicks.yx_BK2[row].tolist(), clicks.kind_BK[row].tolist(), strict=True)
    return tuple(Click(y, x, kind == POSITIVE) for (y, x), kind in pairs if kind != PADDING)
