"""The simple feature pyramid: four resolutions from the last map of a plain ViT (ViTDet 2203.16527, section 3)."""

from __future__ import annotations

from torch import Tensor, nn

from clickcut.model.config import PlainVitConfig


class SimplePyramid(nn.Module):
    """One map (B, D, H, W) to maps of 4, 2, 1 and 1/2 times its sides and of ``neck_dims`` channels."""

    def __init__(self, config: PlainVitConfig) -> None:
        super().__init__()
        dim, (out0, out1, out2, out3) = config.dim, config.neck_dims
        wide0, wide1, wide3 = max(2 * out0, dim // 2), max(out1, dim // 2), max(out3, 2 * dim)
        self.down_4 = nn.Sequential(
            nn.ConvTranspose2d(dim, wide0, 2, 2), _norm(wide0), nn.GELU(),
            nn.ConvTranspose2d(wide0, wide0 // 2, 2, 2), _norm(wide0 // 2),  # no activation here, as published
            nn.Conv2d(wide0 // 2, out0, 1), _norm(out0), nn.GELU(),
        )  # fmt: skip
        self.down_8 = nn.Sequential(nn.ConvTranspose2d(dim, wide1, 2, 2), _norm(wide1), nn.Conv2d(wide1, out1, 1), _norm(out1), nn.GELU())
        self.down_16 = nn.Sequential(nn.Conv2d(dim, out2, 1), _norm(out2), nn.GELU())
        self.down_32 = nn.Sequential(nn.Conv2d(dim, wide3, 2, 2), _norm(wide3), nn.Conv2d(wide3, out3, 1), _norm(out3), nn.GELU())

    def forward(self, x_BDHW: Tensor) -> tuple[Tensor, ...]:
        return tuple(level(x_BDHW) for level in (self.down_4, self.down_8, self.down_16, self.down_32))


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(1, channels)
