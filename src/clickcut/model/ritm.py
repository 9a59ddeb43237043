"""RITM's network: HRNet, into whose stem clicks and the previous mask are added (Conv1S of 2102.06583).

Takes images of any size. Clicks enter behind the first convolution, so nearly all the work is in ``decode``.
Shape suffixes: B batch, H W pixels of the input frame, h w pixels of a map at half or a quarter of its sides, C channels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.click_maps import click_maps
from clickcut.model.config import HrnetConfig
from clickcut.model.fit import LongestSide, normalised
from clickcut.model.hrnet import STEM_WIDTH
from clickcut.model.network import ClickBatch, Features, Injection, Place
from clickcut.model.ocr import SegmentingHrnet


class Scale(nn.Module):
    """Times a learnt number, whose sign does not count."""

    def __init__(self, begin: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), begin))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale.abs()


class ClickedHrnet(nn.Module):
    """HRNet with object context that is told clicks and the previous mask; a ``Network``, under the field's names for its tensors.

    Its features are the stem's RGB half (B, 64, h, w) and the frame's size (B, 2), int64: a half of it does not tell odd sides from even.
    """

    def __init__(self, config: HrnetConfig) -> None:
        super().__init__()
        self.config = config
        self.maps_transform = nn.Sequential(
            nn.Conv2d(3 if config.prev_mask else 2, 16, 1),
            nn.LeakyReLU(0.2) if config.leaky_relu else nn.ReLU(),
            nn.Conv2d(16, STEM_WIDTH, 3, stride=2, padding=1),
            Scale(0.05),
        )
        self.feature_extractor = SegmentingHrnet(config)
        _initialise(self)

    @property
    def fitting(self) -> LongestSide:
        return LongestSide(self.config.zoom_side)

    @property
    def device(self) -> torch.device:
        return self.feature_extractor.conv1.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in: that of its weights."""
        return self.feature_extractor.conv1.weight.dtype

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """The stem's RGB half, (B, 64, h, w), and (H, W) of every image."""
        return self.feature_extractor.stem(normalised(pixels_B3HW, self.dtype)), _sizes(pixels_B3HW)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, H, W); before the very first pass the previous mask is all zeros."""
        return self.answers(features, prev_B1HW, clicks)[0]

    def answers(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, Tensor | None]:
        """The main logits, which ``decode`` gives, and the auxiliary ones, both (B, 1, H, W); None where there is no object context.

        The auxiliary ones say where the coarse head sees the object. They are for a second loss in training, which the field's code takes
        of the main ones by mistake (quirk Q17).
        """
        stem_BChw, sizes_B2 = features
        coords_BCHW = self._coords(click_maps(clicks, _frame(sizes_B2)), prev_B1HW)
        final_BChw, aux_B1hw = self.feature_extractor.in_context(self._joined(stem_BChw, coords_BCHW))
        return self._main(final_BChw, sizes_B2), None if aux_B1hw is None else _enlarged(aux_B1hw, sizes_B2)

    @property
    def injections(self) -> Mapping[Place, Injection]:
        """Where this network may be altered; at "click-maps" it is the two click maps, without the previous mask."""
        places: dict[Place, Injection] = {
            "rgb": Injection(self._until_rgb, self._from_rgb),
            "click-maps": Injection(self._until_click_maps, self._from_click_maps),
            "backbone": Injection(self._until_backbone, self._from_backbone),
        }
        if self.feature_extractor.has_context:
            places["context"] = Injection(self._until_context, self._from_context)
        return places

    def _until_rgb(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        sizes_B2 = _sizes(pixels_B3HW)
        return normalised(pixels_B3HW, self.dtype), self._coords(click_maps(clicks, _frame(sizes_B2)), prev_B1HW), sizes_B2

    def _from_rgb(self, parts: tuple[Tensor, ...]) -> Tensor:
        rgb_B3HW, coords_BCHW, sizes_B2 = parts
        return self._from_backbone((self._joined(self.feature_extractor.stem(rgb_B3HW), coords_BCHW), sizes_B2))

    def _until_click_maps(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        stem_BChw, sizes_B2 = self.encode(pixels_B3HW)
        maps_B2HW = click_maps(clicks, _frame(sizes_B2))
        return maps_B2HW, torch.zeros_like(maps_B2HW[:, :1]) if prev_B1HW is None else prev_B1HW, stem_BChw, sizes_B2

    def _from_click_maps(self, parts: tuple[Tensor, ...]) -> Tensor:
        maps_B2HW, prev_B1HW, stem_BChw, sizes_B2 = parts
        return self._from_backbone((self._joined(stem_BChw, self._coords(maps_B2HW, prev_B1HW)), sizes_B2))

    def _until_backbone(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        rgb_B3HW, coords_BCHW, sizes_B2 = self._until_rgb(pixels_B3HW, prev_B1HW, clicks)
        return self._joined(self.feature_extractor.stem(rgb_B3HW), coords_BCHW), sizes_B2

    def _from_backbone(self, parts: tuple[Tensor, ...]) -> Tensor:
        joined_BChw, sizes_B2 = parts
        return self._main(self.feature_extractor.in_context(joined_BChw)[0], sizes_B2)

    def _until_context(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        joined_BChw, sizes_B2 = self._until_backbone(pixels_B3HW, prev_B1HW, clicks)
        return self.feature_extractor.in_context(joined_BChw)[0], sizes_B2

    def _from_context(self, parts: tuple[Tensor, ...]) -> Tensor:
        return self._main(*parts)

    def _coords(self, maps_B2HW: Tensor, prev_B1HW: Tensor | None) -> Tensor:
        """What the stem is told beside RGB: the previous mask, if this network takes one, and the click maps."""
        if not self.config.prev_mask:
            return maps_B2HW
        prev_B1HW = torch.zeros_like(maps_B2HW[:, :1]) if prev_B1HW is None else prev_B1HW
        return torch.cat((prev_B1HW, maps_B2HW), dim=1)

    def _joined(self, stem_BChw: Tensor, coords_BCHW: Tensor) -> Tensor:
        return self.feature_extractor.joined(stem_BChw + self.maps_transform(coords_BCHW.to(stem_BChw.dtype)))

    def _main(self, final_BChw: Tensor, sizes_B2: Tensor) -> Tensor:
        return _enlarged(self.feature_extractor.cls_head(final_BChw), sizes_B2)


def _sizes(pixels_B3HW: Tensor) -> Tensor:
    """(H, W) of every image of a batch, (B, 2) int64."""
    return torch.tensor(pixels_B3HW.shape[-2:], device=pixels_B3HW.device).repeat(len(pixels_B3HW), 1)


def _frame(sizes_B2: Tensor) -> tuple[int, int]:
    """(H, W) of the frame that a batch's images share."""
    first, *others = sizes_B2.tolist()
    if any(other != first for other in others):
        raise ValueError(f"expected features of images of one size, got sizes {sizes_B2.tolist()}")
    return first[0], first[1]


def _enlarged(logits_B1hw: Tensor, sizes_B2: Tensor) -> Tensor:
    return F.interpolate(logits_B1hw, _frame(sizes_B2), mode="bilinear", align_corners=True)


def _initialise(network: nn.Module) -> None:
    """How RITM begins: convolutions normal, with a variance of 2 over the mean of the numbers of inputs and outputs, and no bias."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_normal_(module.weight, gain=math.sqrt(2))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
