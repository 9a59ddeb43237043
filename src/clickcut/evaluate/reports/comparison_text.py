"""A comparison as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from clickcut.core.curves import IouCurve
from clickcut.evaluate.protocol import percent
from clickcut.evaluate.reports.comparison import Comparison, Difference, Pair

COLUMNS: Final = ("figure", "A", "B", "B - A [95 % interval]", "objects", "verdict")
NOTE: Final = "Intervals are paired bootstrap over objects, each at 95 %: of twenty figures that do not differ, one seems to."
_NUM_LISTED: Final = 5


def comparison_text(comparison: Comparison) -> str:
    """Tables side by side, one a set, and the objects that gained and lost most."""
    lines = [f"A: {comparison.names[0]}", f"B: {comparison.names[1]}"]
    for folder, differences in comparison.sets.items():
        lines += ["", folder, *_columns([COLUMNS, *(cells_of(one) for one in differences)])]
    lines += ["", NOTE]
    goal = percent(comparison.goal)
    for title, pairs in (("wins", comparison.wins(_NUM_LISTED)), ("losses", comparison.losses(_NUM_LISTED))):
        lines += ["", f"Largest {title} of B (clicks to IoU {goal} %):", *(f"  {pair_words(pair, comparison.goal)}" for pair in pairs)]
        lines += [] if pairs else ["  none"]
    if comparison.left_out:
        lines += ["", f"Left out, for one run alone has them: {', '.join(comparison.left_out)}"]
    return "\n".join(lines)


def cells_of(one: Difference) -> list[str]:
    """A difference under ``COLUMNS``."""
    change = f"{one.change.mean:+.3f} [{one.change.low:+.3f}, {one.change.high:+.3f}]"
    return [one.title, f"{one.a:.3f}", f"{one.b:.3f}", change, str(one.num_objects), one.verdict]


def pair_words(pair: Pair, goal: float) -> str:
    """An object, and how both runs did on it."""
    runs = f"A {_run_words(pair.a.ious, goal)}, B {_run_words(pair.b.ious, goal)}"
    return f"{pair.folder}: {pair.a.image}, object {pair.a.object_id}: {runs}"


def _run_words(ious: Sequence[float], goal: float) -> str:
    curve = IouCurve(tuple(ious))
    last = "unknown" if math.isnan(ious[-1]) else f"{ious[-1]:.3f}"
    if not curve.reached(goal):
        return f"never in {len(ious)} clicks (last IoU {last})"
    clicks = curve.noc(goal, len(ious))
    return f"{clicks} {'click' if clicks == 1 else 'clicks'} (last IoU {last})"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
