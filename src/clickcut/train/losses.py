"""Losses on mask logits; targets are 1 object, 0 not, -1 ignored.

Shape suffixes: B batch, H W pixels of the supervision square.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each loss counts; what has no weight is not computed."""

    focal: float
    dice: float = 0.0

    def __call__(self, logits_BHW: Tensor, target_BHW: Tensor) -> Tensor:
        """The weighted sum for each item (B,)."""
        total_B = self.focal * normalised_focal(logits_BHW, target_BHW)
        if self.dice:
            total_B = total_B + self.dice * dice(logits_BHW, target_BHW)
        return total_B


def normalised_focal(logits_BHW: Tensor, target_BHW: Tensor, *, alpha: float = 0.5, gamma: float = 2.0, eps: float = 1e-12) -> Tensor:
    """The normalised focal loss of every item (B,): focal weights rescaled so that their total stays that of plain cross entropy.

    The normaliser carries no gradient, and ignored pixels count nowhere (RITM 2102.06583, section 3.3; Sofiiuk et al. 2019).
    """
    valid = target_BHW != -1
    probs = torch.sigmoid(logits_BHW.float())
    pt = torch.where(valid, 1 - (target_BHW - probs).abs(), 1.0)
    alpha_BHW = torch.where(valid, torch.where(target_BHW > 0.5, alpha, 1 - alpha), 0.0)
    beta = (1 - pt) ** gamma
    num_valid_B = valid.sum(dim=(-2, -1))
    normaliser_B = (num_valid_B / (beta.sum(dim=(-2, -1)) + eps)).detach()
    loss = -alpha_BHW * beta * normaliser_B[:, None, None] * torch.log(torch.clamp(pt + eps, max=1.0))
    return loss.sum(dim=(-2, -1)) / (num_valid_B + eps)


def dice(logits_BHW: Tensor, target_BHW: Tensor) -> Tensor:
    """One minus the Dice coefficient of every item (B,), over its valid pixels, smoothed by one pixel (V-Net 1606.04797, section 3)."""
    valid = target_BHW != -1
    probs, truth = torch.sigmoid(logits_BHW.float()) * valid, (target_BHW == 1).float()
    overlap_B = (probs * truth).sum(dim=(-2, -1))
    return 1 - (2 * overlap_B + 1) / (probs.sum(dim=(-2, -1)) + truth.sum(dim=(-2, -1)) + 1)


def upscaled(logits_B1hw: Tensor, side: int) -> Tensor:
    """Logits on the supervision square (B, side, side)."""
    if logits_B1hw.shape[-1] == side:
        return logits_B1hw[:, 0]
    return F.interpolate(logits_B1hw, (side, side), mode="bilinear", align_corners=False)[:, 0]
