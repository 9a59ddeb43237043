"""Measures several methods on several benchmarks, and prints one table of them all, with 95 % intervals.

    python tools/comparison.py SET... [--weights NAME...] [--out comparison] [--limit N] [--every K] [--threads N]

Each pair of a method and a set is one call of ``clickcut evaluate``, which is printed; it goes on where an interrupted one was, and costs
nothing when its results are there. The table is written to comparison.md in --out, too.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clickcut.cli.app import run
from clickcut.core.files import replacing
from clickcut.evaluate.bootstrap import interval_of
from clickcut.evaluate.results import Results, read_results
from clickcut.model.onnx_pair.pair import PairFiles

METHODS: Final = ("watershed", "random-walker", "opencv-grabcut", "clickcut-xs", "clickcut-s")
"""What is compared if nothing is named."""

COLUMNS: Final = "| set | method | objects | NoC@85 | NoC@90 | mIoU@1 | seconds a click |\n| --- | --- | --- | --- | --- | --- | --- |"


def main(arguments: Sequence[str]) -> int:
    """Gives the exit status: that of the first call that did not end well, which ends all, or 0."""
    given = _parsed(arguments)
    rows: list[str] = []
    for folder in given.sets:
        for method in given.weights:
            place = given.out / method_name(method) / Path(folder).resolve().name
            status = _evaluate(["evaluate", folder, "--weights", method, "--out", str(place), *_options(given)])
            if status:
                return status
            rows.append(row(method_name(method), read_results(place / "results.json")))
            table = "\n".join([COLUMNS, *rows])
            with replacing(given.out / "comparison.md") as file:
                file.write(f"{table}\n".encode())
    print(f"{table}\n\nwrote {given.out / 'comparison.md'}")
    return 0


def method_name(weights: str) -> str:
    """What the table and the folders call a method; no path is in it."""
    files = PairFiles.of(weights)
    return Path(files.name).stem if files else Path(weights).name.removesuffix(".safetensors")


def row(name: str, results: Results) -> str:
    """One line of the table: means over objects with their intervals."""
    limit, objects = results.protocol.max_clicks, results.objects
    cells = [results.folder, name, str(len(objects))]
    cells += [_cell([one.curve.noc(threshold, limit) for one in objects], 2) for threshold in (0.85, 0.90)]
    cells.append(_cell([one.curve.at(1) for one in objects], 3))
    cells.append(_cell([one.seconds / len(one.clicks) for one in objects], 3))
    return f"| {' | '.join(cells)} |"


def _cell(values: Sequence[float], digits: int) -> str:
    interval = interval_of(values)
    return f"{interval.mean:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def _evaluate(arguments: list[str]) -> int:
    """One call of the command line; its progress is told, its own table is not."""
    print(f"clickcut {shlex.join(arguments)}", file=sys.stderr, flush=True)
    with contextlib.redirect_stdout(io.StringIO()):
        return run(arguments)


def _options(given: argparse.Namespace) -> list[str]:
    options = {"--limit": given.limit, "--every": given.every, "--max-clicks": given.max_clicks, "--threads": given.threads}
    return [part for name, value in options.items() if value is not None for part in (name, str(value))]


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="SET", help="what clickcut evaluate takes: folders with images/ and masks/")
    parser.add_argument("--weights", nargs="+", default=list(METHODS), help=f"what clickcut evaluate takes ({', '.join(METHODS)})")
    parser.add_argument("--out", type=Path, default=Path("comparison"), help="folder for all results")
    parser.add_argument("--limit", type=int, help="only the first N objects of each set")
    parser.add_argument("--every", type=int, help="only every K-th object")
    parser.add_argument("--max-clicks", type=int, help="clicks on an object at most")
    parser.add_argument("--threads", type=int, help="how many CPU threads to compute with")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
