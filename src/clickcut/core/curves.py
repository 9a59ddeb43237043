"""IoU curves and the field's numbers made of them: NoC, failures, mean IoU per click (specification 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, slots=True)
class IouCurve:
    """The IoU of one object's mask after each of its clicks; ``ious[k - 1]`` after ``k`` of them.

    ``start`` is that of a starting mask, which may need no click at all.
    """

    ious: tuple[float, ...]
    start: float | None = None

    def __post_init__(self) -> None:
        if not self.ious and self.start is None:
            raise ValueError("an IoU curve needs the IoU after at least one click, or that of a starting mask, got none")

    @property
    def last(self) -> float:
        """The IoU of the last mask."""
        return self._all[-1]

    @property
    def num_changes(self) -> int:
        """How many clicks altered a mask that was there before: all but the one that made the first."""
        return len(self._all) - 1

    def reached(self, threshold: float) -> bool:
        """Whether the starting mask or some click reached an IoU of ``threshold``."""
        return self._first(threshold) is not None

    def within(self, max_clicks: int) -> IouCurve:
        """The curve as it would have been with at most ``max_clicks`` clicks."""
        return IouCurve(self.ious[:max_clicks], self.start)

    def noc(self, threshold: float, max_clicks: int) -> int:
        """Number of clicks to an IoU of ``threshold``, 0 for a start that is there; ``max_clicks`` where that many do not reach it."""
        first = self._first(threshold)
        return max_clicks if first is None else min(first, max_clicks)

    def at(self, num_clicks: int) -> float:
        """The IoU after ``num_clicks`` clicks; an object that was done earlier keeps its last one."""
        if num_clicks < 1:
            raise ValueError(f"an IoU curve starts at click 1, got {num_clicks}")
        return self.ious[min(num_clicks, len(self.ious)) - 1] if self.ious else self.last

    def num_drops(self, by: float) -> int:
        """After how many clicks the IoU lay more than ``by`` below that after the click before."""
        return sum(after < before - by for before, after in pairwise(self._all))

    @property
    def _all(self) -> tuple[float, ...]:
        return self.ious if self.start is None else (self.start, *self.ious)

    def _first(self, threshold: float) -> int | None:
        # In float32, as the field compares: 0.9 stored as float32 reaches 0.9. A NaN reaches nothing.
        reached = np.asarray(self._all, np.float32) >= np.float32(threshold)
        return int(reached.argmax()) + (self.start is None) if reached.any() else None


Curves = Sequence[IouCurve]


def mean_noc(curves: Curves, threshold: float, max_clicks: int) -> float:
    """NoC@threshold: clicks to that IoU, averaged over objects."""
    return _mean([curve.noc(threshold, max_clicks) for curve in curves])


def num_failures(curves: Curves, threshold: float) -> int:
    """NoF@threshold: objects that never reached that IoU."""
    return sum(not curve.reached(threshold) for curve in curves)


def num_at_limit(curves: Curves, threshold: float, max_clicks: int) -> int:
    """The field's ``>=20`` column: objects with NoC equal to ``max_clicks``, also those that succeed at the very last click (Q18)."""
    return sum(curve.noc(threshold, max_clicks) == max_clicks for curve in curves)


def mean_iou(curves: Curves, num_clicks: int) -> float:
    """mIoU@k: the IoU after ``num_clicks`` clicks, averaged over objects."""
    return _mean([curve.at(num_clicks) for curve in curves])


def drop_share(curves: Curves, by: float) -> float:
    """The share of clicks on a mask that was there before, each object's from its second on, after which the IoU fell by more than ``by``.

    With starting masks first clicks count too. NaN where there are none.
    """
    num_clicks = sum(curve.num_changes for curve in curves)
    return sum(curve.num_drops(by) for curve in curves) / num_clicks if num_clicks else float("nan")


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise ValueError("no objects to average over")
    return float(np.mean(values))
