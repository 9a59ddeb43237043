"""Which objects of an evaluation a gallery shows: failures, the worst, the middle and the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, TypeAlias

from clickcut.core.curves import IouCurve
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult

Reason: TypeAlias = Literal["failure", "worst", "median", "best"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An object, and why it is shown."""

    result: ObjectResult
    reason: Reason


def chosen(objects: Sequence[ObjectResult], protocol: Protocol, num_wanted: int) -> list[Chosen]:
    """So many objects, taken in turn from the failures, the worst of the others, the middle and the best; each once, grouped so.

    Failures never reached the highest threshold of the protocol. Fewer clicks are better, and of as many a higher mean IoU.
    """
    goal = max(protocol.thresholds)

    def badness(one: ObjectResult) -> tuple[int, float]:
        known = [iou for iou in one.ious if not math.isnan(iou)]
        return one.curve.noc(goal, protocol.max_clicks + 1), -sum(known) / max(1, len(known))

    ranked = sorted(objects, key=badness)  # the best first
    succeeded = [one for one in ranked if one.curve.reached(goal)]
    failed = sorted((one for one in ranked if not one.curve.reached(goal)), key=lambda one: _last(one.curve))
    ways: dict[Reason, Sequence[ObjectResult]] = {
        "failure": failed,
        "worst": succeeded[::-1],
        "median": _from_the_middle(ranked),
        "best": succeeded,
    }
    taken: dict[tuple[str, int], Chosen] = {}
    for turn in zip_longest(*ways.values()):
        for reason, one in zip(ways, turn, strict=True):
            if one is not None and len(taken) < num_wanted:
                taken.setdefault(one.key, Chosen(one, reason))
    return sorted(taken.values(), key=lambda one: list(ways).index(one.reason))


def _from_the_middle(ranked: Sequence[ObjectResult]) -> list[ObjectResult]:
    """The middle one, then its neighbours on both sides, and so on outwards."""
    order = sorted(range(len(ranked)), key=lambda k: abs(k - (len(ranked) - 1) / 2))
    return [ranked[k] for k in order]


def _last(curve: IouCurve) -> float:
    return -1.0 if math.isnan(curve.ious[-1]) else curve.ious[-1]
