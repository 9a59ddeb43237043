"""One HTML page of an evaluation, which needs nothing but itself: curves, histograms, the table, and galleries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from clickcut.core.files import replacing
from clickcut.evaluate.bootstrap import column_intervals, interval_of
from clickcut.evaluate.origin import NOT_RECORDED
from clickcut.evaluate.protocol import percent
from clickcut.evaluate.reports.figures import row, titles
from clickcut.evaluate.reports.gallery import legend
from clickcut.evaluate.reports.html import element, page, table, text
from clickcut.evaluate.reports.svg import Line, bar_chart, line_chart
from clickcut.evaluate.results import Results

_MAIN = ("set", "objects", "NoC", "NoF@9", "mIoU", "boundary")
"""How the titles of the first table's columns begin."""
_SETTINGS = ("size", "flip", "zoom", "cascade", "precision", "brs", "threshold", "device")


def write_page(path: Path, all_results: Sequence[Results], galleries: Mapping[str, str] | None = None) -> None:
    """Writes the page of one model's results, all at once or not at all; ``galleries`` is HTML by the set's name (``gallery``)."""
    with replacing(path) as file:
        file.write(results_page(all_results, galleries or {}).encode())


def results_page(all_results: Sequence[Results], galleries: Mapping[str, str]) -> str:
    """The page's HTML."""
    if not all_results:
        raise ValueError("a page needs the results of at least one benchmark, got none")
    first = all_results[0]
    sets = ", ".join(dict.fromkeys(one.folder for one in all_results))
    body = [element("p", text(_protocol_words(first)), class_="soft"), _figures(all_results), _curves(all_results)]
    body += [_histograms(one) for one in all_results]
    for one in all_results:
        if shown := galleries.get(one.folder):
            body.append(element("h2", text(f"{one.folder}, click by click")) + legend() + shown)
    return page(f"{first.name} on {sets}", *body, origins_table(all_results))


def mean_curve(results: Results) -> Line:
    """The mean IoU after each click, with its 95 % interval over objects."""
    clicks = range(1, results.protocol.max_clicks + 1)
    ious = np.array([[curve.at(k) for k in clicks] for curve in results.curves])
    return Line(f"{results.folder} ({len(results.objects)} objects)", tuple(column_intervals(ious)))


def _protocol_words(results: Results) -> str:
    protocol = results.protocol
    target = "to the last one" if protocol.target > 1 else f"until IoU {protocol.target:g}"
    return (
        f"Simulated clicks ({protocol.clicks}), at most {protocol.max_clicks} an object, {target}. NoC@t: clicks until the IoU reaches "
        "t percent; NoF@t: objects that never reach it; mIoU@k: mean IoU after click k; worse: clicks after which the IoU fell by more "
        "than a point."
    )


def _figures(all_results: Sequence[Results]) -> str:
    columns = titles(all_results)
    main = [title for title in columns if title.startswith(_MAIN)]
    rest = [columns[0], *(title for title in columns if title not in main)]
    figures = _figures_table("How many clicks, and how good the masks are", main, all_results)
    figures += _figures_table("What else was counted, and what it cost", rest, all_results)
    thresholds = list(dict.fromkeys(percent(t) for one in all_results for t in one.protocol.thresholds))
    rows = [[one.folder, *_noc_intervals(one, thresholds)] for one in all_results]
    sure = table("NoC with 95 % intervals, bootstrap over objects", ["set", *(f"NoC@{t}" for t in thresholds)], rows)
    return element("h2", "Figures") + figures + sure


def _figures_table(caption: str, columns: Sequence[str], all_results: Sequence[Results]) -> str:
    return table(caption, columns, [row(one, columns) for one in all_results])


def _noc_intervals(results: Results, thresholds: Sequence[str]) -> list[str]:
    limit = results.protocol.max_clicks
    known = {percent(t): [curve.noc(t, limit) for curve in results.curves] for t in results.protocol.thresholds}
    return [f"{interval_of(known[t]):.2f}" if t in known else "?" for t in thresholds]


def _curves(all_results: Sequence[Results]) -> str:
    lines = [mean_curve(one) for one in all_results]
    chart = line_chart("Mean IoU after each click", lines, x_title="clicks", y_title="mean IoU")
    longest = max(len(line.points) for line in lines)
    rows = [[line.name, *(str(point) for point in line.points), *[""] * (longest - len(line.points))] for line in lines]
    values = element(
        "details", element("summary", "The same as a table"), table("Mean IoU", ["set", *map(str, range(1, longest + 1))], rows)
    )
    note = element("p", "Bands are 95 % intervals. An object that was done early keeps its last IoU.", class_="soft")
    return element("h2", "Mean IoU over clicks") + note + element("figure", chart, class_="line") + values


def _histograms(results: Results) -> str:
    """For each of the higher thresholds how many objects took how many clicks; those that never reached it stand apart."""
    limit = results.protocol.max_clicks
    charts = []
    for threshold in [t for t in results.protocol.thresholds if t >= 0.85] or results.protocol.thresholds:
        counts = Counter(curve.noc(threshold, limit) for curve in results.curves if curve.reached(threshold))
        failures = sum(not curve.reached(threshold) for curve in results.curves)
        title = f"{results.folder}: clicks to IoU {threshold:g}"
        names = [*map(str, range(1, limit + 1)), "never"]
        bars = bar_chart(title, [*(counts[k] for k in range(1, limit + 1)), failures], names, x_title="clicks", marked=limit)
        charts.append(element("figure", element("figcaption", text(title)), bars))
    return element("h2", text(f"{results.folder}: how many clicks objects take")) + element("div", *charts, class_="charts")


def origins_table(all_results: Sequence[Results]) -> str:
    """A section on what made each of the results."""
    rows = []
    for one in all_results:
        weights, origin = one.settings["weights"], one.origin
        made = [NOT_RECORDED] * 3 if origin is None else [origin.command, str(origin.machine), origin.date]
        rows.append([one.folder, weights["file"], (weights.get("sha256") or "none")[:16], *made])
    names = ("set", "weights", "sha256", "command", "machine", "date")
    settings = dict.fromkeys(_settings_words(one) for one in all_results)
    told = "".join(element("p", text(words), class_="soft") for words in settings)
    return element("h2", "What made these figures") + told + table("Origins", names, rows, num_names=len(names))


def _settings_words(results: Results) -> str:
    """What the predictor was told, on one line."""
    told = {name: results.settings[name] for name in _SETTINGS if results.settings.get(name) is not None}
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return f"{results.name}: {'; '.join(f'{name} {_value(value)}' for name, value in told.items())}. Versions: {versions or NOT_RECORDED}."


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({', '.join(f'{name} {item}' for name, item in value.items())})"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
