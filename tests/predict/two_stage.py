"""A network in two stages that can be altered everywhere: what an HRNet with OCR is, without its size."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clickcut.model.click_maps import click_maps
from clickcut.model.fit import AsIs, Fitting
from clickcut.model.network import ClickBatch, Features, Injection, Place
from tests.model.formula import fill_by_formula


class TwoStage(nn.Module):
    """Features of 4 channels from pixels, previous mask and click maps, at half the resolution; 3 after "context"; then logits.

    ``prevs`` and ``num_clicks`` keep what each way up to a cut was given.
    """

    def __init__(self, fitting: Fitting | None = None, *, double: bool = False) -> None:
        super().__init__()
        self.fitting = fitting or AsIs()
        self.device = torch.device("cpu")
        self.joined = nn.Conv2d(6, 4, 3, stride=2, padding=1)
        self.context = nn.Conv2d(4, 3, 3, padding=1)
        self.classes = nn.Conv2d(3, 1, 1)
        fill_by_formula(self)
        self.eval()
        if double:
            self.double()
        self.prevs: list[Tensor | None] = []
        self.num_clicks: list[int] = []

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return (self._cast(pixels_B3HW),)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        return self._from_backbone((self._backbone(features[0], *self._prev_and_maps(features[0], prev_B1HW, clicks)),))

    @property
    def injections(self) -> Mapping[Place, Injection]:
        return {
            "rgb": Injection(self._before_rgb, lambda parts: self._from_backbone((self._backbone(*parts),))),
            "click-maps": Injection(self._before_maps, lambda parts: self._from_backbone((self._backbone(parts[1], parts[2], parts[0]),))),
            "backbone": Injection(self._before_backbone, self._from_backbone),
            "context": Injection(self._before_context, self._from_context),
        }

    def _before_rgb(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        self.prevs.append(prev_B1HW)
        self.num_clicks.append(int((clicks.kind_BK[0] >= 0).sum()))
        return self._cast(pixels_B3HW), *self._prev_and_maps(pixels_B3HW, prev_B1HW, clicks)

    def _before_maps(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        rgb_B3HW, prev, maps_B2HW = self._before_rgb(pixels_B3HW, prev_B1HW, clicks)
        return maps_B2HW, rgb_B3HW, prev

    def _before_backbone(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        return (self._backbone(*self._before_rgb(pixels_B3HW, prev_B1HW, clicks)),)

    def _before_context(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, ...]:
        return (torch.tanh(self.context(self._before_backbone(pixels_B3HW, prev_B1HW, clicks)[0])),)

    def _prev_and_maps(self, pixels_B3HW: Tensor, prev_B1HW: Tensor | None, clicks: ClickBatch) -> tuple[Tensor, Tensor]:
        prev = torch.zeros_like(pixels_B3HW[:, :1]) if prev_B1HW is None else prev_B1HW
        return self._cast(prev), self._cast(click_maps(clicks, (pixels_B3HW.shape[-2], pixels_B3HW.shape[-1])))

    def _backbone(self, rgb_B3HW: Tensor, prev_B1HW: Tensor, maps_B2HW: Tensor) -> Tensor:
        return torch.tanh(2 * self.joined(torch.cat((rgb_B3HW - 0.5, prev_B1HW, 3 * maps_B2HW), dim=1)))

    def _from_backbone(self, parts: tuple[Tensor, ...]) -> Tensor:
        return self._from_context((torch.tanh(self.context(parts[0])),))

    def _from_context(self, parts: tuple[Tensor, ...]) -> Tensor:
        logits: Tensor = 4 * self.classes(parts[0])
        return F.interpolate(logits, scale_factor=2.0, mode="bilinear", align_corners=False)

    def _cast(self, x: Tensor) -> Tensor:
        return x.to(self.joined.weight.dtype)
