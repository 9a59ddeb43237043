"""What a session has been through: immutable moments, so that going back is exact and costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clickcut.core.boxes import Box
from clickcut.core.masks import LabelMap, Mask
from clickcut.predict.state import State


@dataclass(frozen=True, slots=True, eq=False)
class CutObject:
    """A finished object: ``mask`` (bool) over its tight ``box``."""

    box: Box
    mask: Mask

    def __post_init__(self) -> None:
        assert self.mask.shape == self.box.hw, (self.mask.shape, self.box)
        self.mask.setflags(write=False)

    @classmethod
    def of(cls, mask: Mask) -> CutObject:
        """The object that a mask (H, W) of the whole image shows."""
        box = Box.around(mask)
        return cls(box, mask[box.slices].copy())


def label_map_of(objects: Sequence[CutObject], hw: tuple[int, int]) -> LabelMap:
    """The objects as one label map (H, W): 0 for none, else 1 for the first object and so on; a later one lies over an earlier one."""
    label_map = np.zeros(hw, np.uint8)
    for label, cut in enumerate(objects, start=1):
        label_map[cut.box.slices][cut.mask] = label
    return label_map


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A session at one time: the object in progress and the finished ones."""

    state: State
    objects: tuple[CutObject, ...]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """All moments that undo and redo can reach, and which of them is now."""

    moments: tuple[Moment, ...]
    now: int

    def __post_init__(self) -> None:
        assert 0 <= self.now < len(self.moments), (self.now, len(self.moments))

    @classmethod
    def empty(cls) -> History:
        """A session in which nothing has happened."""
        return cls((Moment(State(), ()),), 0)

    @property
    def present(self) -> Moment:
        return self.moments[self.now]

    @property
    def can_undo(self) -> bool:
        return self.now > 0

    @property
    def can_redo(self) -> bool:
        return self.now + 1 < len(self.moments)

    def then(self, moment: Moment) -> History:
        """This history with one more moment after the present one; what had been undone is gone."""
        return History((*self.moments[: self.now + 1], moment), self.now + 1)

    def undone(self) -> History:
        return History(self.moments, self.now - 1)

    def redone(self) -> History:
        return History(self.moments, self.now + 1)
