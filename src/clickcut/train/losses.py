"""Losses on mask logits; targets are 1 object, 0 not, -1 ignored.

Shape suffixes: B batch, H W pixels of the supervision square.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

_Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each loss counts; what has no weight is not computed.

    ``focal`` weighs the normalised focal loss, ``plain_focal`` the one that is not. ``auxiliary`` weighs the cross entropy of a network's
    auxiliary logits, which a rollout asks for.
    """

    focal: float
    dice: float = 0.0
    plain_focal: float = 0.0
    cross_entropy: float = 0.0
    soft_iou: float = 0.0
    boundary: float = 0.0
    auxiliary: float = 0.0

    def __post_init__(self) -> None:
        if min(self._weights) < 0 or self.auxiliary < 0 or not any(self._weights):
            raise ValueError(f"expected weights of 0 or more, and one above 0 for the answer itself, got {self}")

    @property
    def _weights(self) -> tuple[float, ...]:
        """Those of the losses of the answer, in the order of ``_LOSSES``."""
        return self.focal, self.dice, self.plain_focal, self.cross_entropy, self.soft_iou, self.boundary

    def __call__(self, logits_BHW: Tensor, target_BHW: Tensor) -> Tensor:
        """The weighted sum for each item (B,)."""
        terms = [weight * loss(logits_BHW, target_BHW) for weight, loss in zip(self._weights, _LOSSES, strict=True) if weight]
        total_B = terms[0]
        for term_B in terms[1:]:
            total_B = total_B + term_B
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


def focal(logits_BHW: Tensor, target_BHW: Tensor, *, alpha: float = 0.5, gamma: float = 2.0, eps: float = 1e-9) -> Tensor:
    """The focal loss of every item (B,): its mean over valid pixels (Lin et al. 1708.02002, equation 5; specification 4.8)."""
    valid = target_BHW != -1
    pt = torch.where(valid, 1 - (target_BHW - torch.sigmoid(logits_BHW.float())).abs(), 1.0)
    alpha_BHW = torch.where(valid, torch.where(target_BHW > 0.5, alpha, 1 - alpha), 0.0)
    loss = -alpha_BHW * (1 - pt) ** gamma * torch.log(torch.clamp(pt + eps, max=1.0))
    return loss.sum(dim=(-2, -1)) / (valid.sum(dim=(-2, -1)) + eps)


def cross_entropy(logits_BHW: Tensor, target_BHW: Tensor) -> Tensor:
    """Binary cross entropy of every item (B,), over the number of all pixels: ignored ones cost nothing, but count (specification 4.8)."""
    return _cross_entropies(logits_BHW, target_BHW).mean(dim=(-2, -1))


def soft_iou(logits_BHW: Tensor, target_BHW: Tensor, *, eps: float = 1e-8) -> Tensor:
    """One minus the IoU of probabilities and target of every item (B,): minima over maxima, of valid pixels (specification 4.8)."""
    valid = target_BHW != -1
    probs, truth = torch.sigmoid(logits_BHW.float()) * valid, (target_BHW == 1).float()
    return 1 - (probs * truth).sum(dim=(-2, -1)) / (torch.maximum(probs, truth).sum(dim=(-2, -1)) + eps)


def boundary(logits_BHW: Tensor, target_BHW: Tensor, *, radius: int = 3) -> Tensor:
    """Binary cross entropy of every item (B,) within ``radius`` pixels of the object's edge; 0 where there is none in sight.

    The band is that of Boundary IoU (Cheng et al. 2103.16562, section 4): beside the object's outline only, not the image's, and not
    beside ignored pixels.
    """
    near = [F.max_pool2d((target_BHW == label).float(), 2 * radius + 1, stride=1, padding=radius) for label in (0, 1)]
    band = (near[0] > 0) & (near[1] > 0) & (target_BHW != -1)
    return (_cross_entropies(logits_BHW, target_BHW) * band).sum(dim=(-2, -1)) / band.sum(dim=(-2, -1)).clamp(min=1)


def _cross_entropies(logits_BHW: Tensor, target_BHW: Tensor) -> Tensor:
    """Of every pixel, 0 where ignored."""
    truth = (target_BHW == 1).float()
    return F.binary_cross_entropy_with_logits(logits_BHW.float(), truth, reduction="none") * (target_BHW != -1)


_LOSSES: tuple[_Loss, ...] = (normalised_focal, dice, focal, cross_entropy, soft_iou, boundary)


def upscaled(logits_B1hw: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Logits on the supervision square (B, size, size), or rectangle (B, *size)."""
    hw = (size, size) if isinstance(size, int) else size
    if logits_B1hw.shape[-2:] == torch.Size(hw):
        return logits_B1hw[:, 0]
    return F.interpolate(logits_B1hw, hw, mode="bilinear", align_corners=False)[:, 0]
