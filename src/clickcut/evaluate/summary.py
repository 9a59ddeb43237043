"""The figures of the field's table, of a benchmark's objects (specification 3.3 and 3.5)."""

from __future__ import annotations

import math
import typing
from collections.abc import Sequence
from typing import Any, Final

from clickcut.core.curves import Curves, IouCurve, drop_share, mean_iou, mean_noc, num_at_limit, num_failures
from clickcut.evaluate.bootstrap import interval_of
from clickcut.evaluate.protocol import FIELD_CLICKS, Protocol, percent

MIOU_CLICKS: Final = (1, 3, 5)
DROP: Final = 0.01
"""A mask is worse when its IoU fell by more than this: one point."""


class Measured(typing.Protocol):
    """What the figures need of an object."""

    @property
    def curve(self) -> IouCurve: ...
    @property
    def boundary_curve(self) -> IouCurve | None: ...
    @property
    def encodes(self) -> int: ...
    @property
    def passes(self) -> int: ...
    @property
    def seconds(self) -> float: ...


def summarised(objects: Sequence[Measured], protocol: Protocol) -> dict[str, Any]:
    """The figures as JSON values, thresholds in percent; what was not measured is left out, and a mean of NaN is null.

    ``at_limit`` is the field's ``>=20`` column, ``nof`` the objects that never reached the IoU; an object that reached the target early
    keeps its last IoU in ``miou``. With more than the field's 20 clicks, ``within`` tells what 20 would have given. ``drops`` is the share
    of clicks on a mask that was there, from the second of each object on, that made it worse. ``biou`` are mean boundary IoUs, the last
    click's among them, and ``start`` the means of the masks that objects began with.
    """
    if not objects:
        raise ValueError("no objects were measured, so there is nothing to sum up")
    curves = [one.curve for one in objects]
    num_clicks = sum(len(curve.ious) for curve in curves)
    num_passes, num_encodes = sum(one.passes for one in objects), sum(one.encodes for one in objects)
    seconds = sum(one.seconds for one in objects)
    return {
        "objects": len(objects),
        "clicks": num_clicks,
        "max_clicks": protocol.max_clicks,
        **_clicks_needed(curves, protocol, protocol.max_clicks),
        **_within_field(curves, protocol),
        "miou": {str(k): _number(mean_iou(curves, k)) for k in _counts_of(protocol)},
        **_boundary(objects, protocol),
        **_start(objects),
        "drops": _number(drop_share(curves, DROP)),
        "seconds_per_click": round(seconds / num_clicks, 4) if num_clicks else 0.0,
        "seconds_per_object": round(seconds / len(objects), 4),
        "seconds": round(seconds, 2),
        "encodes": num_encodes,
        "passes": num_passes,
        "encodes_per_object": round(num_encodes / len(objects), 3),
        "passes_per_click": round(num_passes / num_clicks, 3) if num_clicks else 0.0,
    }


def intervals_of(objects: Sequence[Measured], protocol: Protocol) -> dict[str, dict[str, list[float] | None]]:
    """The 95 % bootstrap interval, [low, high], of each mean in the summary's ``noc``, ``miou`` and ``biou``; null where the mean is."""
    curves = [one.curve for one in objects]
    boundaries = _boundary_curves(objects)
    intervals = {
        "noc": {percent(t): _interval([curve.noc(t, protocol.max_clicks) for curve in curves]) for t in protocol.thresholds},
        "miou": {str(k): _interval([curve.at(k) for curve in curves]) for k in _counts_of(protocol)},
    }
    if boundaries is not None:
        intervals["biou"] = {name: _interval([curve.at(k) for curve in boundaries]) for name, k in _boundary_counts(protocol).items()}
    return intervals


def _clicks_needed(curves: Curves, protocol: Protocol, max_clicks: int) -> dict[str, dict[str, float]]:
    return {
        "noc": {percent(t): round(mean_noc(curves, t, max_clicks), 4) for t in protocol.thresholds},
        "at_limit": {percent(t): num_at_limit(curves, t, max_clicks) for t in protocol.thresholds},
        "nof": {percent(t): num_failures(curves, t) for t in protocol.thresholds},
    }


def _within_field(curves: Curves, protocol: Protocol) -> dict[str, Any]:
    if protocol.max_clicks <= FIELD_CLICKS:
        return {}
    return {"within": {str(FIELD_CLICKS): _clicks_needed([curve.within(FIELD_CLICKS) for curve in curves], protocol, FIELD_CLICKS)}}


def _boundary(objects: Sequence[Measured], protocol: Protocol) -> dict[str, Any]:
    curves = _boundary_curves(objects)
    if curves is None:
        return {}
    return {"biou": {name: _number(mean_iou(curves, k)) for name, k in _boundary_counts(protocol).items()}}


def _start(objects: Sequence[Measured]) -> dict[str, Any]:
    starts = {"iou": [one.curve.start for one in objects]}
    if (boundaries := _boundary_curves(objects)) is not None:
        starts["biou"] = [curve.start for curve in boundaries]
    means = {name: _number(sum(known) / len(known)) for name, values in starts.items() if len(known := _known(values)) == len(objects)}
    return {"start": means} if means else {}


def _boundary_curves(objects: Sequence[Measured]) -> list[IouCurve] | None:
    """None where some object's was not measured, as in results from before."""
    curves = [curve for one in objects if (curve := one.boundary_curve) is not None]
    return curves if len(curves) == len(objects) else None


def _counts_of(protocol: Protocol) -> tuple[int, ...]:
    return tuple(k for k in MIOU_CLICKS if k <= protocol.max_clicks)


def _boundary_counts(protocol: Protocol) -> dict[str, int]:
    """After how many clicks, by name; "last" is the last click that an object got."""
    return {**{str(k): k for k in _counts_of(protocol)}, "last": protocol.max_clicks}


def _interval(values: Sequence[float]) -> list[float] | None:
    if any(math.isnan(value) for value in values):
        return None
    interval = interval_of(values)
    return [round(interval.low, 5), round(interval.high, 5)]


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)
