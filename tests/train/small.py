"""Networks, targets and recipes that are small enough to train with in a test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from clickcut.data.mixture import Part
from clickcut.data.views import ViewStyle
from clickcut.model.fit import Squash
from clickcut.model.network import NEGATIVE, PADDING, POSITIVE, ClickBatch, Features
from clickcut.train.losses import LossWeights
from clickcut.train.optimise import Optimisation
from clickcut.train.recipe import ViewRecipe
from clickcut.train.rollout import Rollout, Targets
from clickcut.train.views import ViewPlan

SIDE = 16


@dataclass(frozen=True, slots=True)
class Call:
    """What one decode was given, and whether its answer may carry a gradient."""

    prev: Tensor | None
    clicks: list[list[tuple[float, float, int]]]
    graded: bool


class BlindNetwork(nn.Module):
    """Answers every decode with one learnt number all over, a little higher after each pass; remembers what it was given."""

    def __init__(self, logit: float = -1.0) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))
        self.calls: list[Call] = []

    @property
    def fitting(self) -> Squash:
        return Squash((SIDE, SIDE))

    @property
    def device(self) -> torch.device:
        return self.logit.device

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return (pixels_B3HW[:, :1],)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        logits = (self.logit + 0.1 * len(self.calls)).expand(len(features[0]), 1, SIDE, SIDE)
        rows = [
            [(y, x, kind) for (y, x), kind in zip(yx, kinds, strict=True) if kind != PADDING]
            for yx, kinds in zip(clicks.yx_BK2.tolist(), clicks.kind_BK.tolist(), strict=True)
        ]
        self.calls.append(Call(prev_B1HW, rows, logits.requires_grad))
        return logits


class DotNetwork(BlindNetwork):
    """Says yes around positive clicks and no around negative ones; the previous mask counts a little."""

    def __init__(self) -> None:
        super().__init__(logit=-2.0)
        self.reach = nn.Parameter(torch.tensor(3.0))

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        super().decode(features, prev_B1HW, clicks)
        y, x = torch.arange(SIDE)[:, None], torch.arange(SIDE)[None]
        logits_BHW = [self.logit + sum(self._near(click, y, x) for click in row) for row in self.calls[-1].clicks]
        answer = torch.stack([logits.expand(SIDE, SIDE) for logits in logits_BHW])[:, None]
        return answer if prev_B1HW is None else answer + prev_B1HW

    def _near(self, click: tuple[float, float, int], y: Tensor, x: Tensor) -> Tensor:
        sign = {POSITIVE: 6.0, NEGATIVE: -6.0}[click[2]]
        return sign * torch.exp(-((y - click[0]) ** 2 + (x - click[1]) ** 2) / self.reach**2)


def square_targets(batch_size: int = 2) -> Targets:
    """A square object in the middle of each image; the last two rows are the frame's padding."""
    labels = torch.zeros(batch_size, SIDE, SIDE, dtype=torch.int8)
    labels[:, 4:10, 5:11] = 1
    labels[:, SIDE - 2 :] = -1
    content = torch.ones(batch_size, SIDE, SIDE, dtype=torch.bool)
    content[:, SIDE - 2 :] = False
    return Targets(labels, content, (1.0, 1.0))


def features(batch_size: int = 2) -> Features:
    return (torch.zeros(batch_size, 1, SIDE, SIDE),)


@dataclass
class Told:
    """Collects what a run tells."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)


SMALL = ViewRecipe(
    name="small",
    encoder="frozen",
    parts=(Part("set", 1.0, union=0.3),),
    views=ViewPlan(num_views=4, seed=1, style=ViewStyle(min_side=24)),
    validation_views=ViewPlan(num_views=2, seed=2, style=ViewStyle(brightness=0.0, contrast=0.0, min_side=24)),
    rollout=Rollout(warmup=(0, 1), graded=(1, 2), weights=(1.0, 2.0), repeat_share=0.3, centre_share=0.5, coarse_share=0.3),
    losses=LossWeights(focal=1.0, dice=0.5),
    optimisation=Optimisation(lr=1e-3, weight_decay=0.02, pull=2.0, warmup_steps=1, decay="cosine", clip=1.0, average=0.9),
    steps=4,
    batch_size=2,
    supervision_side=32,
    min_object_share=0.01,
    seed=0,
)
"""Frozen encoder, two objects a step."""

SMALL_WHOLE = replace(SMALL, name="small-whole", encoder="learning")
"""The same with an encoder that learns."""

SMALL_LAST_STAGE = replace(SMALL, name="small-last-stage", encoder="last stage learning")
"""The same with an encoder of which the last stage learns."""
