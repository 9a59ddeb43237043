"""HRNet: branches of four resolutions side by side that exchange what they see (1908.07919), under the names of the field's files.

Whatever is resized is so bilinearly with aligned corners. Shape suffixes: B batch, C channels, H W pixels of the map at hand.
"""

from __future__ import annotations

from typing import TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STEM_WIDTH = 64
_LAYER1_WIDTH = 256

Branches: TypeAlias = tuple[Tensor, ...]
"""One map for each resolution, the finest first; each halves the sides of the one before (rounded up)."""


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a residual."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        hidden = F.relu(self.bn1(self.conv1(x_BCHW)))
        return F.relu(self.bn2(self.conv2(hidden)) + x_BCHW)


class Bottleneck(nn.Module):
    """Narrow, 3 x 3, widen to four times ``width``, and a residual that is projected where the widths differ."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        out_channels = 4 * width
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.downsample: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.downsample = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        hidden = F.relu(self.bn1(self.conv1(x_BCHW)))
        hidden = F.relu(self.bn2(self.conv2(hidden)))
        return F.relu(self.bn3(self.conv3(hidden)) + self.downsample(x_BCHW))


class Exchange(nn.Module):
    """One HRNet module: blocks on every branch, then every branch becomes the sum of all, brought to its resolution and width."""

    def __init__(self, widths: tuple[int, ...], num_blocks: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(BasicBlock(width) for _ in range(num_blocks))) for width in widths)
        self.fuse_layers = nn.ModuleList(nn.ModuleList(_way(widths, to, of) for of in range(len(widths))) for to in range(len(widths)))

    def forward(self, maps: Branches) -> Branches:
        maps = tuple(branch(x_BCHW) for branch, x_BCHW in zip(self.branches, maps, strict=True))
        fused: list[Tensor] = []
        for x_BCHW, ways in zip(maps, self.fuse_layers, strict=True):
            looks = [resized(way(other), x_BCHW) for way, other in zip(cast(nn.ModuleList, ways), maps, strict=True)]
            total = looks[0]
            for look in looks[1:]:
                total = total + look
            fused.append(F.relu(total))
        return tuple(fused)


class Hrnet(nn.Module):
    """Stem, bottlenecks, three stages of exchange, and all branches joined at the finest one's resolution, a quarter of the image's."""

    def __init__(self, width: int, *, small: bool) -> None:
        super().__init__()
        blocks = 2 if small else 4
        widths = (width, 2 * width, 4 * width, 8 * width)
        self.conv1 = nn.Conv2d(3, STEM_WIDTH, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(STEM_WIDTH)
        self.conv2 = nn.Conv2d(STEM_WIDTH, STEM_WIDTH, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(STEM_WIDTH)
        self.layer1 = nn.Sequential(*(Bottleneck(_LAYER1_WIDTH if k else STEM_WIDTH, _LAYER1_WIDTH // 4) for k in range(blocks)))
        self.transition1 = nn.ModuleList((_conv_norm_relu(_LAYER1_WIDTH, width), _coarser(_LAYER1_WIDTH, 2 * width)))
        self.stage2 = nn.Sequential(Exchange(widths[:2], blocks))
        self.transition2 = nn.ModuleList((nn.Identity(), nn.Identity(), _coarser(widths[1], widths[2])))
        self.stage3 = nn.Sequential(*(Exchange(widths[:3], blocks) for _ in range(3 if small else 4)))
        self.transition3 = nn.ModuleList((nn.Identity(), nn.Identity(), nn.Identity(), _coarser(widths[2], widths[3])))
        self.stage4 = nn.Sequential(*(Exchange(widths, blocks) for _ in range(2 if small else 3)))

    def stem(self, rgb_B3HW: Tensor) -> Tensor:
        """The stem's first half, (B, 64, H / 2, W / 2) rounded up, of normalised RGB; what is clicked is added to it."""
        return F.relu(self.bn1(self.conv1(rgb_B3HW)))

    def joined(self, stem_BCHW: Tensor) -> Tensor:
        """All branches side by side, (B, 15 width, h, w) at a quarter of the image's sides, of the stem's first half."""
        x_BCHW = self.layer1(F.relu(self.bn2(self.conv2(stem_BCHW))))
        maps: Branches = self.stage2(tuple(begin(x_BCHW) for begin in self.transition1))
        maps = self.stage3(_with_coarser(maps, self.transition2))
        maps = self.stage4(_with_coarser(maps, self.transition3))
        return torch.cat([resized(branch, maps[0]) for branch in maps], dim=1)


def resized(x_BCHW: Tensor, like_BCHW: Tensor) -> Tensor:
    """The map at the resolution of another one."""
    if x_BCHW.shape[-2:] == like_BCHW.shape[-2:]:
        return x_BCHW
    return F.interpolate(x_BCHW, like_BCHW.shape[-2:], mode="bilinear", align_corners=True)


def _with_coarser(maps: Branches, transition: nn.ModuleList) -> Branches:
    """The branches, which pass unchanged, and one more made from the coarsest of them."""
    return (*maps, transition[len(maps)](maps[-1]))


def _way(widths: tuple[int, ...], to: int, of: int) -> nn.Module:
    """From branch ``of`` into branch ``to``, but for the enlarging."""
    if of > to:
        return nn.Sequential(nn.Conv2d(widths[of], widths[to], 1, bias=False), nn.BatchNorm2d(widths[to]))
    # Each step halves the map; only the last one changes the width, and has no ReLU.
    steps = [_conv_norm_relu(widths[of], widths[of], stride=2) for _ in range(to - of - 1)]
    if of < to:
        steps.append(nn.Sequential(nn.Conv2d(widths[of], widths[to], 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(widths[to])))
    return nn.Sequential(*steps)


def _coarser(in_channels: int, out_channels: int) -> nn.Sequential:
    """The beginning of a branch, under a key one deeper than the layers'."""
    return nn.Sequential(_conv_norm_relu(in_channels, out_channels, stride=2))


def _conv_norm_relu(in_channels: int, out_channels: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()
    )
