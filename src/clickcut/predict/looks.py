"""The looks of one pass: one crop, plain or also mirrored, on its way into a network's input frame and back.

Shape suffixes: B looks, H W pixels of the input frame, h w pixels of a network's own grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click, Clicks
from clickcut.model.fit import Fit
from clickcut.predict.scene import Framing


@dataclass(frozen=True, slots=True)
class Looks:
    """A crop and its fits, one per look, the plain one first."""

    crop: Box
    fits: tuple[Fit, ...]

    @classmethod
    def of(cls, framing: Framing) -> Looks:
        mirrors = (False, True) if framing.flipped else (False,)
        return cls(framing.crop, tuple(framing.fitting.fit(framing.crop.hw, flipped=flipped) for flipped in mirrors))

    def pixels(self, image: NDArray[np.uint8], device: torch.device) -> Tensor:
        """The crop of an image (H, W, 3), uint8 RGB, as a network's input (B, 3, H, W)."""
        crop = np.array(image[self.crop.slices])  # a copy: the image may be read-only, which torch does not take
        return torch.cat([fit.pixels(crop) for fit in self.fits]).to(device)

    def prev(self, probs: NDArray[np.float32] | None, device: torch.device) -> Tensor | None:
        """The previous mask over the crop as a network takes it; None where there is none."""
        if probs is None:
            return None
        probs_11HW = torch.from_numpy(probs)[None, None].to(device)
        return torch.cat([fit.prev(probs_11HW) for fit in self.fits])

    def clicks(self, clicks: Clicks) -> list[Clicks]:
        """Clicks of the image as clicks of each look's input frame."""
        on_crop = tuple(Click(click.y - self.crop.top, click.x - self.crop.left, click.positive) for click in clicks)
        return [fit.clicks(on_crop) for fit in self.fits]

    def logits(self, logits_B1hw: Tensor) -> Tensor:
        """A network's logits laid out over the crop, (B, 1, H, W) float32: no padding, the mirrored look's mirrored back."""
        logits_B1hw = logits_B1hw if logits_B1hw.dtype == torch.float64 else logits_B1hw.float()
        return torch.cat([fit.look(logits_B1hw[k : k + 1]) for k, fit in enumerate(self.fits)])
