"""A comparison as one HTML page: both curves of each set, differences with verdicts, and pictures of the largest wins and losses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from clickcut.core.clicks import Clicks
from clickcut.core.files import replacing
from clickcut.core.images import Rgb
from clickcut.core.masks import Mask, Target
from clickcut.evaluate.protocol import percent
from clickcut.evaluate.reports.comparison import Comparison, Pair
from clickcut.evaluate.reports.comparison_text import COLUMNS, NOTE, cells_of, pair_words
from clickcut.evaluate.reports.gallery import iou_words, legend, picture
from clickcut.evaluate.reports.html import element, page, table, text
from clickcut.evaluate.reports.page import mean_curve, origins_table
from clickcut.evaluate.reports.pictures import clicked, mask_and_errors
from clickcut.evaluate.reports.replay import replayed
from clickcut.evaluate.reports.svg import line_chart
from clickcut.evaluate.results import ObjectResult, Results
from clickcut.predict.predictor import Predictor

NUM_SHOWN: Final = 6
"""Wins, and as many losses."""

PairKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A pair's photo and target, and the mask that it begins with if there is one, for its pictures."""

    image: Rgb
    target: Target
    start: Mask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Both runs by set, and for each set the predictors that make their masks again, None where that cannot be."""

    a: Mapping[str, Results]
    b: Mapping[str, Results]
    predictors: Mapping[str, tuple[Predictor | None, Predictor | None]] = field(default_factory=dict)


def shown_pairs(comparison: Comparison) -> list[Pair]:
    """The pairs whose pictures a page shows."""
    return [*comparison.wins(NUM_SHOWN), *comparison.losses(NUM_SHOWN)]


def key_of(pair: Pair) -> PairKey:
    return pair.folder, *pair.a.key


def write_comparison_page(path: Path, comparison: Comparison, runs: Runs, shown: Mapping[PairKey, Shown]) -> None:
    """Writes the page, all at once or not at all; ``shown`` holds the photos of those pairs that get pictures."""
    a, b = comparison.names
    body = [element("p", text(f"A: {a}")), element("p", text(f"B: {b}")), *_sets(comparison, runs)]
    for kind, pairs in (("win", comparison.wins(NUM_SHOWN)), ("loss", comparison.losses(NUM_SHOWN))):
        body.append(element("h2", f"Largest {'wins' if kind == 'win' else 'losses'} of B"))
        body.append(legend() if shown and pairs else "")
        body.append(element("p", text(f"By clicks to IoU {percent(comparison.goal)} %, then by mean IoU."), class_="soft"))
        body += [_pair(pair, kind, comparison.goal, runs, shown.get(key_of(pair))) for pair in pairs] or [element("p", "None.")]
    if comparison.left_out:
        body.append(element("p", text(f"Left out, for one run alone has them: {', '.join(comparison.left_out)}."), class_="soft"))
    measured = [run[folder] for run in (runs.a, runs.b) for folder in run if folder in comparison.sets]
    with replacing(path) as file:
        file.write(page(f"{a} and {b}", *body, origins_table(measured)).encode())


def _sets(comparison: Comparison, runs: Runs) -> list[str]:
    parts = [element("p", text(NOTE), class_="soft")]
    for folder, differences in comparison.sets.items():
        parts += [element("h2", text(folder)), table("A, B and B less A", COLUMNS, [cells_of(one) for one in differences])]
        if folder in runs.a:
            lines = [replace(mean_curve(run[folder]), name=name) for run, name in ((runs.a, "A"), (runs.b, "B"))]
            chart = line_chart(f"{folder}: mean IoU after each click", lines, x_title="clicks", y_title="mean IoU")
            parts.append(element("figure", chart, class_="line"))
    return parts


def _pair(pair: Pair, kind: str, goal: float, runs: Runs, shown: Shown | None) -> str:
    head = element("h3", element("span", kind, class_=f"badge {kind}"), text(pair_words(pair, goal)))
    if shown is None:
        return element("section", head, class_="object")
    k = _telling_click(pair)
    made = zip("AB", (pair.a, pair.b), runs.predictors.get(pair.folder, (None, None)), strict=True)
    panels = [element("li", _panel(name, one, k, predictor, shown)) for name, one, predictor in made]
    return element("section", head, element("ul", *panels, class_="clicks"), class_="object")


def _telling_click(pair: Pair) -> int:
    """The click after which the two runs' IoUs lie farthest apart."""
    last = max(len(pair.a.ious), len(pair.b.ious))
    apart = [abs(pair.a.curve.at(k) - pair.b.curve.at(k)) for k in range(1, last + 1)]
    return 1 + max(range(last), key=lambda k: -1.0 if math.isnan(apart[k]) else apart[k])


def _panel(name: str, one: ObjectResult, k: int, predictor: Predictor | None, shown: Shown) -> str:
    """A run's mask and errors after click ``k``, or its last one; its clicks alone where no network is here to make the mask again."""
    number = min(k, len(one.clicks))
    clicks: Clicks = one.clicks[:number]
    stored = one.ious[number - 1]
    if predictor is None:
        pictures: Sequence[Rgb] = [clicked(shown.image, clicks)]
        told = f"{iou_words(stored, stored)} (clicks alone: its network is not here)"
    else:
        replay = replayed(shown.image, shown.target, one, predictor, (number,), shown.start)
        pictures = mask_and_errors(shown.image, shown.target, replay.masks[0], clicks)
        told = iou_words(stored, replay.ious[0])
    words = f"{name} after click {number}: {told}"
    about = f"{name} on {one.image}, object {one.object_id}, after click {number}"
    return element("figure", *(picture(pixels, about) for pixels in pictures), element("figcaption", text(words)))
