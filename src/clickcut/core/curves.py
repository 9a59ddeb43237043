"""IoU curves and the field's numbers made of them: NoC, failures, mean IoU per click (specification 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, slots=True)
class IouCurve:
    """The IoU of one object's mask after each of its clicks; ``ious[k - 1]`` after ``k`` of them."""

    ious: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.ious:
            raise ValueError("an IoU curve needs the IoU after at least one click, got none")

    def reached(self, threshold: float) -> bool:
        """Whether some click reached an IoU of ``threshold``."""
        return self._first(threshold) is not None

    def noc(self, threshold: float, max_clicks: int) -> int:
        """Number of clicks to an IoU of ``threshold``; ``max_clicks`` where that many do not reach it."""
        first = self._first(threshold)
        return max_clicks if first is None else min(first, max_clicks)

    def at(self, num_clicks: int) -> float:
        """The IoU after ``num_clicks`` clicks; an object that was done earlier keeps its last one."""
        if num_clicks < 1:
            raise ValueError(f"an IoU curve starts at click 1, got {num_clicks}")
        return self.ious[min(num_clicks, len(self.ious)) - 1]

    def num_drops(self, by: float) -> int:
        """After how many clicks the IoU lay more than ``by`` below that after the click before."""
        return sum(after < before - by for before, after in pairwise(self.ious))

    def _first(self, threshold: float) -> int | None:
        # In float32, as the field compares: 0.9 stored as float32 reaches 0.9. A NaN reaches nothing.
        reached = np.asarray(self.ious, np.float32) >= np.float32(threshold)
        return int(reached.argmax()) + 1 if reached.any() else None


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
    """The share of clicks, each object's from its second on, after which the IoU fell by more than ``by``; NaN where there are none."""
    num_clicks = sum(len(curve.ious) - 1 for curve in curves)
    return sum(curve.num_drops(by) for curve in curves) / num_clicks if num_clicks else float("nan")


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise ValueError("no objects to average over")
    return float(np.mean(values))
