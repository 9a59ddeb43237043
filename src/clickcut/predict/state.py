"""One point of a session: the clicks so far, the probabilities that they led to, and what refinement keeps from pass to pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.clicks import Clicks
from clickcut.core.masks import Mask
from clickcut.predict.brs import Mode


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """What a pass with backpropagating refinement leaves for the next one.

    ``variables`` (N,), float64, are where the optimiser ended, on ``crop``. ``prev`` is the previous mask, float32 over the crop, that the
    altered features were made with; None where there was none, and where the input is what is altered. Both become read-only here.
    """

    mode: Mode
    crop: Box
    variables: NDArray[np.float64]
    prev: NDArray[np.float32] | None

    def __post_init__(self) -> None:
        assert self.variables.dtype == np.float64, self.variables.dtype
        assert self.variables.ndim == 1, self.variables.shape
        self.variables.setflags(write=False)
        if self.prev is not None:
            assert self.prev.dtype == np.float32, self.prev.dtype
            assert self.prev.shape == self.crop.hw, (self.prev.shape, self.crop)
            self.prev.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Clicks, the box that zoom-in has chosen, and the probabilities after the last pass.

    ``probs`` is float32 in [0, 1] over ``box`` alone (zero outside of it), or over the whole image while ``box`` is None: nothing zoomed
    yet. It is None before the very first pass, and becomes read-only here: states share it with each other and with a session's history.
    ``tuned`` belongs to the last pass too, where refinement made it.
    """

    clicks: Clicks = ()
    box: Box | None = None
    probs: NDArray[np.float32] | None = None
    tuned: Tuned | None = None

    def __post_init__(self) -> None:
        if self.probs is None:
            assert self.box is None, "a box without probabilities"
            return
        assert self.probs.dtype == np.float32, self.probs.dtype
        assert self.probs.ndim == 2, self.probs.shape
        assert self.box is None or self.probs.shape == self.box.hw, (self.probs.shape, self.box)
        self.probs.setflags(write=False)

    def covered(self) -> Box | None:
        """The box that ``probs`` covers; None when there are none."""
        if self.probs is None:
            return None
        return self.box or Box.whole((self.probs.shape[0], self.probs.shape[1]))

    def probs_in(self, box: Box) -> NDArray[np.float32]:
        """The probabilities within ``box``, a new float32 array of its size; zero where this state says nothing."""
        cut = np.zeros(box.hw, np.float32)
        own = self.covered()
        if self.probs is None or own is None:
            return cut
        top, bottom = max(box.top, own.top), min(box.bottom, own.bottom)
        left, right = max(box.left, own.left), min(box.right, own.right)
        if top < bottom and left < right:
            shared = Box(top, left, bottom, right)
            cut[shared.shifted(-box.top, -box.left).slices] = self.probs[shared.shifted(-own.top, -own.left).slices]
        return cut

    def mask_in(self, box: Box, threshold: float) -> Mask:
        """Where the probabilities within ``box`` lie above ``threshold``."""
        return self.probs_in(box) > threshold


def hull_of(a: Box, b: Box) -> Box:
    """The smallest box that holds both."""
    return Box(min(a.top, b.top), min(a.left, b.left), max(a.bottom, b.bottom), max(a.right, b.right))
