"""Views: what a network is shown of a photo in training, drawn so that it looks like what zoom-in shows of it later.

A view is a whole photo or a crop about one of its objects, perhaps mirrored, in slightly other colours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clickcut.core.boxes import Box
from clickcut.core.images import Rgb
from clickcut.core.masks import LabelMap, Mask, object_ids
from clickcut.data.folders import Sample

_TINT = 8.0


@dataclass(frozen=True, slots=True)
class ViewStyle:
    """How views are drawn.

    ``whole`` is the share of whole photos. A crop is an object's box grown by a factor from ``expansion`` (zoom-in's own is 1.4, Sofiiuk et
    al. 2020), at least ``min_side`` pixels long, its centre moved by up to ``jitter`` of its sides. ``brightness`` and ``contrast`` are the
    largest shares by which colours change; where brightness changes at all, so does the tint, by a few grey levels.
    """

    whole: float = 0.5
    expansion: tuple[float, float] = (1.2, 2.2)
    min_side: int = 96
    jitter: float = 0.1
    mirror: float = 0.5
    brightness: float = 0.15
    contrast: float = 0.15

    def __post_init__(self) -> None:
        if not 0 <= self.whole <= 1 or not 0 <= self.mirror <= 1:
            raise ValueError(f"shares must lie in 0..1, got whole={self.whole}, mirror={self.mirror}")


@dataclass(frozen=True, slots=True)
class View:
    """One drawn view: (H, W, 3) uint8 RGB and its label map (H, W), both already cut, mirrored and coloured."""

    id: str
    image: Rgb
    labels: LabelMap


def draw_view(sample: Sample, style: ViewStyle, rng: np.random.Generator) -> View:
    """A random view of a sample."""
    ids = object_ids(sample.labels)
    hw = (sample.image.shape[0], sample.image.shape[1])
    whole = not ids or rng.random() < style.whole
    box = Box.whole(hw) if whole else _crop_about(sample.labels == rng.choice(ids), style, rng)
    image, labels = sample.image[box.slices], sample.labels[box.slices]
    if rng.random() < style.mirror:
        image, labels = image[:, ::-1], labels[:, ::-1]
    return View(sample.id, _recoloured(image, style, rng), np.ascontiguousarray(labels))


def _crop_about(mask: Mask, style: ViewStyle, rng: np.random.Generator) -> Box:
    box = Box.around(mask).expanded(rng.uniform(*style.expansion), style.min_side)
    dy, dx = (int(side * rng.uniform(-style.jitter, style.jitter)) for side in box.hw)
    return box.shifted(dy, dx).clamped((mask.shape[0], mask.shape[1]))


def _recoloured(image: Rgb, style: ViewStyle, rng: np.random.Generator) -> Rgb:
    """Brightness, with a small tint, and contrast about the view's own mean."""
    gain = 1 + rng.uniform(-style.contrast, style.contrast)
    tint = _TINT if style.brightness else 0.0
    shift = 255 * style.brightness * rng.uniform(-1, 1) + tint * rng.uniform(-1, 1, size=3)
    mean = image.mean()
    recoloured: Rgb = np.clip((image - mean) * gain + mean + shift, 0, 255).astype(np.uint8)
    return recoloured
