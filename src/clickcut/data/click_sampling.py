"""Which object of a sample to cut out, and the random clicks that training begins with (RITM 2102.06583, section 3.2; specification 4.3).

Two steps, both functions of a generator alone: ``chosen_target`` picks objects and lays out the regions where clicks may fall, and
``drawn_clicks`` draws them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Mask, Target
from clickcut.data.layered import LayeredSample

_SQUARE = np.ones((3, 3), np.uint8)
_MIN_ERODED_AREA = 10
_SMALL_PART = 0.1
_MOST_LEFT_OUT = 3


@dataclass(frozen=True, slots=True)
class ClickSampling:
    """How objects and clicks are drawn; the defaults are the field's.

    ``max_clicks`` is the largest number of positive clicks, and of negative ones; each number is ``decay`` times as likely as the one
    before it. ``merge_share`` is the chance that up to ``most_merged`` objects become one. Positive clicks keep to the object eroded
    ``erosions`` times, in ``erode_share`` of draws. ``negative_shares`` say how often a negative click falls anywhere outside, on another
    object, or into a border around this one whose width is ``border`` times the root of its area. ``hierarchy`` descends to parts of
    objects. ``centred_first`` puts the first positive click where the object is thicker than 1 / ``inner`` of its greatest depth, and
    ``one_first`` does so for the first of merged objects alone.
    """

    max_clicks: int = 24
    decay: float = 0.8
    merge_share: float = 0.15
    most_merged: int = 2
    erode_share: float = 0.9
    erosions: int = 3
    negative_shares: tuple[float, float, float] = (0.1, 0.4, 0.5)
    border: float = 0.1
    hierarchy: bool = False
    centred_first: bool = False
    inner: float = 1.7
    one_first: bool = False

    def __post_init__(self) -> None:
        if self.max_clicks < 1 or not 0 < self.decay <= 1 or self.most_merged < 1:
            raise ValueError(
                f"expected clicks and merged objects of 1 or more and a decay in (0, 1], "
                f"got {self.max_clicks}, {self.most_merged} and {self.decay}"
            )
        if not math.isclose(sum(self.negative_shares), 1.0) or min(self.negative_shares) < 0:
            raise ValueError(f"negative_shares: expected three shares that add up to 1, got {self.negative_shares}")


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What to cut out, and where clicks may fall.

    ``positive``: one region for each merged object, not yet eroded. ``required``: regions that must get a negative click. ``negative``: the
    three regions of ``ClickSampling.negative_shares``.
    """

    target: Target
    positive: tuple[Mask, ...]
    required: tuple[Mask, ...]
    negative: tuple[Mask, Mask, Mask]


def chosen_target(sample: LayeredSample, options: ClickSampling, rng: np.random.Generator) -> Choice:
    """One object, or a few as one; of a sample without any, nothing at all, with negative clicks on its background."""
    ignored = sample.ignored()
    background = sample.background()
    numbers = _numbers(sample, options, rng)
    if not numbers:
        return Choice(np.where(ignored, -1, 0).astype(np.int8), (), (), (background, background, background))
    parts = [_with_parts(sample, number, rng) if options.hierarchy else _whole(sample.mask(number)) for number in numbers]
    on_target = np.logical_or.reduce([part.target for part in parts]) & ~ignored
    outside = ~on_target & ~ignored  # nobody can say what is right there, so nobody clicks there
    is_everything = len(numbers) == len(sample.objects)
    other = outside if is_everything else outside & ~background
    target = np.where(ignored, -1, on_target).astype(np.int8)
    required = tuple(region & ~ignored for part in parts for region in part.required)
    positive = tuple(part.target & ~part.small & ~ignored for part in parts)
    return Choice(target, positive, required, (outside, other, _border(on_target, options.border) & ~ignored))


def drawn_clicks(choice: Choice, options: ClickSampling, rng: np.random.Generator) -> Clicks:
    """Positive clicks and then negative ones, at whole pixels; as many as the field's sampler draws, and as often."""
    positive = [_Part.of(_eroded(region, options, rng)) for region in choice.positive]
    negative = [*map(_Part.of, choice.required), _Part(choice.negative, options.negative_shares, may_be_none=True)]
    on_object = _drawn(positive, options, rng, is_positive=True)
    off_object = _drawn(negative, options, rng, is_positive=False)
    return (*(Click(y, x, positive=True) for y, x in on_object), *(Click(y, x, positive=False) for y, x in off_object))


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """A chosen object: its pixels, parts of it too small to click on, and what is certainly not it."""

    target: Mask
    small: Mask
    required: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Regions of which one is drawn for every click, by ``shares``; ``may_be_none`` allows no click at all."""

    regions: Sequence[Mask]
    shares: Sequence[float]
    may_be_none: bool

    @classmethod
    def of(cls, region: Mask) -> _Part:
        return cls((region,), (1.0,), may_be_none=False)


def _numbers(sample: LayeredSample, options: ClickSampling, rng: np.random.Generator) -> list[int]:
    roots = sample.roots
    if not roots:
        return []
    most = min(len(roots), options.most_merged)
    count = int(rng.integers(2, most + 1)) if most > 1 and rng.random() < options.merge_share else 1
    return [int(number) for number in rng.choice(roots, size=count, replace=False)]


def _whole(mask: Mask) -> _Region:
    return _Region(mask, np.zeros_like(mask))


def _with_parts(sample: LayeredSample, number: int, rng: np.random.Generator) -> _Region:
    """An object or one of its parts, perhaps without some of the part's own parts (specification 4.3, hierarchy)."""
    while sample.objects[number].children and rng.random() < 0.5:
        number = int(rng.choice(sample.objects[number].children))
    node, mask = sample.objects[number], sample.mask(number)
    area = np.count_nonzero(mask)
    parts = {child: sample.mask(child) for child in node.children}
    small = np.zeros_like(mask)
    for part in parts.values():
        if np.count_nonzero(part) < _SMALL_PART * area:
            small |= part
    required = [] if node.parent is None else [sample.mask(node.parent) & ~mask]
    target = mask.copy()
    count = int(rng.integers(0, min(len(parts), _MOST_LEFT_OUT) + 1))
    for child in rng.choice(node.children, size=count, replace=False) if count else ():
        target &= ~parts[int(child)]
        required.append(parts[int(child)])
    return _Region(target, small, tuple(required))


def _border(mask: Mask, share: float) -> Mask:
    width = math.ceil(share * math.sqrt(np.count_nonzero(mask)))
    grown = cv2.dilate(mask.astype(np.uint8), _SQUARE, iterations=width) if width else mask
    border: Mask = (np.asarray(grown) > 0) & ~mask
    return border


def _eroded(mask: Mask, options: ClickSampling, rng: np.random.Generator) -> Mask:
    if rng.random() > options.erode_share or options.erosions == 0:
        return mask
    eroded: Mask = np.asarray(cv2.erode(mask.astype(np.uint8), _SQUARE, iterations=options.erosions)) > 0
    return eroded if np.count_nonzero(eroded) > _MIN_ERODED_AREA else mask


def _drawn(parts: list[_Part], options: ClickSampling, rng: np.random.Generator, *, is_positive: bool) -> list[tuple[int, int]]:
    """Pixels of one part, or of several: one for each part that has any, and then some of their union."""
    parts = parts[: options.max_clicks]
    centred = is_positive and options.centred_first
    lists = [_pixels(part, options, rng, centred=centred) for part in parts]
    lists = [some for some in lists if some]
    if len(lists) < 2:
        return lists[0] if lists else []
    if options.one_first:
        lists = lists[:1]
    first = [some[0] for some in lists]
    regions = [region for part in parts for region in part.regions]
    shares = [share / len(parts) for part in parts for share in part.shares]
    union = _pixels(_Part(regions, shares, may_be_none=True), options, rng, centred=False)
    room = options.max_clicks - len(first)
    if len(union) > room:
        union = [union[index] for index in rng.choice(len(union), size=room, replace=False)]
    return first + union


def _pixels(part: _Part, options: ClickSampling, rng: np.random.Generator, *, centred: bool) -> list[tuple[int, int]]:
    count = _count(options, rng, may_be_none=part.may_be_none)
    places = [np.flatnonzero(region) for region in part.regions]
    width = part.regions[0].shape[1]
    pixels: list[tuple[int, int]] = []
    for region in rng.choice(len(places), size=count, p=part.shares):
        if (candidates := places[region]).size == 0:
            continue
        if centred and not pixels:
            candidates = _inner(part.regions[region], options.inner)
        y, x = divmod(int(candidates[rng.integers(candidates.size)]), width)
        pixels.append((y, x))
    return pixels


def _count(options: ClickSampling, rng: np.random.Generator, *, may_be_none: bool) -> int:
    """0 or 1 upwards to ``max_clicks``, every number ``decay`` times as likely as the one before."""
    first = 0 if may_be_none else 1
    shares = options.decay ** np.arange(options.max_clicks + 1 - first)
    return first + int(rng.choice(len(shares), p=shares / shares.sum()))


def _inner(region: Mask, inner: float) -> NDArray[np.intp]:
    depths = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return np.flatnonzero(np.asarray(depths) > np.max(depths) / inner)
