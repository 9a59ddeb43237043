"""The two-way mask decoder of the SAM lineage (SAM 2304.02643, appendix A).

Shape suffixes: B batch, K clicks, L tokens from outside, T all tokens, N cells of the feature grid as a sequence, D width, H W cells of the
grid, M masks, h w pixels of a mask.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.tiny_vit import ChannelNorm

NUM_MASKS = 4


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than its outer one."""

    def __init__(self, width: int, inner_width: int, num_heads: int = 8) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(width, inner_width)
        self.k_proj = nn.Linear(width, inner_width)
        self.v_proj = nn.Linear(width, inner_width)
        self.out_proj = nn.Linear(inner_width, width)

    def forward(self, q_BTD: Tensor, k_BND: Tensor, v_BND: Tensor, seen_B11N: Tensor | None = None) -> Tensor:
        """Keys and values count where ``seen_B11N`` (bool) is true, all of them where it is None."""
        q, k, v = (self._split(x) for x in (self.q_proj(q_BTD), self.k_proj(k_BND), self.v_proj(v_BND)))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen_B11N).transpose(1, 2)
        return cast(Tensor, self.out_proj(mixed.flatten(2)))

    def _split(self, x_BTD: Tensor) -> Tensor:
        batch, num_tokens, width = x_BTD.shape
        return x_BTD.view(batch, num_tokens, self.num_heads, width // self.num_heads).transpose(1, 2)


class TokenMlp(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)

    def forward(self, x_BTD: Tensor) -> Tensor:
        return cast(Tensor, self.lin2(F.relu(self.lin1(x_BTD))))


class TwoWayLayer(nn.Module):
    """Tokens look at themselves, then at the image; the image looks back. Norms follow the residuals."""

    def __init__(self, width: int, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = Attention(width, width)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = Attention(width, width // 2)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = TokenMlp(width, 8 * width)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = Attention(width, width // 2)

    def forward(
        self, x_BTD: Tensor, image_BND: Tensor, *, tokens_BTD: Tensor, code_1ND: Tensor, seen_B11T: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        if self.first:  # the very first self-attention replaces the tokens instead of adding to them
            x_BTD = self.norm1(self.self_attn(x_BTD, x_BTD, x_BTD, seen_B11T))
        else:
            asking = x_BTD + tokens_BTD
            x_BTD = self.norm1(x_BTD + self.self_attn(asking, asking, x_BTD, seen_B11T))
        placed_BND = image_BND + code_1ND
        x_BTD = self.norm2(x_BTD + self.cross_attn_token_to_image(x_BTD + tokens_BTD, placed_BND, image_BND))
        x_BTD = self.norm3(x_BTD + self.mlp(x_BTD))
        image_BND = self.norm4(image_BND + self.cross_attn_image_to_token(placed_BND, x_BTD + tokens_BTD, x_BTD, seen_B11T))
        return x_BTD, image_BND


class TwoWayTransformer(nn.Module):
    def __init__(self, width: int, depth: int = 2) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TwoWayLayer(width, first=index == 0) for index in range(depth))
        self.final_attn_token_to_image = Attention(width, width // 2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, image_BND: Tensor, code_1ND: Tensor, tokens_BTD: Tensor, seen_B11T: Tensor | None = None) -> tuple[Tensor, Tensor]:
        x_BTD = tokens_BTD
        for layer in self.layers:
            x_BTD, image_BND = layer(x_BTD, image_BND, tokens_BTD=tokens_BTD, code_1ND=code_1ND, seen_B11T=seen_B11T)
        looked = self.final_attn_token_to_image(x_BTD + tokens_BTD, image_BND + code_1ND, image_BND)
        return self.norm_final_attn(x_BTD + looked), image_BND


class Mlp(nn.Module):
    """Three linears with ReLU between them."""

    def __init__(self, width: int, out_width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList((nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, out_width)))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.layers[2](F.relu(self.layers[1](F.relu(self.layers[0](x))))))


class MaskDecoder(nn.Module):
    """Features with the previous mask added, and the clicks' tokens, to four masks and what the network thinks of each."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer(width)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(NUM_MASKS, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, 2, stride=2), ChannelNorm(width // 4), nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, 2, stride=2), nn.GELU(),
        )  # fmt: skip
        self.output_hypernetworks_mlps = nn.ModuleList(Mlp(width, width // 8) for _ in range(NUM_MASKS))
        self.iou_prediction_head = Mlp(width, NUM_MASKS)

    def forward(
        self,
        image_BDHW: Tensor,
        code_DHW: Tensor,
        clicks_BLD: Tensor,
        *,
        present_BK: Tensor | None = None,
        num_masks: int = NUM_MASKS,
    ) -> tuple[Tensor, Tensor]:
        """Mask logits (B, M, 4H, 4W) of the first ``num_masks`` masks, and the predicted IoU (B, 4) of all.

        ``clicks_BLD`` are the K clicks' tokens and what follows them; of the clicks', those count where ``present_BK`` is true.
        """
        own = torch.cat((self.iou_token.weight, self.mask_tokens.weight)).expand(len(clicks_BLD), -1, -1)
        image_BND, code_1ND = image_BDHW.flatten(2).transpose(1, 2), code_DHW.flatten(1).T[None]
        tokens_BTD = torch.cat((own, clicks_BLD), dim=1)
        x_BTD, seen_BND = self.transformer(image_BND, code_1ND, tokens_BTD, _seen(present_BK, own.shape[1], tokens_BTD.shape[1]))
        seen_BDHW = seen_BND.transpose(1, 2).unflatten(-1, image_BDHW.shape[-2:])
        upscaled = self.output_upscaling(seen_BDHW)
        weights = torch.stack([self.output_hypernetworks_mlps[index](x_BTD[:, 1 + index]) for index in range(num_masks)], dim=1)
        masks = torch.einsum("bmd,bdhw->bmhw", weights, upscaled)
        return masks, self.iou_prediction_head(x_BTD[:, 0])


def _seen(present_BK: Tensor | None, first: int, num_tokens: int) -> Tensor | None:
    """Which tokens are looked at, (B, 1, 1, T): all but absent clicks, of which the first is token number ``first``."""
    if present_BK is None:
        return None
    return F.pad(present_BK, (first, num_tokens - first - present_BK.shape[1]), value=True)[:, None, None]
