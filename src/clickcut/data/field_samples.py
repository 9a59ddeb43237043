"""Samples drawn as the field's data sets draw them: which photo, how it is cut and recoloured, what is pasted (specification 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clickcut.core.clicks import Clicks
from clickcut.core.images import Rgb
from clickcut.core.masks import Mask, Target
from clickcut.data.augment import Augmentation, augmented
from clickcut.data.click_sampling import ClickSampling, chosen_target, drawn_clicks
from clickcut.data.copy_paste import CopyPaste, Others, copy_pasted
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample, drawn_stuff, read_layered

_MOST_PHOTOS = 100
_MOST_CROPS = 250


class Photo(Protocol):
    """A labelled photo that is read when it is drawn; ``id`` is its name without an ending."""

    @property
    def id(self) -> str: ...

    def read(self) -> Sample | LayeredSample: ...


@dataclass(frozen=True, slots=True)
class SampleRules:
    """How a photo becomes a sample, and what it takes to be one.

    Photos are cut anew until one of their objects is in the crop, or a chance of ``background`` lets a crop without any pass. Then objects
    of fewer than ``min_area`` pixels go, which may leave none. ``stuff`` is the share of photos whose stuff counts as objects.
    ``score_gamma`` is the power that turns a user's scores into shares of draws.
    """

    augmentation: Augmentation
    clicks: ClickSampling
    min_area: int
    background: float
    stuff: float = 0.0
    score_gamma: float = 1.0
    copy_paste: CopyPaste | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.background <= 1 or not 0 <= self.stuff <= 1 or self.min_area < 0:
            raise ValueError(f"expected chances in 0..1 and an area, got {self.background}, {self.stuff} and {self.min_area}")


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSample:
    """A crop (H, W, 3) uint8 RGB, what to cut out of it, and the clicks to begin with, in its pixels."""

    id: str
    image: Rgb
    target: Target
    clicks: Clicks


@dataclass(frozen=True, slots=True, eq=False)
class FieldSamples:
    """Photos and the rules by which they are drawn; ``shares`` say how often each is, None for all equally."""

    photos: Sequence[Photo]
    rules: SampleRules
    shares: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not self.photos:
            raise ValueError("expected photos to train on, got none")

    def draw(self, rng: np.random.Generator) -> TrainingSample:
        """A random training sample; ValueError if hardly any photo gives one."""
        sample = self._cut(self.shares, rng)
        if self.rules.copy_paste is not None:
            sample = copy_pasted(sample, self.rules.copy_paste, Others(self._other, self._mask), rng)
        choice = chosen_target(sample, self.rules.clicks, rng)
        return TrainingSample(sample.id, sample.image, choice.target, drawn_clicks(choice, self.rules.clicks, rng))

    def _other(self, rng: np.random.Generator) -> LayeredSample:
        """What is pasted from: any photo as often as any other."""
        return self._cut(None, rng)

    def _mask(self, sample: LayeredSample, rng: np.random.Generator) -> Mask:
        mask: Mask = chosen_target(sample, self.rules.clicks, rng).target == 1
        return mask

    def _cut(self, shares: NDArray[np.float64] | None, rng: np.random.Generator) -> LayeredSample:
        """A crop of a photo that has one; the field's code would look at a photo without objects for ever."""
        for _ in range(_MOST_PHOTOS):
            crop = self._crop_of(self.photos[int(rng.choice(len(self.photos), p=shares))], rng)
            if crop is not None:
                return crop.without_smaller(self.rules.min_area)
        raise ValueError(
            f"{_MOST_PHOTOS} photos in a row had no object in any crop of {self.rules.augmentation.crop_hw}; check that the masks are "
            f"label maps (0 background, 1 to 254 objects, 255 ignored)"
        )

    def _crop_of(self, photo: Photo, rng: np.random.Generator) -> LayeredSample | None:
        whole = drawn_stuff(read_layered(photo), self.rules.stuff, rng)
        for _ in range(_MOST_CROPS):
            crop = augmented(whole, self.rules.augmentation, rng)
            if crop.objects or rng.random() < self.rules.background:
                return crop
            if not whole.objects and self.rules.background == 0:
                return None
        return None
