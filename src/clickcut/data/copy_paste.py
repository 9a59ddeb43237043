"""SUEM copy-paste: what a photo's object becomes when another photo's object is laid over it (CFR-ICL 2303.05620; specification 4.4).

Simple: an object moves into another photo. Union, exclusion, mixture: an object of another photo covers part of it, and belongs to it, does
not belong to it, or shines through. Beside them whole photos are mixed. Nothing is resized or moved: all samples are crops of one size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

import cv2
import numpy as np

from clickcut.core.images import Rgb
from clickcut.core.masks import Mask
from clickcut.data.layered import LayeredObject, LayeredSample

Way: TypeAlias = Literal["union", "exclusion", "mixture"]
WAYS: tuple[Way, ...] = ("union", "exclusion", "mixture")

_IGNORED = 255


@dataclass(frozen=True, slots=True)
class CopyPaste:
    """``paste`` is the chance of the simple way, and again that of one of the other three; ``mix`` that of mixing whole photos.

    Another object is looked for up to ``tries`` times: it must leave more than ``min_left`` pixels of the object uncovered.
    """

    paste: float
    mix: float
    tries: int = 5
    min_left: int = 20

    def __post_init__(self) -> None:
        if not 0 <= self.paste <= 1 or not 0 <= self.mix <= 1 or self.tries < 1:
            raise ValueError(f"expected chances in 0..1 and at least one try, got {self.paste}, {self.mix} and {self.tries}")


@dataclass(frozen=True, slots=True)
class Others:
    """Where other photos come from, ``sample``, and which object of a sample is pasted, ``mask`` (all False where it has none)."""

    sample: Callable[[np.random.Generator], LayeredSample]
    mask: Callable[[LayeredSample, np.random.Generator], Mask]


def copy_pasted(sample: LayeredSample, options: CopyPaste, others: Others, rng: np.random.Generator) -> LayeredSample:
    """The sample after what the options' chances made of it; one without objects is at most mixed."""
    if rng.random() < options.paste:
        sample = _simple(sample, others, rng)
    if rng.random() < options.paste:
        sample = _covered(sample, options, others, rng)
    if rng.random() < options.mix:
        sample = replace(sample, image=blended(sample.image, others.sample(rng).image, drawn_opacity(rng)))
    return sample


def moved_into(sample: LayeredSample, mask: Mask, other: LayeredSample, opacity: float) -> LayeredSample:
    """Simple: the object at ``mask`` in the other photo, whose own objects become background."""
    return _one_object(sample, within(mask, blended(sample.image, other.image, opacity), other.image), mask, np.zeros_like(mask))


def covered_by(sample: LayeredSample, mask: Mask, other: LayeredSample, other_mask: Mask, *, way: Way, opacity: float) -> LayeredSample:
    """Union, exclusion or mixture: the object at ``mask``, with the other photo's object at ``other_mask`` over it.

    ``opacity`` is what a mixture leaves of the photo; the other two cover it wholly.
    """
    ignored = sample.ignored()
    if way == "mixture":
        image = within(other_mask, blended(sample.image, other.image, opacity), sample.image)
        return _one_object(sample, image, mask, ignored)
    image = within(other_mask, other.image, sample.image)
    return _one_object(sample, image, mask | other_mask if way == "union" else mask & ~other_mask, ignored & ~other_mask)


def drawn_opacity(rng: np.random.Generator) -> float:
    """Evenly from one half up to, but not including, one."""
    return 0.5 + rng.random() / 2


def blended(image: Rgb, other: Rgb, opacity: float) -> Rgb:
    """``opacity`` of the one and the rest of the other, rounded."""
    if image.shape != other.shape:
        raise ValueError(f"expected crops of one size to lay over each other, got {image.shape[:2]} and {other.shape[:2]}")
    return np.asarray(cv2.addWeighted(image, opacity, other, 1 - opacity, 0), np.uint8)


def within(mask: Mask, inside: Rgb, outside: Rgb) -> Rgb:
    return np.where(mask[..., None], inside, outside)


def _simple(sample: LayeredSample, others: Others, rng: np.random.Generator) -> LayeredSample:
    mask = others.mask(sample, rng)
    return moved_into(sample, mask, others.sample(rng), drawn_opacity(rng)) if mask.any() else sample


def _covered(sample: LayeredSample, options: CopyPaste, others: Others, rng: np.random.Generator) -> LayeredSample:
    mask = others.mask(sample, rng)
    if not mask.any():
        return sample
    for _ in range(options.tries):
        other = others.sample(rng)
        other_mask = others.mask(other, rng)
        if other_mask.any() and np.count_nonzero(mask & ~other_mask) > options.min_left:
            way = WAYS[int(rng.integers(len(WAYS)))]
            return covered_by(sample, mask, other, other_mask, way=way, opacity=drawn_opacity(rng))
    return sample


def _one_object(sample: LayeredSample, image: Rgb, mask: Mask, ignored: Mask) -> LayeredSample:
    layers = np.where(mask, 1, np.where(ignored, _IGNORED, 0)).astype(np.uint8)[..., None]
    return LayeredSample(sample.id, image, layers, MappingProxyType({0: LayeredObject(0, 1)}), ((0, _IGNORED),))
