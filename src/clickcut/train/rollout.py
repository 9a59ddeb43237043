"""The passes of one training step: a network answers, the simulated user clicks on what is wrong, the network answers again.

RITM's iterative sampling (2102.06583, section 3.2: warm-up passes without a gradient, then one that counts) and the iterative click loss of
CFR-ICL (2303.05620, section 3.2: every pass counts, later ones more) are two values of ``Rollout``.
Shape suffixes: B batch, h w pixels of a network's own grid, S side of the supervision square.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Target
from clickcut.core.simulate import MASK_THRESHOLD, inner_click, next_click
from clickcut.model.network import ClickBatch, Features, Network
from clickcut.train.losses import LossWeights, cross_entropy, upscaled
from clickcut.train.slots import Slots


@dataclass(frozen=True, slots=True)
class Rollout:
    """How many passes a step makes, and what counts.

    ``warmup`` and ``graded`` are the smallest and largest number of passes without and with a gradient, drawn once a step; graded pass k
    weighs ``weights[k]``, with no division by their sum. ``repeat_share`` is the chance that a pass brings no new click: what
    cascade-forward refinement feeds a network. ``centre_share`` is the chance that a click lies at the error's centre, as the benchmark's
    do, instead of anywhere in its inner half. ``coarse_share`` is the chance that a previous mask arrives as if from a wider crop: at a
    fraction of its resolution.

    ``first`` says what the first pass is told: one simulated click, or the random clicks that the batch comes with, as the field does it
    (specification 4.3). ``slots`` is the field's room for clicks; None for as many as come. Warm-up passes run as in use, without dropout
    and with the running statistics of batch norms, but for what ``encode`` did already.
    """

    warmup: tuple[int, int]
    graded: tuple[int, int]
    weights: tuple[float, ...]
    repeat_share: float = 0.0
    centre_share: float = 0.0
    coarse_share: float = 0.0
    first: Literal["simulated", "sampled"] = "simulated"
    slots: Slots | None = None

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
    pixels of the input frame to one of the square. ``clicks`` are those to begin with, one tuple an item, in pixels of the square; empty
    where the first click is simulated. ``first`` is the place of the first of these items in the joined batch, of which they may be a part.
    Crops of the field may be no squares; all the same holds for them.
    """

    labels_BSS: Tensor
    content_BSS: Tensor
    click_scale: tuple[float, float]
    clicks: tuple[Clicks, ...] = ()
    first: int = 0

    def to(self, device: torch.device) -> Targets:
        return replace(self, labels_BSS=self.labels_BSS.to(device), content_BSS=self.content_BSS.to(device))


@runtime_checkable
class GivesAuxiliary(Protocol):
    """A network whose coarse head answers too."""

    def answers(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, Tensor | None]:
        """What ``decode`` gives, and the auxiliary logits, both (B, 1, H, W)."""


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
    hw = (targets.labels_BSS.shape[-2], targets.labels_BSS.shape[-1])
    labels = [labels.numpy() for labels in targets.labels_BSS.cpu()]
    content = [content.numpy() for content in targets.content_BSS.cpu()]
    first = _first_clicks(targets, labels, rollout, item_rngs)
    clicks = list(first)
    prev: Tensor | None = None
    logits_BSS = torch.zeros(())
    loss = torch.zeros((), device=targets.labels_BSS.device)
    for index in range(num_warmup + num_graded):
        is_graded = index >= num_warmup
        with torch.set_grad_enabled(is_graded), nullcontext() if is_graded else _as_in_use(network):
            packed = click_batch(clicks, targets.click_scale, network.device)
            logits_B1hw, aux_B1hw = _answers(network, features, prev, packed, wants_aux=is_graded and losses.auxiliary > 0)
            logits_BSS = upscaled(logits_B1hw, hw)
            if is_graded:
                loss = loss + rollout.weights[index - num_warmup] * _loss(losses, logits_BSS, aux_B1hw, targets.labels_BSS)
        if index + 1 == num_warmup + num_graded:
            break
        prev = previous_mask(logits_B1hw, targets.content_BSS)
        if rng.random() < rollout.coarse_share:
            prev = _coarse(prev, rng)
        if rng.random() >= rollout.repeat_share:
            probs = torch.sigmoid(logits_BSS.detach().float()).cpu().numpy()
            for row, so_far in enumerate(clicks):
                for click in _next_clicks(probs[row] * content[row], labels[row], rollout, item_rngs[row]):
                    clicks[row] = _with_click(click, so_far, rollout.slots, number=index + 1, begun_with=first[row])
    return Outcome(loss, logits_BSS.detach(), num_warmup + num_graded)


def click_batch(clicks: list[Clicks], scale: tuple[float, float], device: torch.device) -> ClickBatch:
    """Clicks of the supervision square as clicks of the input frame."""
    return ClickBatch.of([tuple(Click(c.y * scale[0], c.x * scale[1], c.positive) for c in some) for some in clicks], device)


def previous_mask(logits_B1hw: Tensor, content_BSS: Tensor) -> Tensor:
    """What the next pass sees of this one: probabilities without a gradient, zero on the padding."""
    content = F.interpolate(content_BSS[:, None].float(), logits_B1hw.shape[-2:], mode="nearest")
    return torch.sigmoid(logits_B1hw.detach().float()) * content


def _first_clicks(targets: Targets, labels: list[Target], rollout: Rollout, rngs: Sequence[np.random.Generator]) -> list[Clicks]:
    if rollout.first == "simulated":
        return [_next_clicks(np.zeros(label.shape, np.float32), label, rollout, rng) for label, rng in zip(labels, rngs, strict=True)]
    if len(targets.clicks) != len(labels):
        raise ValueError(f"expected sampled clicks for each of {len(labels)} objects, got those of {len(targets.clicks)}")
    return list(targets.clicks)


def _with_click(click: Click, clicks: Clicks, slots: Slots | None, *, number: int, begun_with: Clicks) -> Clicks:
    return (*clicks, click) if slots is None else slots.put(click, clicks, number=number, begun_with=begun_with)


def _answers(
    network: Network, features: Features, prev: Tensor | None, clicks: ClickBatch, *, wants_aux: bool
) -> tuple[Tensor, Tensor | None]:
    """The answer, and the auxiliary logits if they are wanted."""
    if not wants_aux:
        return network.decode(features, prev, clicks), None
    answers = network.answers(features, prev, clicks) if isinstance(network, GivesAuxiliary) else (None, None)
    if answers[0] is None or answers[1] is None:
        raise ValueError("an auxiliary loss needs a network with auxiliary logits (an HRNet with object context), this one has none")
    return answers


def _loss(losses: LossWeights, logits_BSS: Tensor, aux_B1hw: Tensor | None, labels_BSS: Tensor) -> Tensor:
    """That of the answer, and that of the auxiliary logits on themselves (CFR-ICL's code takes the answer there: quirk Q17)."""
    loss = losses(logits_BSS, labels_BSS).mean()
    if aux_B1hw is None:
        return loss
    aux_BSS = upscaled(aux_B1hw, (labels_BSS.shape[-2], labels_BSS.shape[-1]))
    return loss + losses.auxiliary * cross_entropy(aux_BSS, labels_BSS).mean()


@contextmanager
def _as_in_use(network: Network) -> Iterator[None]:
    """The network in evaluation mode, if it has modes; afterwards each of its modules is in the mode that it was in."""
    learning = [module for module in network.modules() if module.training] if isinstance(network, nn.Module) else []
    for module in learning:
        module.training = False
    try:
        yield
    finally:
        for module in learning:
            module.training = True


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
