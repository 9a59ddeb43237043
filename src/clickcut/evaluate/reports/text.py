"""Results as text: the field's table (specification 3.5) and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clickcut.evaluate.protocol import FIELD_THRESHOLDS, percent
from clickcut.evaluate.reports.centred import NOT_MEASURED, centred
from clickcut.evaluate.results import Results
from clickcut.evaluate.summary import MIOU_CLICKS

_NOC = tuple(percent(threshold) for threshold in FIELD_THRESHOLDS)
_LIMITS = _NOC[1:]


def table(results: Sequence[Results]) -> str:
    """The field's table, one row for each of the results, and a second one with what the field leaves out.

    All results belong to one model; the ``>=`` columns are named after the first one's limit of clicks.
    """
    if not results:
        raise ValueError("a table needs the results of at least one benchmark, got none")
    limit = results[0].protocol.max_clicks
    field_columns = [("Cascade", 13), ("Dataset", 11), *((f"NoC@{t}%", 9) for t in _NOC), *((f">={limit}@{t}%", 9) for t in _LIMITS)]
    field_columns += [("SPC,s", 7), ("Time", 9)]
    own_columns = [("Dataset", 11), ("Objects", 9), *((f"NoF@{t}%", 9) for t in _LIMITS), *((f"mIoU@{k}", 8) for k in MIOU_CLICKS)]
    own_columns += [("Worse", 8), ("Passes/click", 14), ("Encodes/obj", 13)]
    lines = [f"Eval results for model: {results[0].name}", *_table(field_columns, [_field_row(one) for one in results]), ""]
    lines += [*_table(own_columns, [_own_row(one) for one in results]), *filter(None, map(_at_other_target, results))]
    return "\n".join(lines)


def cascade_word(cascade: Mapping[str, Any]) -> str:
    """A cascade as the field names its logs: "acf4_1clk" refines the first click, up to four times, until it settles."""
    return f"{'acf' if cascade['adaptive'] else 'cf'}{cascade['steps']}_{cascade['clicks']}clk" if cascade["steps"] else "none"


def _table(columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]]) -> list[str]:
    """As wide as the field's unless a name needs more."""
    return centred([title for title, _ in columns], rows, [width for _, width in columns])


def _field_row(results: Results) -> list[str]:
    summary = results.summary
    cells = [cascade_word(results.settings["cascade"]), results.folder, *_noc(summary), *_counts(summary, "at_limit")]
    return [*cells, f"{summary['seconds_per_click']:.3f}", _clock(summary["seconds"])]


def _own_row(results: Results) -> list[str]:
    summary = results.summary
    cells = [results.folder, str(summary["objects"]), *_counts(summary, "nof"), *_mious(summary)]
    return [*cells, _told(summary["drops"], "{:.1%}".format), f"{summary['passes_per_click']:.2f}", f"{summary['encodes_per_object']:.2f}"]


def _noc(summary: Mapping[str, Any]) -> list[str]:
    return [_told(summary["noc"].get(t), "{:.2f}".format) for t in _NOC]


def _counts(summary: Mapping[str, Any], name: str) -> list[str]:
    return [_told(summary[name].get(t), str) for t in _LIMITS]


def _mious(summary: Mapping[str, Any]) -> list[str]:
    return [_told(summary["miou"].get(str(k)), "{:.3f}".format) for k in MIOU_CLICKS]


def _told(value: Any, form: Callable[[Any], str]) -> str:
    return NOT_MEASURED if value is None else form(value)


def _at_other_target(results: Results) -> str | None:
    """The field's extra line where the target is none of the table's thresholds."""
    summary, limit = results.summary, results.protocol.max_clicks
    extra = [t for t in summary["noc"] if t not in _NOC]
    parts = [
        f"NoC@{t}% = {summary['noc'][t]:.2f}; >={limit}@{t}% = {summary['at_limit'][t]}; NoF@{t}% = {summary['nof'][t]}" for t in extra
    ]
    return f"{results.folder}: {'; '.join(parts)}" if parts else None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
