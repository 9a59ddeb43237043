"""The prompt encoder of the SAM lineage (SAM 2304.02643, appendix A): clicks become tokens, the previous mask becomes a map.

Shape suffixes: B batch, K clicks, D width of a token, H W cells of the feature grid, h w pixels of the previous mask (4 to a cell's side).
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from clickcut.model.network import NEGATIVE, PADDING, POSITIVE, ClickBatch
from clickcut.model.tiny_vit import ChannelNorm


class PositionCode(nn.Module):
    """Random Fourier code of places in the unit square; the frequencies are part of the weights."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, width // 2))

    def forward(self, xy_: Tensor) -> Tensor:
        """Codes (..., D) of places (..., 2) given as (x, y) in [0, 1], both float32 until they are handed on: half a digit is a pixel."""
        matrix = self.positional_encoding_gaussian_matrix
        angle = (2 * xy_ - 1) @ matrix.float() * (2 * math.pi)
        return torch.cat((angle.sin(), angle.cos()), dim=-1).to(matrix.dtype)

    def grid(self, hw: tuple[int, int]) -> Tensor:
        """Codes (D, H, W) of the centres of a grid's cells."""
        device = self.positional_encoding_gaussian_matrix.device
        y = (torch.arange(hw[0], device=device) + 0.5) / hw[0]
        x = (torch.arange(hw[1], device=device) + 0.5) / hw[1]
        return cast(Tensor, self(torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)).permute(2, 0, 1))


class PromptEncoder(nn.Module):
    """Sparse tokens of the clicks and a dense map of the previous mask."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.pe_layer = PositionCode(width)
        # Negative, positive, and a box's two corners, which stay in the file although clicks never use them.
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.no_mask_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 4, 2, stride=2), ChannelNorm(4), nn.GELU(),
            nn.Conv2d(4, 16, 2, stride=2), ChannelNorm(16), nn.GELU(),
            nn.Conv2d(16, width, 1),
        )  # fmt: skip

    def tokens(self, clicks: ClickBatch, frame_side: int) -> Tensor:
        """Tokens (B, K + 1, D): one a click in a square frame, and the padding token that stands where a box could be."""
        xy_BK2 = (clicks.yx_BK2.flip(-1) + 0.5) / frame_side
        kind_BK1 = clicks.kind_BK[..., None]
        code_BKD = self.pe_layer(xy_BK2)
        tokens_BKD = torch.where(kind_BK1 == PADDING, self.not_a_point_embed.weight, code_BKD)
        for kind in (NEGATIVE, POSITIVE):
            tokens_BKD = torch.where(kind_BK1 == kind, tokens_BKD + self._kind_embed(kind), tokens_BKD)
        padding_B1D = self.not_a_point_embed.weight.expand(len(xy_BK2), 1, -1)
        return torch.cat((tokens_BKD, padding_B1D), dim=1)

    def dense(self, prev_logits_B1hw: Tensor | None, grid_hw: tuple[int, int]) -> Tensor:
        """What to add to the features (B or 1, D, H, W)."""
        if prev_logits_B1hw is None:
            return self.no_mask_embed.weight.view(1, -1, 1, 1).expand(1, -1, *grid_hw)
        return cast(Tensor, self.mask_downscaling(prev_logits_B1hw.to(self.no_mask_embed.weight.dtype)))

    def _kind_embed(self, kind: int) -> Tensor:
        return cast(Tensor, self.point_embeddings[kind].weight)
