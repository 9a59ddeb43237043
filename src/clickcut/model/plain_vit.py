"""A plain ViT whose blocks attend within windows, and globally at the end of each group (ViTDet 2203.16527; SimpleClick 2210.11006).

Shape suffixes: B batch, T tokens, D width, H W grid of patches, N tokens of a window.
"""

from __future__ import annotations

import itertools
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.config import PlainVitConfig

_NORM_EPS = 1e-6
_WINDOW_PIXELS = 224
_UNUSED_CLASSES = 1000


class PatchEmbed(nn.Module):
    """One strided convolution: pixels to a grid of tokens."""

    def __init__(self, in_channels: int, dim: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, dim, patch, patch)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return cast(Tensor, self.proj(x_BCHW))


class Attention(nn.Module):
    """Multi-head softmax attention with one fused projection."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x_BTD: Tensor) -> Tensor:
        batch, num_tokens, dim = x_BTD.shape
        qkv = self.qkv(x_BTD).view(batch, num_tokens, 3, self.num_heads, dim // self.num_heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        return cast(Tensor, self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)))


class Mlp(nn.Module):
    def __init__(self, dim: int, ratio: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, dim * ratio)
        self.fc2 = nn.Linear(dim * ratio, dim)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.fc2(F.gelu(self.fc1(x))))


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, config: PlainVitConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.dim, eps=_NORM_EPS)
        self.attn = Attention(config.dim, config.heads)
        self.norm2 = nn.LayerNorm(config.dim, eps=_NORM_EPS)
        self.mlp = Mlp(config.dim, config.mlp_ratio)

    def forward(self, x_BTD: Tensor) -> Tensor:
        x_BTD = x_BTD + self.attn(self.norm1(x_BTD))
        return cast(Tensor, x_BTD + self.mlp(self.norm2(x_BTD)))


class PlainVit(nn.Module):
    """Patch embeddings with the clicks' already added, to final tokens; no norm follows the last block.

    The class token, ``fc_norm`` and the classifier ``head`` are never run: they exist so that files can be exchanged with the field
    (quirk Q30).
    """

    def __init__(self, config: PlainVitConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = PatchEmbed(3, config.dim, config.patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + config.pos_grid[0] * config.pos_grid[1], config.dim))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.fc_norm = nn.LayerNorm(config.dim, eps=_NORM_EPS)
        self.head = nn.Linear(config.dim, _UNUSED_CLASSES)

    def forward(self, embedded_BDHW: Tensor) -> Tensor:
        """(B, D, H, W) to (B, D, H, W)."""
        grid_hw = (embedded_BDHW.shape[-2], embedded_BDHW.shape[-1])
        windows = (1, 1) if self.config.random_split else self._windows(grid_hw)
        x_BHWD = (embedded_BDHW + self.position(grid_hw)).permute(0, 2, 3, 1)
        group = self.config.blocks_to_a_group
        for index, block in enumerate(self.blocks, start=1):
            tiles = (1, 1) if index % group == 0 else windows
            x_BHWD = _from_windows(block(_to_windows(x_BHWD, tiles)), grid_hw, tiles)
        # Channels outermost in memory: with channels last, GroupNorm sums plain squares in float32, which costs a digit or two.
        return x_BHWD.permute(0, 3, 1, 2).contiguous()

    def position(self, grid_hw: tuple[int, int]) -> Tensor:
        """The position embedding (1, D, H, W), resampled bicubically where the grid is not the stored one."""
        stored_1DHW = self.pos_embed[:, 1:].transpose(1, 2).reshape(1, -1, *self.config.pos_grid)
        if grid_hw == self.config.pos_grid:
            return stored_1DHW
        return F.interpolate(stored_1DHW, grid_hw, mode="bicubic", align_corners=False)

    def _windows(self, grid_hw: tuple[int, int]) -> tuple[int, int]:
        """How many windows the grid has along each axis: as many as windows of 224 pixels fit."""
        patch = self.config.patch
        smallest = _WINDOW_PIXELS // patch
        for patches in grid_hw:
            if not _splits(patches, smallest):
                shorter = next((size for size in range(patches, smallest - 1, -1) if _splits(size, smallest)), None)
                longer = next(size for size in itertools.count(patches) if _splits(size, smallest))
                nearest = f"{longer * patch}" if shorter is None else f"{shorter * patch} or {longer * patch}"
                raise ValueError(
                    f"an input side of {patches * patch} pixels does not split into equal windows of at least {_WINDOW_PIXELS}: "
                    f"expected {nearest}"
                )
        return grid_hw[0] // smallest, grid_hw[1] // smallest


def _splits(patches: int, smallest: int) -> bool:
    return patches >= smallest and patches % (patches // smallest) == 0


def _to_windows(x_BHWD: Tensor, tiles: tuple[int, int]) -> Tensor:
    """(B, H, W, D) to (B * windows, N, D), windows in row-major order."""
    batch, height, width, dim = x_BHWD.shape
    rows, columns = height // tiles[0], width // tiles[1]
    x = x_BHWD.reshape(batch, tiles[0], rows, tiles[1], columns, dim).transpose(2, 3)
    return x.reshape(-1, rows * columns, dim)


def _from_windows(x_BND: Tensor, grid_hw: tuple[int, int], tiles: tuple[int, int]) -> Tensor:
    """The inverse of ``_to_windows``."""
    rows, columns, dim = grid_hw[0] // tiles[0], grid_hw[1] // tiles[1], x_BND.shape[-1]
    x = x_BND.reshape(-1, *tiles, rows, columns, dim).transpose(2, 3)
    return x.reshape(-1, *grid_hw, dim)
