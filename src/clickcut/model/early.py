"""Early fusion: clicks and previous mask enter before the heavy part, so nearly all the work is in ``decode`` (SimpleClick, CFR-ICL).

Shape suffixes: B batch, D width, H W pixels of the input frame.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.click_maps import click_maps
from clickcut.model.config import PlainVitConfig
from clickcut.model.fit import Squash, normalised
from clickcut.model.head import MlpHead
from clickcut.model.network import ClickBatch, Features, Injection, Place
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

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in: that of its weights."""
        return self.backbone.pos_embed.dtype

    @property
    def injections(self) -> Mapping[Place, Injection]:
        """The normalised RGB, and the two click maps beside the previous mask: all that it takes in, and no place within."""
        return {
            "rgb": Injection(self._before_rgb, lambda parts: self._answer(self.backbone.patch_embed(parts[0]), parts[1])),
            "click-maps": Injection(self._before_maps, lambda parts: self._answer(parts[2], torch.cat((parts[1], parts[0]), dim=1))),
        }

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """The patch embedding (B, D, H / patch, W / patch) of RGB in [0, 1]."""
        return (self.backbone.patch_embed(self._normalised(pixels_B3HW)),)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, H, W); before the very first pass the previous mask is all zeros."""
        (embedded_BDHW,) = features
        hw = (embedded_BDHW.shape[-2] * self.config.patch, embedded_BDHW.shape[-1] * self.config.patch)
        return self._answer(embedded_BDHW, torch.cat(_prev_and_maps(prev_B1HW, clicks, hw, embedded_BDHW), dim=1))

    def _answer(self, embedded_BDHW: Tensor, coords_B3HW: Tensor) -> Tensor:
        """Logits from the embedded image, and the previous mask and click maps as one image."""
        tokens_BDHW = self.backbone(embedded_BDHW + self.patch_embed_coords(coords_B3HW))
        logits = self.head(self.neck(tokens_BDHW))
        return F.interpolate(logits, coords_B3HW.shape[-2:], mode="bilinear", align_corners=True)

    def _before_rgb(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        rgb_B3HW = self._normalised(pixels_B3HW)
        hw = (rgb_B3HW.shape[-2], rgb_B3HW.shape[-1])
        return rgb_B3HW, torch.cat(_prev_and_maps(prev_B1HW, clicks, hw, rgb_B3HW), dim=1)

    def _before_maps(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        (embedded_BDHW,) = self.encode(pixels_B3HW)
        prev_B1HW, maps_B2HW = _prev_and_maps(prev_B1HW, clicks, (pixels_B3HW.shape[-2], pixels_B3HW.shape[-1]), embedded_BDHW)
        return maps_B2HW, prev_B1HW, embedded_BDHW

    def _normalised(self, pixels_B3HW: Tensor) -> Tensor:
        sides, patch = pixels_B3HW.shape[-2:], self.config.patch
        if any(side % patch for side in sides):
            raise ValueError(f"expected an input whose sides are multiples of {patch} pixels, got {sides[0]} x {sides[1]}")
        return normalised(pixels_B3HW, self.dtype)


def _prev_and_maps(prev_B1HW: Tensor | None, clicks: ClickBatch, hw: tuple[int, int], like: Tensor) -> tuple[Tensor, Tensor]:
    """The previous mask, zeros where there is none, and the click maps (B, 2, H, W), both of the type of ``like``."""
    if prev_B1HW is None:
        prev_B1HW = like.new_zeros(len(like), 1, *hw)
    return prev_B1HW.to(like.dtype), click_maps(clicks, hw).to(like.dtype)


def _initialise(backbone: PlainVit) -> None:
    """How MAE begins (2111.06377, appendix A): linears by Xavier, positions normal."""
    for module in backbone.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    nn.init.xavier_uniform_(backbone.patch_embed.proj.weight.view(backbone.config.dim, -1))
    nn.init.normal_(backbone.cls_token, std=0.02)
    nn.init.normal_(backbone.pos_embed, std=0.02)
