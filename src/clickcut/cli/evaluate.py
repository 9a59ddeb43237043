"""``clickcut evaluate``: benchmarks one by one, each into files of its own, and one table of them all."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from clickcut.cli.benchmarks import open_benchmarks
from clickcut.cli.options import PredictorOptions, ProtocolOptions, ReportOptions, SetOptions
from clickcut.cli.progress import progress
from clickcut.cli.protocols import protocols_of
from clickcut.cli.results_page import Pictured, check_page, make_page
from clickcut.evaluate.benchmark import Benchmark
from clickcut.evaluate.entry import PLOT, RESULTS, WeightsName, default_name, evaluate_benchmark, settings_of
from clickcut.evaluate.opening import open_measured
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.reports.more_tables import figures_table, interval_table
from clickcut.evaluate.reports.plot import PLOT_NOTE
from clickcut.evaluate.reports.text import table
from clickcut.evaluate.results import Results
from clickcut.evaluate.runner import Progress
from clickcut.evaluate.spread import HUMAN_AIMS, Spread, spread_table, write_spread
from clickcut.model.machine import use_machine
from clickcut.model.ranks import Ranks, device_of_rank, joined_ranks
from clickcut.predict.field_protocol import for_known_set, in_words
from clickcut.predict.predictor import Predictor

RESULTS_FOLDER = Path("results")
SPREAD = "human.json"

Runs = dict[str, Results]
"""A benchmark's results by the names that ``protocols_of`` gives its runs."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of an evaluation, beside what to measure and where to write."""

    protocol: ProtocolOptions
    predictor: PredictorOptions
    sets: SetOptions
    reports: ReportOptions
    batch: int
    intervals: bool

    def check(self) -> None:
        """Refuses, before hours of measuring, what cannot be done."""
        self.predictor.check()
        check_page(self.reports)
        if self.batch < 1:
            raise ValueError(f"--batch: expected 1 object at a time or more, got {self.batch}")


def run(names: Sequence[str], wanted: Wanted, out: Path | None) -> None:
    """Measures every benchmark, going on where an interrupted run was, and prints the tables; files go into ``out`` or folders in it.

    Under torchrun the ranks share the objects, and the first one tells.
    """
    wanted.check()
    protocols = protocols_of(wanted.protocol)
    benchmarks = open_benchmarks(names, next(iter(protocols.values())), wanted.sets)
    device = device_of_rank(wanted.predictor.device)
    use_machine(device, wanted.predictor.threads)
    with joined_ranks(device) as ranks:
        wanted = replace(wanted, predictor=replace(wanted.predictor, device=device))
        measured = _all_measured(benchmarks, out, wanted, protocols, ranks)
        runs = [one.by(protocols) for one in measured]
    if ranks.is_first:
        _tell(measured, runs, wanted)


def _all_measured(
    benchmarks: Sequence[Benchmark], out: Path | None, wanted: Wanted, protocols: Mapping[str, Protocol], ranks: Ranks
) -> list[_Measured]:
    options = wanted.predictor
    predictor, weights = open_measured(options.weights, options.device, precision=options.precision, **options.overrides)
    name = default_name(settings_of(predictor, weights), next(iter(protocols.values())))
    name += ("" if len(protocols) == 1 else "-human") + ("" if wanted.batch == 1 else f"-batch{wanted.batch}")
    places = _places(benchmarks, out, name)
    return [_Measured(one, places[one.name], _shown_for(predictor, one, options), weights, wanted.batch, ranks) for one in benchmarks]


def _places(benchmarks: Sequence[Benchmark], out: Path | None, name: str) -> dict[str, Path]:
    """Where each benchmark's files go: without a wish, into a folder for just these settings, so that the same command goes on there."""
    if out is not None and len(benchmarks) == 1:
        return {benchmarks[0].name: out}
    parent = RESULTS_FOLDER / name if out is None else out
    return {one.name: parent / one.name for one in benchmarks}


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
    weights: WeightsName
    batch: int
    ranks: Ranks

    def by(self, protocols: Mapping[str, Protocol]) -> Runs:
        """One run for each protocol, in a folder of its own where there are several."""
        return {name: self._by_one(name, protocol) for name, protocol in protocols.items()}

    def _by_one(self, run: str, protocol: Protocol) -> Results:
        settings = settings_of(self.predictor, self.weights)
        measure = partial(
            evaluate_benchmark,
            self.benchmark,
            self.predictor,
            protocol,
            out=self.place / run,
            settings=settings,
            batch=self.batch,
            ranks=self.ranks,
        )
        if not self.ranks.is_first:
            return measure()
        name = f"{self.benchmark.name}, {run}" if run else self.benchmark.name
        with progress(name if self.ranks.size == 1 else f"{name}, the first of {self.ranks.size} ranks") as advance:

            def tell(report: Progress) -> None:
                last = "" if report.last is None else f"last {report.last.curve.last:.3f} after {len(report.last.ious)}"
                advance(report.done, report.total, last)

            return measure(on_progress=tell)


def _tell(measured: Sequence[_Measured], runs: Sequence[Runs], wanted: Wanted) -> None:
    first = [next(iter(one.values())) for one in runs]
    _print_protocols(measured)
    _print_tables(first, intervals=wanted.intervals)
    for one, of_one in zip(measured, runs, strict=True):
        _tell_files(one.place, of_one)
    if wanted.reports.html is not None:
        pictured = [Pictured(results, one.benchmark.objects, one.predictor) for one, results in zip(measured, first, strict=True)]
        make_page(wanted.reports.html, pictured, wanted.reports.gallery)
        print(f"wrote {wanted.reports.html}")


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
