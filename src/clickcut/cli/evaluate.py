"""``clickcut evaluate``: benchmarks folder by folder, each into files of its own, and one table of them all."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clickcut.cli.options import PredictorOptions, ProtocolOptions, ReportOptions
from clickcut.cli.progress import progress
from clickcut.cli.results_page import check_page, make_page
from clickcut.evaluate.benchmark import benchmark_objects
from clickcut.evaluate.entry import PLOT, RESULTS, WeightsName, default_name, evaluate_folder, settings_of
from clickcut.evaluate.opening import open_measured
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.reports.plot import PLOT_NOTE
from clickcut.evaluate.reports.text import table
from clickcut.evaluate.results import Results
from clickcut.evaluate.runner import Progress
from clickcut.model.machine import use_machine
from clickcut.model.ranks import Ranks, device_of_rank, joined_ranks
from clickcut.predict.field_protocol import in_words
from clickcut.predict.predictor import Predictor

RESULTS_FOLDER = Path("results")


def run(
    folders: Sequence[Path], out: Path | None, protocol: ProtocolOptions, options: PredictorOptions, reports: ReportOptions, batch: int
) -> None:
    """Measures every folder, going on where an interrupted run was, and prints the tables; files go into ``out`` or folders in it.

    Under torchrun the ranks share the objects, and the first one tells.
    """
    options.check()
    check_page(reports)
    if batch < 1:
        raise ValueError(f"--batch: expected 1 object at a time or more, got {batch}")
    stated = Protocol(protocol.max_clicks, protocol.target, protocol.limit, protocol.every, protocol.clicks, protocol.seed)
    _check(folders)
    for folder in folders:
        benchmark_objects(folder, stated)  # a folder that cannot be read is told now, not after hours with the first
    device = device_of_rank(options.device)
    use_machine(device, options.threads)
    with joined_ranks(device) as ranks:
        predictor, weights = open_measured(options.weights, device, precision=options.precision, **options.overrides)
        name = default_name(settings_of(predictor, weights), stated)
        places = _places(folders, out, name if batch == 1 else f"{name}-batch{batch}")
        how = _How(stated, predictor, weights, batch, ranks)
        results = [_measure(folder, places[folder], how) for folder in folders]
    if ranks.is_first:
        _tell(folders, results, list(places.values()), predictor, reports)


def _tell(
    folders: Sequence[Path], results: Sequence[Results], places: Sequence[Path], predictor: Predictor, reports: ReportOptions
) -> None:
    print(f"Protocol: {in_words(predictor)}")
    print(table(results))
    print(f"wrote {', '.join(str(place / RESULTS) for place in places)}")
    if reports.html is not None:
        make_page(reports.html, dict(zip(folders, results, strict=True)), predictor, reports.gallery)
        print(f"wrote {reports.html}")
    if not all((place / PLOT).is_file() for place in places):
        print(PLOT_NOTE, file=sys.stderr)


def _check(folders: Sequence[Path]) -> None:
    if not folders:
        raise ValueError("expected at least one folder with images/ and masks/")
    names = Counter(folder.resolve().name for folder in folders)
    doubled = [name for name, count in names.items() if count > 1]
    if doubled:
        raise ValueError(f"{doubled[0]}: several folders have this name, and so would their results; evaluate them one by one")


def _places(folders: Sequence[Path], out: Path | None, name: str) -> dict[Path, Path]:
    """Where each folder's files go: without a wish, into a folder for just these settings, so that the same command goes on there."""
    if out is not None and len(folders) == 1:
        return {folders[0]: out}
    parent = RESULTS_FOLDER / name if out is None else out
    return {folder: parent / folder.resolve().name for folder in folders}


@dataclass(frozen=True, slots=True)
class _How:
    """How folders are measured."""

    protocol: Protocol
    predictor: Predictor
    weights: WeightsName
    batch: int
    ranks: Ranks


def _measure(folder: Path, out: Path, how: _How) -> Results:
    settings = settings_of(how.predictor, how.weights)
    measure = partial(evaluate_folder, folder, how.predictor, how.protocol, out=out, settings=settings, batch=how.batch, ranks=how.ranks)
    if not how.ranks.is_first:
        return measure()
    name = folder.resolve().name
    with progress(name if how.ranks.size == 1 else f"{name}, the first of {how.ranks.size} ranks") as advance:

        def tell(report: Progress) -> None:
            last = "" if report.last is None else f"last {report.last.ious[-1]:.3f} after {len(report.last.ious)}"
            advance(report.done, report.total, last)

        return measure(on_progress=tell)
