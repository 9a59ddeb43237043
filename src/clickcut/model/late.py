"""Late fusion: everything heavy in ``encode``, so that a click or a cascade step on an encoded crop costs one light ``decode``.

Shape suffixes: B batch, D width, H W pixels of the input square, h w pixels of a mask (a quarter of that), M masks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from clickcut.model.config import SamConfig
from clickcut.model.fit import Letterbox, normalised
from clickcut.model.mask_decoder import MaskDecoder
from clickcut.model.network import PADDING, ClickBatch, Features, Injection, Place
from clickcut.model.prompts import PromptEncoder
from clickcut.model.tiny_vit import TinyViT

STRIDE = 16


class SamLineage(nn.Module):
    """TinyViT encoder, prompt encoder and two-way mask decoder under SAM's published names; a ``Network``."""

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        self.config = config
        self.image_encoder = TinyViT(config)
        self.prompt_encoder = PromptEncoder(config.embed_dim)
        self.mask_decoder = MaskDecoder(config.embed_dim)

    @property
    def fitting(self) -> Letterbox:
        return Letterbox(self.config.input_side, self.config.input_side // 4, self.config.prev_limit)

    @property
    def device(self) -> torch.device:
        return self.prompt_encoder.no_mask_embed.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in: that of its weights."""
        return self.prompt_encoder.no_mask_embed.weight.dtype

    @property
    def injections(self) -> Mapping[Place, Injection]:
        """The normalised RGB, its padding included; to alter it is to encode the crop again, each time."""
        return {"rgb": Injection(self._before_rgb, self._after_rgb)}

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """Features (B, D, H / 16, W / 16) of RGB in [0, 1], padded with the mean colour."""
        return (self.image_encoder(self._normalised(pixels_B3HW)),)

    def trunk(self, pixels_B3HW: Tensor) -> Tensor:
        """``encode`` as far as the encoder's last stage: what ``features`` goes on from, (B, C, H / 16, W / 16)."""
        return self.image_encoder.trunk(self._normalised(pixels_B3HW))

    def features(self, trunk_BCHW: Tensor) -> Features:
        return (self.image_encoder.finished(trunk_BCHW),)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, h, w) over the padded square; the previous mask enters as logits, clamped to ``prev_limit``."""
        limit = self.config.prev_limit
        prev_logits = None if prev_B1HW is None else torch.logit(prev_B1HW).clamp(-limit, limit)
        if self.config.answer == "single":
            return self.masks(features, prev_logits, clicks, num_masks=1)[0]
        masks_BMhw, iou_BM = self.masks(features, prev_logits, clicks)
        return _best_of_first_click(masks_BMhw, iou_BM, clicks)

    def masks(
        self, features: Features, prev_logits_B1hw: Tensor | None, clicks: ClickBatch, *, num_masks: int = 4
    ) -> tuple[Tensor, Tensor]:
        """The first ``num_masks`` masks' logits (B, M, h, w) and the predicted IoU (B, 4) of all; takes any logits as the previous mask."""
        (image_BDHW,) = features
        grid_hw = (image_BDHW.shape[-2], image_BDHW.shape[-1])
        image_BDHW = image_BDHW + self.prompt_encoder.dense(prev_logits_B1hw, grid_hw)
        code_DHW = self.prompt_encoder.pe_layer.grid(grid_hw)
        tokens_BKD = self.prompt_encoder.tokens(clicks, STRIDE * grid_hw[1])
        answer = self.mask_decoder(image_BDHW, code_DHW, tokens_BKD, present_BK=clicks.present(), num_masks=num_masks)
        return cast(tuple[Tensor, Tensor], answer)

    def _before_rgb(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        """Without a previous mask the last part is missing: none at all is not the same as an empty one."""
        given = () if prev_B1HW is None else (prev_B1HW,)
        return self._normalised(pixels_B3HW), clicks.yx_BK2, clicks.kind_BK, *given

    def _after_rgb(self, parts: tuple[Tensor, ...]) -> Tensor:
        rgb_B3HW, yx_BK2, kind_BK, *given = parts
        return self.decode((self.image_encoder(rgb_B3HW),), given[0] if given else None, ClickBatch(yx_BK2, kind_BK))

    def _normalised(self, pixels_B3HW: Tensor) -> Tensor:
        if any(side % STRIDE for side in pixels_B3HW.shape[-2:]):
            raise ValueError(f"expected an input whose sides are multiples of {STRIDE} pixels, got {tuple(pixels_B3HW.shape[-2:])}")
        return normalised(pixels_B3HW, self.dtype)


def _best_of_first_click(masks_BMhw: Tensor, iou_BM: Tensor, clicks: ClickBatch) -> Tensor:
    """SAM's rule: one click is ambiguous and gets the alternative with the highest predicted IoU, later ones get mask 0."""
    alternatives = iou_BM.clone()
    alternatives[:, 0] -= 500.0
    num_clicks_B = (clicks.kind_BK != PADDING).sum(dim=1)
    choice_B = torch.where(num_clicks_B == 1, alternatives.argmax(dim=1), 0)
    return masks_BMhw[torch.arange(len(choice_B), device=choice_B.device), choice_B][:, None]
