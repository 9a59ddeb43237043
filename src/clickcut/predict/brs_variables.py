"""What backpropagating refinement may change: a bias of every input value, or a scale and a bias of every channel of features.

Shape suffixes: B looks, C channels, N variables, h w pixels of the altered tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from clickcut.predict.looks import Looks

_PENALTY = 1e-3
_BIAS_PENALTY = 10.0


class Variables(Protocol):
    """What a vector of variables does to a tensor; zeros change nothing."""

    @property
    def count(self) -> int:
        """N, how many variables there are: the same for one look and for two, which share them."""

    def applied(self, x_BChw: Tensor, variables_N: Tensor) -> tuple[Tensor, Tensor]:
        """The altered tensor, and the penalty that keeps the variables small."""


@dataclass(frozen=True, slots=True)
class InputBias:
    """A bias for every value of one look's input (C, h, w), which the mirrored look sees mirrored."""

    shape: tuple[int, int, int]
    looks: Looks

    @property
    def count(self) -> int:
        channels, height, width = self.shape
        return channels * height * width

    def applied(self, x_BChw: Tensor, variables_N: Tensor) -> tuple[Tensor, Tensor]:
        bias_1Chw = variables_N.view(1, *self.shape)
        bias_BChw = torch.cat([fit.turned(bias_1Chw) for fit in self.looks.fits])
        return x_BChw + bias_BChw, _PENALTY * bias_BChw.square().sum()


@dataclass(frozen=True, slots=True)
class ChannelScale:
    """A scale and a bias for each of C channels, scales first: f becomes (1 + scale) f + bias, in all looks alike (f-BRS, section 3.2)."""

    num_channels: int

    @property
    def count(self) -> int:
        return 2 * self.num_channels

    def applied(self, x_BChw: Tensor, variables_N: Tensor) -> tuple[Tensor, Tensor]:
        scale_C, bias_C = variables_N.chunk(2)
        altered = (1 + scale_C[:, None, None]) * x_BChw + bias_C[:, None, None]
        return altered, _PENALTY * (scale_C.square().sum() + _BIAS_PENALTY * bias_C.square().sum())
