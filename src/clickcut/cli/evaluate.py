"""``clickcut evaluate``: benchmarks one by one, each into files of its own, and one table of them all."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clickcut.cli.benchmarks import open_benchmarks
from clickcut.cli.options import PredictorOptions, ProtocolOptions, SetOptions
from clickcut.cli.progress import progress
from clickcut.cli.protocols import protocols_of
from clickcut.evaluate.baselines import OPENCV_GRABCUT, opencv_grabcut
from clickcut.evaluate.benchmark import Benchmark
from clickcut.evaluate.entry import PLOT, RESULTS, default_name, evaluate_benchmark, settings_of
from clickcut.evaluate.figures import figures_table, interval_table
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.report import PLOT_NOTE, table
from clickcut.evaluate.results import Results
from clickcut.evaluate.runner import Progress
from clickcut.evaluate.spread import HUMAN_AIMS, Spread, spread_table, write_spread
from clickcut.model.catalogue import find_weights
from clickcut.model.machine import use_machine
from clickcut.model.weights import shipped_weights
from clickcut.predict.field_protocol import for_known_set, in_words
from clickcut.predict.opening import open_predictor
from clickcut.predict.predictor import Predictor

RESULTS_FOLDER = Path("results")
SPREAD = "human.json"

Runs = dict[str, Results]
"""A benchmark's results by the names that ``protocols_of`` gives its runs."""


def run(
    names: Sequence[str], out: Path | None, protocol: ProtocolOptions, options: PredictorOptions, *, sets: SetOptions, intervals: bool
) -> None:
    """Measures every benchmark, going on where an interrupted run was, and prints the tables; files go into ``out`` or folders in it."""
    options.check()
    protocols = protocols_of(protocol)
    first = next(iter(protocols.values()))
    benchmarks = open_benchmarks(names, first, sets)
    use_machine(options.device, options.threads)
    predictor, weights = _open(options)
    name = default_name(settings_of(predictor, weights), first)
    places = _places(benchmarks, out, name if len(protocols) == 1 else f"{name}-human")
    measured = [_Measured(one, places[one.name], _shown_for(predictor, one, options), weights) for one in benchmarks]
    runs = [one.by(protocols) for one in measured]
    _print_protocols(measured)
    _print_tables([next(iter(one.values())) for one in runs], intervals=intervals)
    for one, of_one in zip(measured, runs, strict=True):
        _tell_files(one.place, of_one)


def _places(benchmarks: Sequence[Benchmark], out: Path | None, name: str) -> dict[str, Path]:
    """Where each benchmark's files go: without a wish, into a folder for just these settings, so that the same command goes on there."""
    if out is not None and len(benchmarks) == 1:
        return {benchmarks[0].name: out}
    parent = RESULTS_FOLDER / name if out is None else out
    return {one.name: parent / one.name for one in benchmarks}


def _open(options: PredictorOptions) -> tuple[Predictor, Path | str]:
    """The predictor, and what names its weights."""
    if str(options.weights) == OPENCV_GRABCUT:
        idle = [f"--{name.replace('_', '-')}" for name, value in options.overrides.items() if value is not None]
        if idle:
            raise ValueError(f"{', '.join(idle)}: {OPENCV_GRABCUT} knows nothing like it; leave it out")
        return opencv_grabcut(), OPENCV_GRABCUT
    weights = shipped_weights() if options.weights is None else find_weights(options.weights)
    return open_predictor(options.weights, options.device, precision=options.precision, **options.overrides), weights


def _shown_for(predictor: Predictor, benchmark: Benchmark, options: PredictorOptions) -> Predictor:
    """The predictor for one benchmark: the field's protocols have a size of their own for DAVIS, unless the person says one."""
    if options.protocol is None or options.size is not None or benchmark.known_as is None:
        return predictor
    return for_known_set(predictor, options.protocol, benchmark.known_as)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A benchmark, where its files go, and what is measured on it."""

    benchmark: Benchmark
    place: Path
    predictor: Predictor
    weights: Path | str

    def by(self, protocols: Mapping[str, Protocol]) -> Runs:
        """One run for each protocol, in a folder of its own where there are several."""
        return {name: self._by_one(name, protocol) for name, protocol in protocols.items()}

    def _by_one(self, run: str, protocol: Protocol) -> Results:
        settings = settings_of(self.predictor, self.weights)
        with progress(f"{self.benchmark.name}, {run}" if run else self.benchmark.name) as advance:

            def tell(report: Progress) -> None:
                last = "" if report.last is None else f"last {report.last.curve.last:.3f} after {len(report.last.ious)}"
                advance(report.done, report.total, last)

            return evaluate_benchmark(self.benchmark, self.predictor, protocol, out=self.place / run, settings=settings, on_progress=tell)


def _print_protocols(measured: Sequence[_Measured]) -> None:
    """How crops were shown; where benchmarks differ in it, which was shown how."""
    by_words: dict[str, list[str]] = {}
    for one in measured:
        by_words.setdefault(in_words(one.predictor), []).append(one.benchmark.name)
    for words, names in by_words.items():
        print(f"Protocol: {words}" + (f" ({', '.join(names)})" if len(by_words) > 1 else ""))


def _print_tables(results: Sequence[Results], *, intervals: bool) -> None:
    print(table(results))
    print(f"\n{figures_table(results)}")
    if intervals:
        print(f"\n{interval_table(results)}")


def _tell_files(place: Path, runs: Runs) -> None:
    """What was written, after the spread between users where there were several."""
    if len(runs) > 1:
        spread = Spread(runs["centre"], {aim: [run for name, run in runs.items() if name.startswith(f"{aim}-")] for aim in HUMAN_AIMS})
        write_spread(place / SPREAD, spread)
        print(f"\n{spread_table(spread)}")
        print(f"wrote {place / SPREAD}, and {RESULTS} of {len(runs)} runs in folders beside it")
    else:
        print(f"wrote {place / RESULTS}")
    if not all((place / name / PLOT).is_file() for name in runs):
        print(PLOT_NOTE, file=sys.stderr)
