"""Zoom-in: which crop of the image the next pass looks at (RITM, arXiv 2102.06583, after f-BRS, arXiv 2001.10331, section 4.3).

Everything here repeats the field's behaviour, golden tables A-F of the algorithm notes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clickcut.core.boxes import Box
from clickcut.core.clicks import Clicks
from clickcut.predict.state import State, hull_of


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a pass looks and where its answer goes.

    ``crop`` None is the whole image, not zoomed. ``into`` is the box that the answer covers, None for the whole image. They differ only
    in quirk Q51. ``renewed`` tells a crop that was chosen now, be it the stored one again, from one that was kept.
    """

    crop: Box | None
    into: Box | None
    renewed: bool = False


NOT_ZOOMED = Aim(None, None)


@dataclass(frozen=True, slots=True)
class Zoom:
    """How zoom-in chooses its box.

    The first ``skip_clicks`` clicks see the whole image as it is; -1 treats the whole image as a crop from the first pass on. The object's
    box grows by ``expansion`` and to at least ``min_side`` pixels. A stored box is kept until its IoU with the object's present one falls
    below ``renew_below``. ``threshold`` is the probability of an object's pixel: 0.50 here, although masks are cut at 0.49 (quirk Q14).
    """

    skip_clicks: int = -1
    expansion: float = 1.4
    min_side: int = 200
    renew_below: float = 0.5
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.skip_clicks < -1:
            raise ValueError(f"zoom: skip_clicks must be -1 or more, got {self.skip_clicks}")
        if not (math.isfinite(self.expansion) and self.expansion >= 1):
            raise ValueError(f"zoom: expansion must be 1 or more, got {self.expansion}")
        if self.min_side < 1:
            raise ValueError(f"zoom: min_side must be 1 pixel or more, got {self.min_side}")
        if not 0 <= self.renew_below <= 1:
            raise ValueError(f"zoom: renew_below must lie between 0 and 1, got {self.renew_below}")
        if not 0 < self.threshold < 1:
            raise ValueError(f"zoom: threshold must lie between 0 and 1, got {self.threshold}")

    def aim(self, state: State, hw: tuple[int, int]) -> Aim:
        """Where the next pass looks, in an image of ``hw`` = (height, width), given what is known so far."""
        # Quirk Q51: such a pass runs on the whole image, yet its answer is squeezed into the box that is stored.
        not_zoomed = Aim(None, state.box)
        if len(state.clicks) <= self.skip_clicks:
            return not_zoomed
        positives = tuple(click for click in state.clicks if click.positive)
        candidate = self.object_box(state, positives, hw)
        if candidate is None:
            if self.skip_clicks >= 0:
                return not_zoomed
            candidate = Box.whole(hw)
        stored = state.box
        if stored is None or self._outgrown(stored, candidate, positives):
            return Aim(candidate, candidate, renewed=True)
        return Aim(stored, stored)

    def object_box(self, state: State, clicks: Clicks, hw: tuple[int, int]) -> Box | None:
        """The box about the object's pixels and the given clicks, grown and cut to the image; None when there is no object yet."""
        covered = state.covered()
        if state.probs is None or covered is None:
            return None
        mask = state.probs > self.threshold
        if not mask.any():
            return None
        tight = Box.around(mask).shifted(covered.top, covered.left)
        if clicks:
            tight = hull_of(tight, Box.around(np.zeros((0, 0), np.bool_), clicks))
        return tight.expanded(self.expansion, self.min_side).clamped(hw)

    def starts_over(self, after: State, hw: tuple[int, int]) -> bool:
        """Whether a pass over the whole image found an object so small that the click is to be answered again, on its crop.

        Only with ``skip_clicks == 0`` and as long as no box is stored (quirk Q1).
        """
        if self.skip_clicks > 0 or after.box is not None:
            return False
        box = self.object_box(after, (), hw)
        return box is not None and box.iou(Box.whole(hw)) < self.renew_below

    def _outgrown(self, stored: Box, candidate: Box, positives: Clicks) -> bool:
        # Negative clicks do not count and may lie outside of the crop (quirk Q8). The box's own last row and column count as outside
        # (quirk Q7).
        outside = any(not (stored.top <= click.y < stored.bottom - 1 and stored.left <= click.x < stored.right - 1) for click in positives)
        return outside or candidate.iou(stored) < self.renew_below
