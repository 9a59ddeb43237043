"""The field's augmentations: photos and label layers moved, cut and recoloured alike (specification 4.5).

What is drawn, and how, is albumentations' 0.5.2 as RITM, SimpleClick and CFR-ICL use it, but for one thing: a crop may also end at the very
last row or column. Label layers are never interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clickcut.core.images import Rgb
from clickcut.data.layered import LayeredSample, Layers


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What may happen to a photo until it is a crop of ``crop_hw``; the order is that of the fields. What is left out does nothing.

    ``scale`` are the smallest and largest factor for both sides; ``mirror``, ``quarter_turn``, ``sway``, ``recolour`` and ``tint`` are
    chances. A quarter turn is one of four, none among them. To sway is to turn by up to ``sway_degrees`` and to shift by up to
    ``sway_shift`` of each side. ``brightness`` are shares of white that are added, ``contrast`` shares by which values grow, and
    ``tint_levels`` the most grey levels by which each colour shifts on its own. What a crop lacks is black and background.
    """

    crop_hw: tuple[int, int]
    scale: tuple[float, float] = (1.0, 1.0)
    mirror: float = 0.0
    quarter_turn: float = 0.0
    sway: float = 0.0
    sway_shift: float = 0.0
    sway_degrees: float = 0.0
    recolour: float = 0.0
    brightness: tuple[float, float] = (0.0, 0.0)
    contrast: tuple[float, float] = (0.0, 0.0)
    tint: float = 0.0
    tint_levels: float = 0.0

    def __post_init__(self) -> None:
        chances = (self.mirror, self.quarter_turn, self.sway, self.recolour, self.tint)
        if not all(0 <= chance <= 1 for chance in chances):
            raise ValueError(f"expected chances in 0..1, got {chances}")
        if min(self.crop_hw) < 1 or not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"expected a crop of at least a pixel and scales above 0, smaller first, got {self.crop_hw} and {self.scale}")


def augmented(sample: LayeredSample, style: Augmentation, rng: np.random.Generator) -> LayeredSample:
    """A random crop of a sample; objects that are not in it are gone."""
    image, layers = _resized(sample.image, sample.layers, rng.uniform(*style.scale))
    if rng.random() < style.mirror:
        image, layers = image[:, ::-1], layers[:, ::-1]
    if rng.random() < style.quarter_turn:
        turns = int(rng.integers(4))
        image, layers = np.rot90(image, turns), np.rot90(layers, turns)
    if rng.random() < style.sway:
        image, layers = _swayed(image, layers, style, rng)
    image, layers = _cropped(*_padded(image, layers, style.crop_hw), style.crop_hw, rng)
    return sample.redrawn(_recoloured(np.ascontiguousarray(image), style, rng), np.ascontiguousarray(layers))


def _resized(image: Rgb, layers: Layers, scale: float) -> tuple[Rgb, Layers]:
    height, width = (max(1, int(round(side * scale))) for side in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return image, layers
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return resized.astype(np.uint8), _each(layers, lambda layer: cv2.resize(layer, (width, height), interpolation=cv2.INTER_NEAREST))


def _swayed(image: Rgb, layers: Layers, style: Augmentation, rng: np.random.Generator) -> tuple[Rgb, Layers]:
    height, width = image.shape[:2]
    degrees = rng.uniform(-style.sway_degrees, style.sway_degrees)
    dy, dx = rng.uniform(-style.sway_shift, style.sway_shift, size=2)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (dx * width, dy * height)

    def moved(pixels: NDArray[np.uint8], interpolation: int) -> Any:
        return cv2.warpAffine(np.ascontiguousarray(pixels), matrix, (width, height), flags=interpolation, borderMode=cv2.BORDER_CONSTANT)

    return moved(image, cv2.INTER_LINEAR).astype(np.uint8), _each(layers, lambda layer: moved(layer, cv2.INTER_NEAREST))


def _padded(image: Rgb, layers: Layers, hw: tuple[int, int]) -> tuple[Rgb, Layers]:
    """At least as large as ``hw``, with the photo in the middle."""
    lacking = [max(0, wanted - side) for wanted, side in zip(hw, image.shape[:2], strict=True)]
    margins = [(lack // 2, lack - lack // 2) for lack in lacking] + [(0, 0)]
    return (np.pad(image, margins), np.pad(layers, margins)) if any(lacking) else (image, layers)


def _cropped(image: Rgb, layers: Layers, hw: tuple[int, int], rng: np.random.Generator) -> tuple[Rgb, Layers]:
    top, left = (int(rng.integers(side - wanted + 1)) for side, wanted in zip(image.shape[:2], hw, strict=True))
    place = slice(top, top + hw[0]), slice(left, left + hw[1])
    return image[place], layers[place]


def _recoloured(image: Rgb, style: Augmentation, rng: np.random.Generator) -> Rgb:
    levels = np.arange(256, dtype=np.float32)
    if rng.random() < style.recolour:
        gain, shift = 1 + rng.uniform(*style.contrast), 255 * rng.uniform(*style.brightness)
        image = _bytes(levels * gain + shift)[image]
    if rng.random() < style.tint:
        shifts = rng.uniform(-style.tint_levels, style.tint_levels, size=3)
        image = np.stack([_bytes(levels + shift)[image[..., channel]] for channel, shift in enumerate(shifts)], axis=-1)
    return image


def _bytes(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Cut off at 0 and 255, and towards zero."""
    cut: NDArray[np.uint8] = np.clip(levels, 0, 255).astype(np.uint8)
    return cut


def _each(layers: Layers, change: Any) -> Layers:
    changed: Layers = np.stack([change(np.ascontiguousarray(layers[..., layer])) for layer in range(layers.shape[-1])], axis=-1)
    return changed
