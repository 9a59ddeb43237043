"""Networks without weights, and the picture of the golden tables A-F (algorithm notes, appendix A.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, Target
from clickcut.core.simulate import next_click
from clickcut.model.fit import AsIs, Fitting, LongestSide, Squash, Squashed
from clickcut.model.network import NEGATIVE, POSITIVE, ClickBatch, Features
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session


class FormulaNetwork:
    """L = 10 (red - 0.5) + 3 (prev - 0.5) + 6 near(positives) - 6 near(negatives), with near = max exp(-d² / 1800); keeps its inputs."""

    def __init__(self, fitting: Fitting) -> None:
        self.fitting = fitting
        self.device = torch.device("cpu")
        self.encoded: list[Tensor] = []
        self.prevs: list[Tensor | None] = []
        self.clicks: list[ClickBatch] = []

    def encode(self, pixels_B3HW: Tensor) -> Features:
        self.encoded.append(pixels_B3HW)
        return (pixels_B3HW[:, :1],)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        self.prevs.append(prev_B1HW)
        self.clicks.append(clicks)
        (red_B1HW,) = features
        prev = torch.zeros_like(red_B1HW) if prev_B1HW is None else prev_B1HW
        near = _near(clicks, POSITIVE, red_B1HW) - _near(clicks, NEGATIVE, red_B1HW)
        return 10 * (red_B1HW - 0.5) + 3 * (prev - 0.5) + 6 * near


def _near(clicks: ClickBatch, kind: int, like_B1HW: Tensor) -> Tensor:
    height, width = like_B1HW.shape[-2:]
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None, :]
    near_B1HW = torch.zeros_like(like_B1HW)
    for image in range(len(near_B1HW)):
        for (y, x), one in zip(clicks.yx_BK2[image].tolist(), clicks.kind_BK[image].tolist(), strict=True):
            if one == kind and max(y, x) >= 0:
                distance = torch.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 1800)
                near_B1HW[image, 0] = torch.maximum(near_B1HW[image, 0], distance)
    return near_B1HW


class LogitNetwork(FormulaNetwork):
    """Says of each pixel the logit that its red value stands for: 20 (red - 0.5), whatever was clicked."""

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        super().decode(features, prev_B1HW, clicks)
        return 20 * (features[0] - 0.5)


@dataclass(frozen=True, slots=True)
class SquashZoomed:
    """Squashes zoomed crops alone: table F's network sees a whole image as it is until zoom-in begins."""

    input_hw: tuple[int, int]

    def fit(self, crop_hw: tuple[int, int], *, flipped: bool = False) -> Squashed:
        return Squashed(crop_hw, self.input_hw, flipped)

    def unzoomed(self) -> AsIs:
        return AsIs()

    def resized(self, size: tuple[int, int]) -> Squash:
        return Squash(size)


SQUASH = Squash((448, 448))
SQUASH_ZOOMED = SquashZoomed((448, 448))
LONGEST = LongestSide(400)


def ellipse(hw: tuple[int, int], centre: tuple[int, int], radii: tuple[int, int]) -> Mask:
    y, x = np.ogrid[: hw[0], : hw[1]]
    mask: Mask = ((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 <= 1
    return mask


def picture() -> NDArray[np.uint8]:
    """300 x 420: stripes, a small ellipse of 170 and a large one of 200, all in red."""
    hw = (300, 420)
    red = np.add.outer(np.arange(hw[0]), np.arange(hw[1])) % 64
    red[ellipse(hw, (220, 330), (30, 40))] = 170
    red[ellipse(hw, (120, 150), (50, 70))] = 200
    return np.stack((red, np.zeros_like(red), np.zeros_like(red)), axis=-1).astype(np.uint8)


def target() -> Target:
    hw = (300, 420)
    inner, outer = ellipse(hw, (125, 160), (55, 75)), ellipse(hw, (125, 160), (60, 80))
    return np.where(inner, 1, np.where(outer, -1, 0)).astype(np.int8)


def grey(height: int = 60, width: int = 80) -> NDArray[np.uint8]:
    """A small picture on which red rises from left to right."""
    red = np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8), (height, width))
    return np.ascontiguousarray(np.stack((red, red, red), axis=-1))


def small_session(predictor: Predictor | None = None) -> Session:
    return Session(predictor or Predictor(FormulaNetwork(AsIs())), grey())


def simulated(session: Session, wanted: Target) -> Click:
    """The benchmark's next click on what the session shows."""
    clicked = np.zeros(session.hw, np.bool_)
    for click in session.clicks:
        clicked[int(click.y), int(click.x)] = True
    return next_click(session.mask, wanted, clicked)
