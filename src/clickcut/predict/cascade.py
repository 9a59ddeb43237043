"""Cascade-forward refinement: more passes for the same clicks, each fed the last one's mask (CFR-ICL, arXiv 2303.05620, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clickcut.core.simulate import MASK_THRESHOLD
from clickcut.predict.state import State, hull_of

SETTLED_PIXELS = 20


@dataclass(frozen=True, slots=True)
class Cascade:
    """``steps`` refinements after the first pass of each of the first ``clicks`` clicks (the field's ``cf-n`` and ``cf-click``).

    By default the field refines the answer to the first click alone (quirk Q2). ``adaptive`` stops as soon as a pass changes next to
    nothing.
    """

    steps: int = 0
    adaptive: bool = False
    clicks: int = 1

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise ValueError(f"cascade: steps must be 0 (none) or more, got {self.steps}")
        if self.clicks < 0:
            raise ValueError(f"cascade: clicks must be 0 or more, got {self.clicks}")

    def passes_for(self, num_clicks: int) -> int:
        """How many passes, at most, answer the click that makes ``num_clicks`` of them."""
        return self.steps + 1 if num_clicks <= self.clicks else 1

    def settled(self, before: State, after: State) -> bool:
        """Whether an adaptive cascade stops: at most 20 pixels of the image crossed 0.49, strictly, between two passes."""
        if not self.adaptive:
            return False
        old, new = before.covered(), after.covered()
        assert old is not None, "the earlier pass was made"
        assert new is not None, "the later pass was made"
        hull = hull_of(old, new)
        changed = before.mask_in(hull, MASK_THRESHOLD) != after.mask_in(hull, MASK_THRESHOLD)
        return int(np.count_nonzero(changed)) <= SETTLED_PIXELS
