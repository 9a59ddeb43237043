"""What every network is: two pure halves, and the way in which a crop is fitted to its input.

Shape suffixes: B batch, K clicks, H W pixels of the network's input frame, h w pixels of a network's own output grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor

from clickcut.core.clicks import Clicks
from clickcut.model.fit import Fitting

Features: TypeAlias = tuple[Tensor, ...]
"""What ``encode`` makes of images: tensors, batch first, whose meaning only the network that made them knows."""

POSITIVE, NEGATIVE, PADDING = 1, 0, -1


@dataclass(frozen=True, slots=True)
class ClickBatch:
    """Clicks of a batch of images, in (y, x) pixels of the network's input frame.

    ``yx_BK2`` is float32; ``kind_BK`` is int64: 1 positive, 0 negative, -1 padding. ``ragged`` says that rows have padding because others
    have more clicks.
    """

    yx_BK2: Tensor
    kind_BK: Tensor
    ragged: bool = False

    @classmethod
    def of(cls, batch: Sequence[Clicks], device: torch.device | str = "cpu") -> ClickBatch:
        """Packs one tuple of clicks per image, padded to the longest of them (and to one)."""
        num_clicks = max(1, *(len(clicks) for clicks in batch))
        yx_BK2 = torch.zeros(len(batch), num_clicks, 2)
        kind_BK = torch.full((len(batch), num_clicks), PADDING)
        for row, clicks in enumerate(batch):
            for column, click in enumerate(clicks):
                yx_BK2[row, column] = torch.tensor((click.y, click.x))
                kind_BK[row, column] = POSITIVE if click.positive else NEGATIVE
        ragged = any(max(1, len(clicks)) != num_clicks for clicks in batch)
        return cls(yx_BK2.to(device), kind_BK.to(device), ragged)

    def present(self) -> Tensor | None:
        """(B, K), bool: where a row has a click, or the one padding that stands for none; None where that is everywhere."""
        if not self.ragged:
            return None
        present_BK = self.kind_BK != PADDING
        present_BK[:, 0] = True
        return present_BK


class Network(Protocol):
    """A click segmentation network, early fusion or late: an ``nn.Module``, an ONNX session or any pair of functions."""

    @property
    def fitting(self) -> Fitting:
        """How this network wants a crop fitted to its input."""

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """The features of RGB images in [0, 1] that already fit the input frame; knows of no click."""

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, h, w) over the input frame, on the network's own grid.

        No row's answer depends on the other rows, beyond rounding, nor on padding that their clicks make necessary.
        ``prev_B1HW`` holds the previous mask as probabilities in the frame that ``Fit.prev`` makes; None before the very first pass.
        """


Place: TypeAlias = Literal["rgb", "click-maps", "backbone", "context"]
"""Where a network may be altered from outside: the normalised RGB, the click maps, the backbone's joined features, those after context."""


@dataclass(frozen=True, slots=True)
class Injection:
    """A network cut in two at a place where a tensor may be altered, as backpropagating refinement does.

    ``before(pixels_B3HW, prev_B1HW, clicks)`` takes what ``encode`` and ``decode`` take together and gives tensors, the first of which,
    (B, C, h, w), is the one to alter; ``after`` takes them all back and gives what ``decode`` gives. Unaltered, the two are
    ``decode(encode(pixels), prev, clicks)``.
    """

    before: Callable[[Tensor, Tensor | None, ClickBatch], tuple[Tensor, ...]]
    after: Callable[[tuple[Tensor, ...]], Tensor]


@runtime_checkable
class Injectable(Protocol):
    """A network that declares where it may be altered, and whose ``after`` can be differentiated."""

    @property
    def injections(self) -> Mapping[Place, Injection]:
        """The places that this network has."""
