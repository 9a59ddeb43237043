"""Simulated users: where in the largest error they click. One class a way; what chance does is theirs alone.

All but the first are for the spread between people, who do not hit centres: the question is that of RClicks (Antonov et al., "RClicks:
Realistic Click Simulation for Benchmarking Interactive Segmentation", 2024, arXiv 2410.11722), whose clicks come from a model of recorded
ones. The ways here are geometric and need no such model.
"""

from __future__ import annotations

import typing
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, Target
from clickcut.core.simulate import drawn_click, largest_error, next_click, random_click
from clickcut.evaluate.protocol import Protocol

JITTER: Final = 0.3
"""Standard deviation of a jittered click about the centre, as a share of the radius of the largest disk within the error."""

BORDER_SHARE: Final = 0.25
"""How deep border clicks lie at most, as a share of that radius."""

_MOST_DRAWS: Final = 100


class User(typing.Protocol):
    """Clicks on what is wrong with a mask (H, W)."""

    def click(self, mask: Mask, target: Target, clicked: Mask) -> Click:
        """A correct click on a pixel of the largest error that is not ``clicked`` yet; where nothing is wrong, that of ``next_click``."""


@dataclass(frozen=True, slots=True)
class CentreUser:
    """The field's: always at the centre."""

    def click(self, mask: Mask, target: Target, clicked: Mask) -> Click:
        return next_click(mask, target, clicked)


@dataclass(frozen=True, slots=True)
class RandomUser:
    """Anywhere within the error."""

    rng: np.random.Generator

    def click(self, mask: Mask, target: Target, clicked: Mask) -> Click:
        return random_click(mask, target, clicked, self.rng)


@dataclass(frozen=True, slots=True)
class JitteredUser:
    """Aims at the centre and misses it by a normal deviate, never so far that the click would be wrong."""

    rng: np.random.Generator

    def click(self, mask: Mask, target: Target, clicked: Mask) -> Click:
        error = largest_error(mask, target, clicked)
        if not error.region.any():
            return error.centre
        y, x = int(error.centre.y), int(error.centre.x)
        height, width = error.region.shape
        spread = JITTER * float(error.depths()[y, x])
        for drift_y, drift_x in self.rng.normal(0, spread, (_MOST_DRAWS, 2)):
            row, column = round(y + drift_y), round(x + drift_x)
            if 0 <= row < height and 0 <= column < width and error.region[row, column] and not clicked[row, column]:
                return Click(row, column, error.centre.positive)
        return error.centre


@dataclass(frozen=True, slots=True)
class BorderUser:
    """Within the error but near its border, each such pixel as likely as the others."""

    rng: np.random.Generator

    def click(self, mask: Mask, target: Target, clicked: Mask) -> Click:
        error = largest_error(mask, target, clicked)
        depths = error.depths()
        near = error.region & (depths <= max(1.0, BORDER_SHARE * float(depths.max()))) & ~clicked
        return drawn_click(error, near, self.rng)


def user_for(image: str, object_id: int, protocol: Protocol) -> User:
    """Who clicks on an object; with chance of its own for each, so that neither their order nor an interruption changes a click."""
    match protocol.clicks:
        case "centre":
            return CentreUser()
        case "random":
            return RandomUser(chance_for(image, object_id, protocol.seed))
        case "jittered":
            return JitteredUser(chance_for(image, object_id, protocol.seed))
        case "border":
            return BorderUser(chance_for(image, object_id, protocol.seed))


def chance_for(image: str, object_id: int, *of: int) -> np.random.Generator:
    """An object's own random numbers, by seed and whatever else tells them apart."""
    return np.random.default_rng((of[0], zlib.crc32(image.encode()), object_id, *of[1:]))
