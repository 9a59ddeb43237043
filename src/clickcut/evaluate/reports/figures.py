"""The figures of a results' summary as titled cells, for tables of any kind; what was not measured reads ``?``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clickcut.evaluate.reports.centred import NOT_MEASURED
from clickcut.evaluate.reports.text import cascade_word
from clickcut.evaluate.results import Results


def titles(all_results: Sequence[Results]) -> list[str]:
    """The columns of a table of these results: a figure that any of them has gets one."""
    names = dict.fromkeys(title for results in all_results for title in figures(results))
    return list(names)


def row(results: Results, columns: Sequence[str]) -> list[str]:
    """A results' cells under these titles."""
    known = figures(results)
    return [known.get(title, NOT_MEASURED) for title in columns]


def figures(results: Results) -> dict[str, str]:
    """Every figure by its title, in a table's order."""
    summary, limit = results.summary, results.protocol.max_clicks
    cells = {"set": results.folder, "cascade": cascade_word(results.settings["cascade"]), "objects": str(summary["objects"])}
    cells |= _each("NoC@{}", summary["noc"], "{:.2f}")
    cells |= _each("NoF@{}", summary["nof"], "{}")
    cells |= _each(f">={limit}@{{}}", summary["at_limit"], "{}")
    cells |= _each("mIoU@{}", summary["miou"], "{:.3f}")
    cells |= _each("boundary IoU@{}", _mapping(summary.get("biou")), "{:.3f}")
    cells["worse"] = _told(summary.get("drops"), "{:.1%}")
    cells["s/click"] = _told(summary.get("seconds_per_click"), "{:.3f}")
    cells["s/object"] = _told(summary["seconds"] / summary["objects"], "{:.2f}")
    cells["passes/click"] = _told(summary.get("passes_per_click"), "{:.2f}")
    cells["encodes/object"] = _told(summary.get("encodes_per_object"), "{:.2f}")
    return cells


def _each(title: str, values: Mapping[str, Any], form: str) -> dict[str, str]:
    return {title.format(name): _told(value, form) for name, value in values.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _told(value: Any, form: str) -> str:
    return NOT_MEASURED if value is None else form.format(value)
