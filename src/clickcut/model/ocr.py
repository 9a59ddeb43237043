"""Heads upon HRNet: object-contextual representations for the one region "object" (OCR, 1909.11065), or a plain head.

Shape suffixes: B batch, C channels, h w pixels of the map, a quarter of the image's sides.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from clickcut.model.config import HrnetConfig
from clickcut.model.hrnet import Hrnet


class ObjectContext(nn.Module):
    """What the region says, told to every pixel: (B, C, 1, 1) and the map (B, C, h, w) to (B, C, h, w).

    OCR weighs regions by a softmax over how well each goes with a pixel. Here there is one region, whose weight is 1 whatever the pixel
    says: ``f_pixel`` and ``f_object``, which only make that weight, are in every file and never computed.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.f_pixel = nn.Sequential(*_layers(channels, width), *_layers(width, width))
        self.f_object = nn.Sequential(*_layers(channels, width), *_layers(width, width))
        self.f_down = nn.Sequential(*_layers(channels, width))
        self.f_up = nn.Sequential(*_layers(width, channels))

    def forward(self, x_BChw: Tensor, region_BC11: Tensor) -> Tensor:
        # Spread before the last layer and not after it, so that its norm counts pixels in training, as published.
        told = self.f_down(region_BC11).expand(-1, -1, *x_BChw.shape[-2:])
        return cast(Tensor, self.f_up(told))


class Distribution(nn.Module):
    """Features (B, C, h, w) and their region's mean (B, C, 1, 1) to features in context (B, C, h, w)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.object_context_block = ObjectContext(channels, width)
        self.conv_bn_dropout = nn.Sequential(*_layers(2 * channels, channels), nn.Dropout2d(0.05))

    def forward(self, x_BChw: Tensor, region_BC11: Tensor) -> Tensor:
        context_BChw = self.object_context_block(x_BChw, region_BC11)
        return cast(Tensor, self.conv_bn_dropout(torch.cat((context_BChw, x_BChw), dim=1)))


class SegmentingHrnet(Hrnet):
    """HRNet and its heads, side by side under one name, as the field's files have them.

    With object context a coarse auxiliary head says where the object is, and its features' mean becomes every pixel's context.
    """

    def __init__(self, config: HrnetConfig) -> None:
        super().__init__(config.width, small=config.small)
        joined, self.has_context = config.joined_width, config.ocr_width > 0
        if not self.has_context:
            self.cls_head: nn.Module = nn.Sequential(
                nn.Conv2d(joined, joined, 3, padding=1), nn.BatchNorm2d(joined), nn.ReLU(), nn.Conv2d(joined, 1, 1)
            )
            return
        channels = 2 * config.ocr_width
        self.aux_head = nn.Sequential(nn.Conv2d(joined, joined, 1), nn.BatchNorm2d(joined), nn.ReLU(), nn.Conv2d(joined, 1, 1))
        self.conv3x3_ocr = nn.Sequential(nn.Conv2d(joined, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU())
        self.ocr_distri_head = Distribution(channels, config.ocr_width)
        self.cls_head = nn.Conv2d(channels, 1, 1)

    def in_context(self, joined_BChw: Tensor) -> tuple[Tensor, Tensor | None]:
        """What ``cls_head`` takes, and the auxiliary logits (B, 1, h, w); without object context the features themselves, and None."""
        if not self.has_context:
            return joined_BChw, None
        aux_B1hw = self.aux_head(joined_BChw)
        pixels_BChw = self.conv3x3_ocr(joined_BChw)
        return self.ocr_distri_head(pixels_BChw, gathered(pixels_BChw, aux_B1hw)), aux_B1hw


def gathered(x_BChw: Tensor, logits_B1hw: Tensor) -> Tensor:
    """The region's mean (B, C, 1, 1): every pixel's features, weighed by a softmax of the logits over all pixels."""
    weights_Bhw1 = torch.softmax(logits_B1hw.flatten(2), dim=-1).transpose(1, 2)
    return torch.bmm(x_BChw.flatten(2), weights_Bhw1)[..., None]


def _layers(in_channels: int, out_channels: int) -> tuple[nn.Module, nn.Module]:
    """A 1 x 1 convolution, then norm and ReLU under one key."""
    return nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.Sequential(nn.BatchNorm2d(out_channels), nn.ReLU())
