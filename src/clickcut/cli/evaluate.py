"""``clickcut evaluate``: benchmarks folder by folder, each into files of its own, and one table of them all."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from clickcut.cli.options import PredictorOptions, ProtocolOptions, ReportOptions
from clickcut.cli.progress import progress
from clickcut.cli.results_page import check_page, make_page
from clickcut.evaluate.baselines import OPENCV_GRABCUT, opencv_grabcut
from clickcut.evaluate.benchmark import benchmark_objects
from clickcut.evaluate.entry import PLOT, RESULTS, default_name, evaluate_folder, settings_of
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.reports.plot import PLOT_NOTE
from clickcut.evaluate.reports.text import table
from clickcut.evaluate.results import Results
from clickcut.evaluate.runner import Progress
from clickcut.model.catalogue import find_weights
from clickcut.model.machine import use_machine
from clickcut.model.weights import shipped_weights
from clickcut.predict.field_protocol import in_words
from clickcut.predict.opening import open_predictor
from clickcut.predict.predictor import Predictor

RESULTS_FOLDER = Path("results")


def run(folders: Sequence[Path], out: Path | None, protocol: ProtocolOptions, options: PredictorOptions, reports: ReportOptions) -> None:
    """Measures every folder, going on where an interrupted run was, and prints the tables; files go into ``out`` or folders in it."""
    options.check()
    check_page(reports)
    stated = Protocol(protocol.max_clicks, protocol.target, protocol.limit, protocol.every, protocol.clicks, protocol.seed)
    _check(folders)
    for folder in folders:
        benchmark_objects(folder, stated)  # a folder that cannot be read is told now, not after hours with the first
    use_machine(options.device, options.threads)
    predictor, weights = _open(options)
    places = _places(folders, out, default_name(settings_of(predictor, weights), stated))
    results = [_measure(folder, places[folder], stated, predictor, weights) for folder in folders]
    print(f"Protocol: {in_words(predictor)}")
    print(table(results))
    print(f"wrote {', '.join(str(place / RESULTS) for place in places.values())}")
    if reports.html is not None:
        make_page(reports.html, dict(zip(folders, results, strict=True)), predictor, reports.gallery)
        print(f"wrote {reports.html}")
    if not all((place / PLOT).is_file() for place in places.values()):
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


def _open(options: PredictorOptions) -> tuple[Predictor, Path | str]:
    """The predictor, and what names its weights."""
    if str(options.weights) == OPENCV_GRABCUT:
        idle = [f"--{name.replace('_', '-')}" for name, value in options.overrides.items() if value is not None]
        if idle:
            raise ValueError(f"{', '.join(idle)}: {OPENCV_GRABCUT} knows nothing like it; leave it out")
        return opencv_grabcut(), OPENCV_GRABCUT
    weights = shipped_weights() if options.weights is None else find_weights(options.weights)
    return open_predictor(options.weights, options.device, precision=options.precision, **options.overrides), weights


def _measure(folder: Path, out: Path, protocol: Protocol, predictor: Predictor, weights: Path | str) -> Results:
    with progress(folder.resolve().name) as advance:

        def tell(report: Progress) -> None:
            last = "" if report.last is None else f"last {report.last.ious[-1]:.3f} after {len(report.last.ious)}"
            advance(report.done, report.total, last)

        return evaluate_folder(folder, predictor, protocol, out=out, settings=settings_of(predictor, weights), on_progress=tell)
