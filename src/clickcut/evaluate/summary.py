"""The figures of the field's table, of a benchmark's objects (specification 3.3 and 3.5)."""

from __future__ import annotations

import math
import typing
from collections.abc import Sequence
from typing import Any, Final

from clickcut.core.curves import IouCurve, drop_share, mean_iou, mean_noc, num_at_limit, num_failures
from clickcut.evaluate.protocol import Protocol, percent

MIOU_CLICKS: Final = (1, 3, 5)
DROP: Final = 0.01
"""A mask is worse when its IoU fell by more than this: one point."""


class Measured(typing.Protocol):
    """What the figures need of an object."""

    @property
    def curve(self) -> IouCurve: ...
    @property
    def encodes(self) -> int: ...
    @property
    def passes(self) -> int: ...
    @property
    def seconds(self) -> float: ...


def summarised(objects: Sequence[Measured], protocol: Protocol) -> dict[str, Any]:
    """The figures as JSON values, thresholds in percent; what was not measured is left out, and a mean of NaN is null.

    ``at_limit`` is the field's ``>=20`` column, ``nof`` the objects that never reached the IoU; an object that reached the target early
    keeps its last IoU in ``miou``. ``drops`` is the share of clicks, from the second of each object on, that made the mask worse.
    """
    if not objects:
        raise ValueError("no objects were measured, so there is nothing to sum up")
    curves = [one.curve for one in objects]
    num_clicks = sum(len(curve.ious) for curve in curves)
    num_passes = sum(one.passes for one in objects)
    seconds = sum(one.seconds for one in objects)
    return {
        "objects": len(objects),
        "clicks": num_clicks,
        "noc": {percent(t): round(mean_noc(curves, t, protocol.max_clicks), 4) for t in protocol.thresholds},
        "at_limit": {percent(t): num_at_limit(curves, t, protocol.max_clicks) for t in protocol.thresholds},
        "nof": {percent(t): num_failures(curves, t) for t in protocol.thresholds},
        "miou": {str(k): _number(mean_iou(curves, k)) for k in MIOU_CLICKS if k <= protocol.max_clicks},
        "drops": _number(drop_share(curves, DROP)),
        "seconds_per_click": round(seconds / num_clicks, 4),
        "seconds": round(seconds, 2),
        "encodes_per_object": round(sum(one.encodes for one in objects) / len(objects), 3),
        "passes_per_click": round(num_passes / num_clicks, 3),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)
