"""TinyViT-5M, the image encoder of the SAM-lineage network (MobileSAM 2306.14289, TinyViT 2207.10666), batch norm folded in.

Shape suffixes: B batch, C channels, H W pixels of a stage, N tokens of a window, D width. Everything runs in ``channels_last`` memory, so
that a (B, C, H, W) map and its (B, H, W, C) tokens are two views of the same numbers: no layout is copied between convolutions and linears.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.config import SamConfig

HEAD_WIDTH = 32


class Conv(nn.Module):
    """A convolution under the key ``c``, where the published files keep it beside its folded batch norm."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.c = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return cast(Tensor, self.c(x_BCHW))


class PatchEmbed(nn.Module):
    """RGB to stride 4 by two strided convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(Conv(3, width // 2, 3, stride=2), nn.GELU(), Conv(width // 2, width, 3, stride=2))

    def forward(self, x_B3HW: Tensor) -> Tensor:
        return cast(Tensor, self.seq(x_B3HW))


class MBConv(nn.Module):
    """Inverted bottleneck: widen, depth-wise 3x3, narrow, add the input, then GELU."""

    def __init__(self, width: int, expansion: int = 4) -> None:
        super().__init__()
        hidden = width * expansion
        self.conv1 = Conv(width, hidden)
        self.conv2 = Conv(hidden, hidden, 3, groups=hidden)
        self.conv3 = Conv(hidden, width)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        hidden = F.gelu(self.conv1(x_BCHW))
        hidden = F.gelu(self.conv2(hidden))
        return F.gelu(self.conv3(hidden) + x_BCHW)


class Downsample(nn.Module):
    """To the next stage's width, halving the map when ``stride`` is 2."""

    def __init__(self, width: int, next_width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = Conv(width, next_width)
        self.conv2 = Conv(next_width, next_width, 3, stride=stride, groups=next_width)
        self.conv3 = Conv(next_width, next_width)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return cast(Tensor, self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x_BCHW))))))


class WindowAttention(nn.Module):
    """Softmax attention within square windows, with a learnt bias for every distance of two positions."""

    def __init__(self, width: int, num_heads: int, window: int) -> None:
        super().__init__()
        self.num_heads, self.window = num_heads, window
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.attention_biases = nn.Parameter(torch.zeros(num_heads, window * window))
        self.proj = nn.Linear(width, width)

    def forward(self, x_BND: Tensor) -> Tensor:
        num_windows, num_tokens, width = x_BND.shape
        qkv = self.qkv(self.norm(x_BND)).view(num_windows, num_tokens, self.num_heads, 3, HEAD_WIDTH)
        q, k, v = qkv.permute(3, 0, 2, 1, 4).unbind(0)
        bias = self.attention_biases[:, _distances(self.window).to(x_BND.device)]
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias[None].to(q.dtype))
        return cast(Tensor, self.proj(mixed.transpose(1, 2).reshape(num_windows, num_tokens, width)))


class Mlp(nn.Module):
    def __init__(self, width: int, expansion: int = 4) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width * expansion)
        self.fc2 = nn.Linear(width * expansion, width)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.fc2(F.gelu(self.fc1(self.norm(x)))))


class Block(nn.Module):
    """Window attention with a residual, a depth-wise 3x3 without one, an MLP with a residual."""

    def __init__(self, width: int, num_heads: int, window: int) -> None:
        super().__init__()
        self.attn = WindowAttention(width, num_heads, window)
        self.local_conv = Conv(width, width, 3, groups=width)
        self.mlp = Mlp(width)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        x_BHWC = x_BCHW.permute(0, 2, 3, 1)
        x_BHWC = x_BHWC + self._attended(x_BHWC)
        x_BHWC = self.local_conv(x_BHWC.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return cast(Tensor, (x_BHWC + self.mlp(x_BHWC)).permute(0, 3, 1, 2))

    def _attended(self, x_BHWC: Tensor) -> Tensor:
        """Pads with zeros to whole windows before the norm inside of attention: padded tokens take part, as published."""
        batch, height, width, channels = x_BHWC.shape
        window = self.attn.window
        padded = F.pad(x_BHWC, (0, 0, 0, -width % window, 0, -height % window))
        rows, columns = padded.shape[1] // window, padded.shape[2] // window
        tiles = padded.view(batch, rows, window, columns, window, channels).transpose(2, 3)
        mixed = self.attn(tiles.reshape(-1, window * window, channels))
        tiles = mixed.view(batch, rows, columns, window, window, channels).transpose(2, 3)
        return cast(Tensor, tiles.reshape(batch, rows * window, columns * window, channels)[:, :height, :width])


class Stage(nn.Module):
    def __init__(self, blocks: list[nn.Module], downsample: Downsample | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, x_BCHW: Tensor) -> Tensor:
        for block in self.blocks:
            x_BCHW = block(x_BCHW)
        return x_BCHW if self.downsample is None else self.downsample(x_BCHW)


class ChannelNorm(nn.Module):
    """LayerNorm over the channels of a map."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x_BCHW: Tensor) -> Tensor:
        normed = F.layer_norm(x_BCHW.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, self.eps)
        return normed.permute(0, 3, 1, 2)


class TinyViT(nn.Module):
    """Normalised RGB (B, 3, H, W) to features (B, embed_dim, H / 16, W / 16)."""

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        widths = config.widths
        self.patch_embed = PatchEmbed(widths[0])
        self.layers = nn.ModuleList()
        for index, (width, depth) in enumerate(zip(widths, config.depths, strict=True)):
            blocks: list[nn.Module] = [
                MBConv(width) if index == 0 else Block(width, config.heads[index], config.window_sizes[index]) for _ in range(depth)
            ]
            last = index == len(widths) - 1
            # The published network keeps stride 16: the step into its last stage widens without halving.
            stride = 1 if index == len(widths) - 2 else 2
            self.layers.append(Stage(blocks, None if last else Downsample(width, widths[index + 1], stride)))
        self.neck = nn.Sequential(
            nn.Conv2d(widths[-1], config.embed_dim, 1, bias=False),
            ChannelNorm(config.embed_dim),
            nn.Conv2d(config.embed_dim, config.embed_dim, 3, padding=1, bias=False),
            ChannelNorm(config.embed_dim),
        )

    def forward(self, x_B3HW: Tensor) -> Tensor:
        return self.finished(self.trunk(x_B3HW))

    def trunk(self, x_B3HW: Tensor) -> Tensor:
        """All but the last stage and the neck: (B, widths[-1], H / 16, W / 16)."""
        x_BCHW = self.patch_embed(x_B3HW.contiguous(memory_format=torch.channels_last))
        for stage in self.layers[:-1]:
            x_BCHW = stage(x_BCHW)
        return cast(Tensor, x_BCHW)

    def finished(self, trunk_BCHW: Tensor) -> Tensor:
        """The features of what the trunk gave."""
        return cast(Tensor, self.neck(self.layers[-1](trunk_BCHW.contiguous(memory_format=torch.channels_last))))

    def freeze(self, *, but_last_stage: bool = False) -> None:
        """Takes the encoder out of training, all of it or its trunk alone."""
        self.requires_grad_(False)
        for module in (self.layers[-1], self.neck) if but_last_stage else ():
            module.requires_grad_(True)


def _distances(window: int) -> Tensor:
    """(N, N) index of every pair of positions in a window: ``|dy| * window + |dx|``."""
    steps = torch.arange(window)
    apart = (steps[:, None] - steps[None, :]).abs()
    return (apart[:, None, :, None] * window + apart[None, :, None, :]).reshape(window * window, window * window)
