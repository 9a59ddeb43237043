"""How well training goes, whatever threshold suits the network at present (RITM's adaptive IoU; specification 4.8)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_STEP = 0.025
_THRESHOLD_DECAY = 0.99
_IOU_DECAY = 0.9


@dataclass(frozen=True, slots=True)
class AdaptiveIou:
    """Mean IoU at the best of three neighbouring thresholds, which drift towards the best; ``ema`` is a running mean from 0 on."""

    threshold: float = 0.4
    ema: float = 0.0

    def updated(self, logits_BHW: Tensor, target_BHW: Tensor) -> AdaptiveIou:
        """After one more batch; targets are 1 object, 0 not, -1 ignored. A batch without any object changes nothing."""
        if not (target_BHW == 1).any():
            return self
        probs_BHW = torch.sigmoid(logits_BHW.float())
        candidates = (self.threshold, self.threshold - _STEP, self.threshold + _STEP)
        ious = [_mean_iou(probs_BHW > threshold, target_BHW) for threshold in candidates]
        best = max(ious)
        threshold = _THRESHOLD_DECAY * self.threshold + (1 - _THRESHOLD_DECAY) * candidates[ious.index(best)]
        ema = _IOU_DECAY * self.ema + (1 - _IOU_DECAY) * best
        return AdaptiveIou(threshold, ema)


def _mean_iou(mask_BHW: Tensor, target_BHW: Tensor) -> float:
    """Over the items that have a union."""
    truth = target_BHW == 1
    mask = mask_BHW & (target_BHW != -1)
    union_B = (mask | truth).sum(dim=(-2, -1))
    shared_B = (mask & truth).sum(dim=(-2, -1))
    some = union_B > 0
    return float((shared_B[some] / union_B[some]).mean())
