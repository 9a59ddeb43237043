"""How a crop becomes a network's input, and how what the network says of it comes back: one value for both directions.

A ``Fitting`` belongs to a network; a ``Fit`` belongs to one look at one crop. Shape suffixes: B batch, H W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Click, Clicks

MEAN = (0.485, 0.456, 0.406)
"""Mean of ImageNet's RGB in [0, 1]: what every network here subtracts, and so the colour that means nothing."""
STD = (0.229, 0.224, 0.225)


def normalised(pixels_B3HW: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """RGB in [0, 1] as networks take it: ImageNet's mean away, over its standard deviation; in the end as ``dtype``, if one is named."""
    mean, std = (torch.tensor(values, device=pixels_B3HW.device).view(1, 3, 1, 1) for values in (MEAN, STD))
    return ((pixels_B3HW - mean) / std).to(dtype)


class Fit(Protocol):
    """One crop's way into a network's input frame and back."""

    @property
    def frame_hw(self) -> tuple[int, int]:
        """The size of the input frame, padding included."""

    @property
    def content_hw(self) -> tuple[int, int]:
        """The size of the crop within the frame, from its top left corner."""

    def pixels(self, image: NDArray[np.uint8]) -> Tensor:
        """The crop (H, W, 3), uint8 RGB, as (1, 3, H', W') float32 in [0, 1] in the input frame."""

    def prev(self, probs: Tensor) -> Tensor:
        """The previous mask (1, 1, H, W), probabilities over the crop, as the network takes it: still probabilities."""

    def clicks(self, clicks: Clicks) -> Clicks:
        """Clicks of the crop as clicks of the input frame."""

    def look(self, logits: Tensor) -> Tensor:
        """The network's logits as logits over the crop alone: no padding, mirrored back, at the resolution of the input frame."""

    def restore(self, probs: Tensor) -> Tensor:
        """Probabilities that ``look`` laid out, at the crop's own size (1, 1, H, W)."""

    def turned(self, x: Tensor) -> Tensor:
        """What lies over the plain look's frame or content, (B, C, H', W'), as it lies over this one's, mirrored or not; and back again."""


class Fitting(Protocol):
    """How a network wants crops fitted."""

    def fit(self, crop_hw: tuple[int, int], *, flipped: bool = False) -> Fit:
        """The fit of a crop of this size; ``flipped`` looks at its mirror image."""

    def unzoomed(self) -> Fitting:
        """How a whole image is fitted while zoom-in has not begun."""

    def resized(self, size: tuple[int, int]) -> Fitting:
        """The same fitting at another input (height, width)."""


@dataclass(frozen=True, slots=True)
class Squash:
    """To exactly ``input_hw``, whatever the crop's aspect ratio (SimpleClick, CFR-ICL)."""

    input_hw: tuple[int, int]

    def fit(self, crop_hw: tuple[int, int], *, flipped: bool = False) -> Squashed:
        return Squashed(crop_hw, self.input_hw, flipped)

    def unzoomed(self) -> Squash:
        return self

    def resized(self, size: tuple[int, int]) -> Squash:
        return Squash(size)


@dataclass(frozen=True, slots=True)
class LongestSide:
    """The longest side of a zoomed crop to ``side``; a whole image that is not zoomed stays as it is (RITM)."""

    side: int

    def fit(self, crop_hw: tuple[int, int], *, flipped: bool = False) -> Squashed:
        scale = self.side / max(crop_hw)
        height, width = (max(1, int(round(side * scale))) for side in crop_hw)
        return Squashed(crop_hw, (height, width), flipped)

    def unzoomed(self) -> AsIs:
        return AsIs()

    def resized(self, size: tuple[int, int]) -> LongestSide:
        if size[0] != size[1]:
            raise ValueError(f"this network keeps a crop's shape: expected equal sides, got {size[0]} x {size[1]}")
        return LongestSide(size[0])


@dataclass(frozen=True, slots=True)
class AsIs:
    """No resizing at all, for networks that take any size."""

    def fit(self, crop_hw: tuple[int, int], *, flipped: bool = False) -> Squashed:
        return Squashed(crop_hw, crop_hw, flipped)

    def unzoomed(self) -> AsIs:
        return self

    def resized(self, size: tuple[int, int]) -> Squash:
        return Squash(size)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The longest side to ``side``, the rest padded right and below (SAM).

    ``prev_side`` is the side of the square grid on which the network takes the previous mask, ``prev_limit`` the largest logit of it.
    """

    side: int
    prev_side: int
    prev_limit: float

    def fit(self, crop_hw: tuple[int, int], *, flipped: bool = False) -> Letterboxed:
        return Letterboxed(crop_hw, self, flipped)

    def unzoomed(self) -> Letterbox:
        return self

    def resized(self, size: tuple[int, int]) -> Letterbox:
        if size[0] != size[1]:
            raise ValueError(f"this network looks at squares: expected equal sides, got {size[0]} x {size[1]}")
        return Letterbox(size[0], self.prev_side * size[0] // self.side, self.prev_limit)


@dataclass(frozen=True, slots=True)
class Squashed:
    """The fit of a crop of ``crop_hw`` to ``input_hw``, bilinear with aligned corners, mirrored after resizing.

    Clicks scale by ``h'/h`` although pixels map by ``(h'-1)/(h-1)``: the field's sub-pixel mismatch, kept for equal clicks (quirk Q12).
    Clicks outside of the crop keep their place outside of the frame (quirk Q8).
    """

    crop_hw: tuple[int, int]
    input_hw: tuple[int, int]
    flipped: bool

    @property
    def frame_hw(self) -> tuple[int, int]:
        return self.input_hw

    @property
    def content_hw(self) -> tuple[int, int]:
        return self.input_hw

    def pixels(self, image: NDArray[np.uint8]) -> Tensor:
        x_13HW = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255
        return self.turned(_resized_aligned(x_13HW, self.input_hw))

    def prev(self, probs: Tensor) -> Tensor:
        return self.turned(_resized_aligned(probs, self.input_hw))

    def clicks(self, clicks: Clicks) -> Clicks:
        sy, sx = self.input_hw[0] / self.crop_hw[0], self.input_hw[1] / self.crop_hw[1]
        fitted = tuple(Click(click.y * sy, click.x * sx, click.positive) for click in clicks)
        if not self.flipped:
            return fitted
        return tuple(Click(click.y, self.input_hw[1] - click.x - 1, click.positive) for click in fitted)

    def look(self, logits: Tensor) -> Tensor:
        return self.turned(_resized_aligned(logits, self.input_hw))

    def restore(self, probs: Tensor) -> Tensor:
        return _resized_aligned(probs, self.crop_hw)

    def turned(self, x: Tensor) -> Tensor:
        return x.flip(-1) if self.flipped else x


@dataclass(frozen=True, slots=True)
class Letterboxed:
    """The fit of a crop into a square: mirrored first, then resized, then padded right and below with the mean colour.

    Clicks outside of the crop are left out: the padding is no place to click.
    """

    crop_hw: tuple[int, int]
    box: Letterbox
    flipped: bool

    @property
    def frame_hw(self) -> tuple[int, int]:
        return self.box.side, self.box.side

    @property
    def content_hw(self) -> tuple[int, int]:
        scale = self.box.side / max(self.crop_hw)
        return max(1, int(self.crop_hw[0] * scale + 0.5)), max(1, int(self.crop_hw[1] * scale + 0.5))

    def pixels(self, image: NDArray[np.uint8]) -> Tensor:
        height, width = self.content_hw
        shrinks = height < self.crop_hw[0]
        content = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        square_13HW = torch.tensor(MEAN).view(1, 3, 1, 1).repeat(1, 1, self.box.side, self.box.side)
        square_13HW[:, :, :height, :width] = self._mirrored(torch.from_numpy(content).permute(2, 0, 1)[None].float() / 255)
        return square_13HW

    def prev(self, probs: Tensor) -> Tensor:
        """Interpolates the logits of the mask, as the network will read them; the padding is certain background."""
        limit, side = self.box.prev_limit, self.box.prev_side
        logits = self._mirrored(torch.logit(probs.float()).clamp_(-limit, limit))
        height, width = (size * side / self.box.side for size in self.content_hw)
        centres = torch.arange(side, dtype=torch.float32, device=probs.device) + 0.5
        y, x = torch.meshgrid(2 * centres / height - 1, 2 * centres / width - 1, indexing="ij")
        sampled = F.grid_sample(logits, torch.stack((x, y), dim=-1)[None], padding_mode="border", align_corners=False)
        return torch.sigmoid(sampled.masked_fill(((y > 1) | (x > 1))[None, None], -limit))

    def clicks(self, clicks: Clicks) -> Clicks:
        (height, width), (content_height, content_width) = self.crop_hw, self.content_hw
        inside = (click for click in clicks if 0 <= click.y < height and 0 <= click.x < width)
        mirrored = (Click(c.y, width - 1 - c.x, c.positive) if self.flipped else c for c in inside)
        return tuple(Click(c.y * content_height / height, c.x * content_width / width, c.positive) for c in mirrored)

    def look(self, logits: Tensor) -> Tensor:
        height, width = self.content_hw
        content, hw = self._without_padding(logits)
        framed = F.interpolate(content, hw, mode="bilinear", align_corners=False)
        return self._mirrored(framed[:, :, :height, :width])

    def restore(self, probs: Tensor) -> Tensor:
        return F.interpolate(probs, self.crop_hw, mode="bilinear", align_corners=False)

    def turned(self, x: Tensor) -> Tensor:
        """The content is mirrored in its place; the padding stays to the right of it."""
        width = self.content_hw[1]
        return torch.cat((self._mirrored(x[..., :width]), x[..., width:]), dim=-1)

    def _without_padding(self, logits_B1hw: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """The rows and columns that the content is interpolated from, and the part of the frame that they fill, to the same bits."""
        scale, odd = divmod(self.box.side, logits_B1hw.shape[-1])
        if odd:
            return logits_B1hw, self.frame_hw
        # One more of each than the content fills: its last pixels lie between two.
        height, width = (min(-(-size // scale) + 1, logits_B1hw.shape[-1]) for size in self.content_hw)
        return logits_B1hw[:, :, :height, :width], (height * scale, width * scale)

    def _mirrored(self, x: Tensor) -> Tensor:
        return x.flip(-1) if self.flipped else x


def _resized_aligned(x_BCHW: Tensor, hw: tuple[int, int]) -> Tensor:
    if x_BCHW.shape[-2:] == torch.Size(hw):
        return x_BCHW
    return F.interpolate(x_BCHW, hw, mode="bilinear", align_corners=True)
