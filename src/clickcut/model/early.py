"""Early fusion: clicks and previous mask enter before the heavy part, so nearly all the work is in ``decode`` (SimpleClick, CFR-ICL).

Shape suffixes: B batch, D width, H W pixels of the input frame.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.click_maps import click_maps
from clickcut.model.config import PlainVitConfig
from clickcut.model.fit import Squash, normalised
from clickcut.model.head import MlpHead
from clickcut.model.network import ClickBatch, Features
from clickcut.model.plain_vit import PatchEmbed, PlainVit
from clickcut.model.pyramid import SimplePyramid


class EarlyFusion(nn.Module):
    """A plain ViT that embeds clicks and the previous mask beside the image; a ``Network``, under the field's names for its tensors."""

    def __init__(self, config: PlainVitConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed_coords = PatchEmbed(3, config.dim, config.patch)
        self.backbone = PlainVit(config)
        self.neck = SimplePyramid(config)
        self.head = MlpHead(config)
        _initialise(self.backbone)

    @property
    def fitting(self) -> Squash:
        return Squash(self.config.input_hw)

    @property
    def device(self) -> torch.device:
        return self.backbone.pos_embed.device

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """The patch embedding (B, D, H / patch, W / patch) of RGB in [0, 1]."""
        sides, patch = pixels_B3HW.shape[-2:], self.config.patch
        if any(side % patch for side in sides):
            raise ValueError(f"expected an input whose sides are multiples of {patch} pixels, got {sides[0]} x {sides[1]}")
        return (self.backbone.patch_embed(normalised(pixels_B3HW)),)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, H, W); before the very first pass the previous mask is all zeros."""
        (embedded_BDHW,) = features
        hw = (embedded_BDHW.shape[-2] * self.config.patch, embedded_BDHW.shape[-1] * self.config.patch)
        if prev_B1HW is None:
            prev_B1HW = embedded_BDHW.new_zeros(len(embedded_BDHW), 1, *hw)
        coords_B3HW = torch.cat((prev_B1HW, click_maps(clicks, hw)), dim=1).to(embedded_BDHW.dtype)
        tokens_BDHW = self.backbone(embedded_BDHW + self.patch_embed_coords(coords_B3HW))
        logits = self.head(self.neck(tokens_BDHW))
        return F.interpolate(logits, hw, mode="bilinear", align_corners=True)


def _initialise(backbone: PlainVit) -> None:
    """How MAE begins (2111.06377, appendix A): linears by Xavier, positions normal."""
    for module in backbone.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    nn.init.xavier_uniform_(backbone.patch_embed.proj.weight.view(backbone.config.dim, -1))
    nn.init.normal_(backbone.cls_token, std=0.02)
    nn.init.normal_(backbone.pos_embed, std=0.02)
