"""The MLP head that joins a pyramid's levels into one map of logits (SimpleClick 2210.11006, section 3.1; SegFormer 2105.15203)."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.config import PlainVitConfig


class PlainConv(nn.Module):
    """A 1 x 1 convolution and ReLU, under the key that the field's files have."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(cast(Tensor, self.conv.bias))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return F.relu(self.conv(x_BCHW))


class MlpHead(nn.Module):
    """Levels to logits (B, 1, h, w) on the finest level's grid, or 2 or 4 times finer with ``upsample`` x2 or x4.

    Both upsampling stages exist whether they are used or not (quirk Q30).
    """

    def __init__(self, config: PlainVitConfig) -> None:
        super().__init__()
        wide = config.wide_channels
        self.conv_seg = nn.Conv2d(config.head_channels, 1, 1)  # the last layer, but the first of the tensors, as in the field's files
        self.convs = nn.ModuleList(PlainConv(dim, wide) for dim in config.neck_dims)
        self.fusion_conv = PlainConv(4 * wide, wide)
        self.up_conv1 = _doubling(wide)
        self.up_conv2 = _doubling(wide // 2)
        self.num_doublings = {"x1": 0, "x2": 1, "x4": 2}[config.upsample]
        self.dropout = nn.Dropout2d(0.1)

    def forward(self, levels: tuple[Tensor, ...]) -> Tensor:
        size = levels[0].shape[-2:]
        narrowed = [conv(level) for conv, level in zip(self.convs, levels, strict=True)]
        resized = [F.interpolate(level, size, mode="bilinear", align_corners=False) for level in narrowed]
        x_BCHW = self.fusion_conv(torch.cat(resized, dim=1))
        for doubling in (self.up_conv1, self.up_conv2)[: self.num_doublings]:
            x_BCHW = doubling(x_BCHW)
        return cast(Tensor, self.conv_seg(self.dropout(x_BCHW)))


def _doubling(channels: int) -> nn.Sequential:
    half = channels // 2
    return nn.Sequential(
        nn.ConvTranspose2d(channels, half, 2, 2), nn.GroupNorm(1, half), nn.Conv2d(half, half, 1), nn.GroupNorm(1, half), nn.GELU()
    )
