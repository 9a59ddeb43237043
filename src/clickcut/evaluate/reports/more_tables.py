"""Tables beside the field's: boundary IoU, time and work, more clicks than the field's, and how sure the means are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from clickcut.evaluate.protocol import FIELD_CLICKS, FIELD_THRESHOLDS, percent
from clickcut.evaluate.reports.centred import NOT_MEASURED, centred
from clickcut.evaluate.results import Results

_NOC: Final = tuple(percent(threshold) for threshold in FIELD_THRESHOLDS[1:])
_BIOU: Final = ("1", "3", "5", "last")


def figures_table(results: Sequence[Results]) -> str:
    """Mean boundary IoU after click 1, 3, 5 and the last, seconds, encodes and passes, and starting masks' mean IoU where there are any.

    A line for each of the results with more than the field's 20 clicks says what 20 would have given.
    """
    with_start = any("start" in one.summary for one in results)
    head = ["Dataset", *(f"bIoU@{name}" for name in _BIOU), "s/click", "s/object", "Encodes", "Passes"]
    head += ["Start IoU"] if with_start else []
    rows = [_figures_row(one.folder, one.summary, with_start=with_start) for one in results]
    return "\n".join([*centred(head, rows), *(_beyond_the_field(one) for one in results if one.protocol.max_clicks > FIELD_CLICKS)])


def interval_table(results: Sequence[Results]) -> str:
    """Means with their 95 % bootstrap intervals over objects; takes a while for many of them."""
    figures = [*(("noc", t) for t in _NOC), *(("miou", k) for k in ("1", "5")), *(("biou", name) for name in ("1", "5", "last"))]
    words = {"noc": "NoC@{}%", "miou": "mIoU@{}", "biou": "bIoU@{}"}
    head = ["95 % intervals", "Objects", *(words[kind].format(name) for kind, name in figures)]
    rows = []
    for one in results:
        summary, intervals = one.summary, one.intervals
        cells = [_with_interval(summary.get(kind, {}).get(name), intervals.get(kind, {}).get(name), kind) for kind, name in figures]
        rows.append([one.folder, str(summary["objects"]), *cells])
    return "\n".join(centred(head, rows))


def _figures_row(name: str, summary: Mapping[str, Any], *, with_start: bool) -> list[str]:
    bious = [_told(summary.get("biou", {}).get(k)) for k in _BIOU]
    times = [f"{summary['seconds_per_click']:.3f}", f"{summary['seconds_per_object']:.2f}"]
    start = [_told(summary.get("start", {}).get("iou"))] if with_start else []
    return [name, *bious, *times, str(summary["encodes"]), str(summary["passes"]), *start]


def _beyond_the_field(results: Results) -> str:
    summary, limit = results.summary, results.protocol.max_clicks
    needed = {limit: summary, FIELD_CLICKS: summary["within"][str(FIELD_CLICKS)]}
    parts = [
        f"NoC{cap}@{t}% = {figures['noc'][t]:.2f}, NoF{cap}@{t}% = {figures['nof'][t]}"
        for cap, figures in needed.items()
        for t in list(figures["noc"])[-2:]
    ]
    return f"{results.folder}: {'; '.join(parts)}"


def _with_interval(mean: float | None, interval: Sequence[float] | None, kind: str) -> str:
    if mean is None or interval is None:
        return NOT_MEASURED
    digits = 2 if kind == "noc" else 3
    return f"{mean:.{digits}f} [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]"


def _told(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.3f}"
