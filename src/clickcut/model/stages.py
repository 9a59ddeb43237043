"""Multi-stage models: a network of its own for the first click, the second and so on, as one network (RITM's lists of checkpoints)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from clickcut.model.config import StagesConfig
from clickcut.model.fit import Fitting
from clickcut.model.network import PADDING, ClickBatch, Features, Network


def stage_name(index: int, name: str) -> str:
    """The name that a stage's tensor has among those of all stages."""
    return f"stages.{index}.{name}"


class Stages(nn.Module):
    """The stage that answers is that of the number of clicks, the last one for all further clicks; a ``Network``.

    ``encode`` runs every stage's, for which one will be asked is not known yet: meant for early fusion, where that costs little.
    """

    def __init__(self, config: StagesConfig, stages: Sequence[nn.Module]) -> None:
        super().__init__()
        self.config = config
        self.stages = nn.ModuleList(stages)

    @property
    def fitting(self) -> Fitting:
        return self._stage(0).fitting

    @property
    def device(self) -> torch.device:
        return self._stage(0).device

    @property
    def dtype(self) -> torch.dtype:
        """What its stages compute in."""
        return next(self.parameters()).dtype

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """All stages' features, one after the other."""
        return tuple(tensor for index in range(len(self.stages)) for tensor in self._stage(index).encode(pixels_B3HW))

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, H, W); images of a batch may have different numbers of clicks."""
        num_clicks_B = (clicks.kind_BK != PADDING).sum(dim=1)
        stage_B = (num_clicks_B - 1).clamp(0, len(self.stages) - 1)
        size = len(features) // len(self.stages)
        logits: list[Tensor | None] = [None] * len(stage_B)
        for index in sorted(set(stage_B.tolist())):
            rows = (stage_B == index).nonzero().flatten()
            own = tuple(tensor[rows] for tensor in features[index * size : (index + 1) * size])
            prev = None if prev_B1HW is None else prev_B1HW[rows]
            answers = self._stage(index).decode(own, prev, ClickBatch(clicks.yx_BK2[rows], clicks.kind_BK[rows]))
            for row, answer in zip(rows.tolist(), answers, strict=True):
                logits[row] = answer
        return torch.stack(cast(list[Tensor], logits))

    def _stage(self, index: int) -> Network:
        return cast(Network, self.stages[index])
