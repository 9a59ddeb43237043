"""The masks that a moment stands for: its draft's, of clicks, brush and parts together, and its objects'; and each click's window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.web.cutting.answers import Answers, Effort, Subject
from clickcut.web.cutting.windows import window_for
from clickcut.web.record.cuts import Cut, painted, union, without
from clickcut.web.record.mask_files import MaskFiles
from clickcut.web.record.moments import CutOut, KeptMask, Moment, Trail


def never() -> bool:
    """Of work that is always wanted."""
    return False


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """The network and the kept masks of one image."""

    answers: Answers
    masks: MaskFiles
    subject: Subject
    is_large: bool

    def trail_cut(self, trail: Trail, stale: Callable[[], bool] = never) -> tuple[Cut | None, Effort]:
        """What clicks and strokes make of the start; Superseded once ``stale()`` is true."""
        cut, effort = self.answers.cut(self.subject, trail, self.start(trail), stale)
        return painted(cut, trail.strokes, self.subject.hw), effort

    def draft_cut(self, moment: Moment, stale: Callable[[], bool] = never) -> tuple[Cut | None, Effort]:
        """The mask of the draft as it would be finished: its parts with it, the pixels of others taken off where they must not overlap."""
        cut, effort = self.trail_cut(moment.draft.trail, stale)
        if moment.draft.parts:
            cut = union((cut, *(self.erased(part, moment.draft.trail) for part in moment.draft.parts)))
        return without(cut, [self.masks.read(other.mask) for other in moment.kept_off]), effort

    def erased(self, part: KeptMask, trail: Trail) -> Cut | None:
        """A part, less what the eraser took from it since it was kept."""
        return painted(self.masks.read(part), [stroke for stroke in trail.strokes if stroke.erase], self.subject.hw)

    def start(self, trail: Trail) -> Cut | None:
        return None if trail.start is None else self.masks.read(trail.start)

    def clicked(self, trail: Trail, clicks: Sequence[Click], view: Box | None) -> Trail:
        """The trail after further clicks. A brush that went before the first one has painted the starting mask."""
        if not trail.clicks and trail.strokes:
            cut = painted(self.start(trail), trail.strokes, self.subject.hw)
            trail = replace(trail, start=None if cut is None else self.masks.keep(cut), strokes=())
        window = window_for(self.subject.hw, trail.window, clicks, view) if self.is_large else None
        return replace(trail, clicks=(*trail.clicks, *clicks), window=window)

    def label_map(self, objects: Sequence[CutOut]) -> NDArray[np.uint16]:
        """All objects (H, W): 0 for none, else the place in the list, from 1; a later one lies over an earlier one."""
        labels: NDArray[Any] = np.zeros(self.subject.hw, np.uint16)
        for label, cut_out in enumerate(objects, start=1):
            cut = self.masks.read(cut_out.mask)
            labels[cut.box.slices][cut.mask] = label
        return labels
