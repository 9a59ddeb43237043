"""The passes of one training step: a network answers, the simulated user clicks on what is wrong, the network answers again.

RITM's iterative sampling (2102.06583, section 3.2: warm-up passes without a gradient, then one that counts) and the iterative click loss of
CFR-ICL (2303.05620, section 3.2: every pass counts, later ones more) are two values of ``Rollout``.
Shape suffixes: B batch, h w pixels of a network's own grid, S side of the supervision square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Target
from clickcut.core.simulate import MASK_THRESHOLD, inner_click, next_click
from clickcut.model.network import ClickBatch, Features, Network
from clickcut.train.losses import LossWeights, upscaled


@dataclass(frozen=True, slots=True)
class Rollout:
    """How many passes a step makes, and what counts.

    ``warmup`` and ``graded`` are the smallest and largest number of passes without and with a gradient, drawn once a step; graded pass k
    weighs ``weights[k]``, with no division by their sum. ``repeat_share`` is the chance that a pass brings no new click: what
    cascade-forward refinement feeds a network. ``centre_share`` is the chance that a click lies at the error's centre, as the benchmark's
    do, instead of anywhere in its inner half. ``coarse_share`` is the chance that a previous mask arrives as if from a wider crop: at a
    fraction of its resolution.
    """

    warmup: tuple[int, int]
    graded: tuple[int, int]
    weights: tuple[float, ...]
    repeat_share: float = 0.0
    centre_share: float = 0.0
    coarse_share: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.warmup[0] <= self.warmup[1] or not 1 <= self.graded[0] <= self.graded[1]:
            raise ValueError(
                f"expected 0 <= warm-up passes and 1 <= graded passes, smaller number first, got {self.warmup} and {self.graded}"
            )
        if len(self.weights) < self.graded[1]:
            raise ValueError(f"expected a weight for each of {self.graded[1]} graded passes, got {len(self.weights)} (quirk Q50)")

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """Numbers of warm-up and of graded passes for one step: one draw for the whole batch."""
        return int(rng.integers(self.warmup[0], self.warmup[1] + 1)), int(rng.integers(self.graded[0], self.graded[1] + 1))


@dataclass(frozen=True, slots=True)
class Targets:
    """What a batch should have answered, on the supervision square of the network's input frame.

    ``labels_BSS``: int8, 1 object, 0 not, -1 ignored (the frame's padding too). ``content_BSS``: bool, False on padding. ``click_scale``:
    pixels of the input frame to one of the square. ``first`` is the place of the first of these items in the joined batch, of which they
    may be a part.
    """

    labels_BSS: Tensor
    content_BSS: Tensor
    click_scale: tuple[float, float]
    first: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The loss to descend, and what the last pass answered."""

    loss: Tensor
    last_logits_BSS: Tensor
    num_passes: int


def roll_out(
    network: Network, features: Features, targets: Targets, *, rollout: Rollout, losses: LossWeights, rng: np.random.Generator
) -> Outcome:
    """Makes the passes of one step; ``features`` may carry a gradient and are shared by all passes.

    What concerns the whole batch is drawn from ``rng``, which must be alike for every part of a joined batch; each item's clicks are drawn
    from a child of it that belongs to the item's place, so that a part is clicked on as it would be within the whole.
    """
    num_warmup, num_graded = rollout.draw(rng)
    item_rngs = rng.spawn(targets.first + len(targets.labels_BSS))[targets.first :]
    side = targets.labels_BSS.shape[-1]
    labels = [labels.numpy() for labels in targets.labels_BSS.cpu()]
    content = [content.numpy() for content in targets.content_BSS.cpu()]
    clicks: list[Clicks] = [
        _next_clicks(np.zeros(label.shape, np.float32), label, rollout, item_rng) for label, item_rng in zip(labels, item_rngs, strict=True)
    ]
    prev: Tensor | None = None
    logits_BSS = torch.zeros(())
    loss = torch.zeros((), device=targets.labels_BSS.device)
    for index in range(num_warmup + num_graded):
        with torch.set_grad_enabled(index >= num_warmup):
            logits_B1hw = network.decode(features, prev, click_batch(clicks, targets.click_scale, network.device))
            logits_BSS = upscaled(logits_B1hw, side)
            if index >= num_warmup:
                loss = loss + rollout.weights[index - num_warmup] * losses(logits_BSS, targets.labels_BSS).mean()
        if index + 1 == num_warmup + num_graded:
            break
        prev = previous_mask(logits_B1hw, targets.content_BSS)
        if rng.random() < rollout.coarse_share:
            prev = _coarse(prev, rng)
        if rng.random() >= rollout.repeat_share:
            probs = torch.sigmoid(logits_BSS.detach().float()).cpu().numpy()
            clicks = [
                (*so_far, *_next_clicks(probs[row] * content[row], labels[row], rollout, item_rngs[row]))
                for row, so_far in enumerate(clicks)
            ]
    return Outcome(loss, logits_BSS.detach(), num_warmup + num_graded)


def click_batch(clicks: list[Clicks], scale: tuple[float, float], device: torch.device) -> ClickBatch:
    """Clicks of the supervision square as clicks of the input frame."""
    return ClickBatch.of([tuple(Click(c.y * scale[0], c.x * scale[1], c.positive) for c in some) for some in clicks], device)


def previous_mask(logits_B1hw: Tensor, content_BSS: Tensor) -> Tensor:
    """What the next pass sees of this one: probabilities without a gradient, zero on the padding."""
    content = F.interpolate(content_BSS[:, None].float(), logits_B1hw.shape[-2:], mode="nearest")
    return torch.sigmoid(logits_B1hw.detach().float()) * content


def _next_clicks(probs: NDArray[np.float32], label: Target, rollout: Rollout, rng: np.random.Generator) -> Clicks:
    """One more click, or none where nothing is wrong."""
    if rng.random() >= rollout.centre_share:
        click = inner_click(probs, label, rng)
        return () if click is None else (click,)
    pred = probs > MASK_THRESHOLD
    wrong = ((label == 1) & ~pred) | ((label == 0) & pred)
    return (next_click(pred, label),) if wrong.any() else ()


def _coarse(prev_B1hw: Tensor, rng: np.random.Generator) -> Tensor:
    factor = int(rng.integers(2, 5))
    small = F.avg_pool2d(prev_B1hw, factor, ceil_mode=True, count_include_pad=False)
    return F.interpolate(small, prev_B1hw.shape[-2:], mode="bilinear", align_corners=False).clamp(0, 1)
