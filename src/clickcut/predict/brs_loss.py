"""What backpropagating refinement minimises: how far the clicked pixels are from what was clicked.

Shape suffixes: B looks, N variables, H W pixels of the crop as the network sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Clicks

_RADIUS = 1
_EPS = 1e-5


def click_squares(clicks: Clicks, hw: tuple[int, int]) -> Tensor:
    """(2, H, W) float32: 1 on the 3 x 3 pixels about each positive click, then about each negative one; places rounded half to even.

    Squares are cut out as Python slices, whose negative ends count from the far side (quirk Q44): a square that reaches over the top or the
    left by a part of itself is empty, and one that lies wholly outside there comes in again on the other side. Beyond the bottom or the
    right, squares are cut off.
    """
    squares = np.zeros((2, *hw), np.float32)
    for click in clicks:
        y, x = round(click.y), round(click.x)
        squares[0 if click.positive else 1, y - _RADIUS : y + _RADIUS + 1, x - _RADIUS : x + _RADIUS + 1] = 1
    return torch.from_numpy(squares)


@dataclass(frozen=True, slots=True)
class ClickLoss:
    """The loss at the clicks, and the largest distances from 1 at positive and from 0 at negative ones."""

    value: Tensor
    worst_positive: float
    worst_negative: float

    @classmethod
    def of(cls, probs_B1HW: Tensor, squares_B2HW: Tensor) -> ClickLoss:
        """Mean squares over the squares of each kind, all looks together (specification 2.8)."""
        positive_BHW, negative_BHW = squares_B2HW.unbind(dim=1)
        missing_BHW, surplus_BHW = (1 - probs_B1HW[:, 0]) * positive_BHW, probs_B1HW[:, 0] * negative_BHW
        value = missing_BHW.square().sum() / (positive_BHW.sum() + _EPS) + surplus_BHW.square().sum() / (negative_BHW.sum() + _EPS)
        return cls(value, float(missing_BHW.detach().max()), float(surplus_BHW.detach().max()))

    def is_met(self, threshold: float) -> bool:
        """Whether every clicked pixel lies on its own side of the mask's threshold already."""
        return self.worst_positive < 1 - threshold and self.worst_negative < threshold


Answer = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From variables (N,) to the looks' logits (B, 1, H, W), all laid out over the crop, and the penalty of the variables."""


class Objective:
    """The value and the gradient that the optimiser asks for, for the clicks of one pass.

    It changes as it is evaluated: it keeps the logits with the lowest value, and the last mask to compare the next one with. In both early
    exits the gradient is zero, which the optimiser takes for the end.
    """

    def __init__(self, answer: Answer, squares_B2HW: Tensor, *, threshold: float, min_iou_diff: float) -> None:
        self.best: Tensor | None = None
        self._answer, self._squares_B2HW = answer, squares_B2HW
        self._threshold, self._min_iou_diff = threshold, min_iou_diff
        self._best_value = np.inf
        self._last_mask: Tensor | None = None

    def __call__(self, variables_N: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        with torch.enable_grad():
            # Computed in the network's precision, however exact the optimiser's own numbers are
            tensor_N = torch.tensor(variables_N, dtype=self._squares_B2HW.dtype, device=self._squares_B2HW.device, requires_grad=True)
            logits_B1HW, penalty = self._answer(tensor_N)
            probs_B1HW = torch.sigmoid(logits_B1HW)
            loss = ClickLoss.of(probs_B1HW, self._squares_B2HW)
            total = loss.value + penalty
        value = float(total.detach())
        if self.best is None or value < self._best_value:
            self.best, self._best_value = logits_B1HW.detach(), value
        if loss.is_met(self._threshold) or self._stands_still(probs_B1HW.detach() > self._threshold):
            return value, np.zeros_like(variables_N)
        (gradient_N,) = torch.autograd.grad(total, tensor_N)
        return value, gradient_N.double().cpu().numpy()

    def _stands_still(self, mask_B1HW: Tensor) -> bool:
        """Whether the mask is nearly the last one; if not, it is the next one's last."""
        if self._min_iou_diff > 0 and self._last_mask is not None:
            ious = _ious(mask_B1HW, self._last_mask)
            if len(ious) > 0 and float(ious.mean()) > 1 - self._min_iou_diff:
                return True
        self._last_mask = mask_B1HW
        return False


def _ious(a_B1HW: Tensor, b_B1HW: Tensor) -> Tensor:
    """The looks' IoUs; those whose union is empty are left out (quirk Q52)."""
    shared_B, union_B = ((x.flatten(1).sum(dim=1).double()) for x in (a_B1HW & b_B1HW, a_B1HW | b_B1HW))
    return shared_B[union_B > 0] / union_B[union_B > 0]
