"""``clickcut evaluate --html``: the page of an evaluation, whose gallery asks the network once more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clickcut.cli.options import ReportOptions
from clickcut.cli.progress import progress
from clickcut.evaluate.benchmark import benchmark_objects
from clickcut.evaluate.reports.gallery import check_num_objects, gallery
from clickcut.evaluate.reports.page import write_page
from clickcut.evaluate.results import Results
from clickcut.predict.predictor import Predictor

_NUM_OBJECTS = 8


def check_page(reports: ReportOptions) -> None:
    """Refuses, before hours of measuring, a page that could not be written or that shows too much."""
    if reports.gallery is not None:
        check_num_objects(reports.gallery)
    if reports.html is not None:
        check_place(reports.html)


def check_place(path: Path) -> None:
    """ValueError where a page cannot be written."""
    if path.is_dir():
        raise ValueError(f"--html: {path} is a folder, expected the name of a file to write")
    if not path.parent.is_dir():
        raise ValueError(f"--html: there is no folder {path.parent} to write {path.name} into; make it first")


def make_page(path: Path, measured: Mapping[Path, Results], predictor: Predictor, num_objects: int | None) -> None:
    """Writes the page of results by the folder that they were measured on."""
    wanted = _NUM_OBJECTS if num_objects is None else num_objects
    galleries = {results.folder: _gallery(folder, results, predictor, wanted) for folder, results in measured.items() if wanted}
    write_page(path, list(measured.values()), galleries)


def _gallery(folder: Path, results: Results, predictor: Predictor, num_objects: int) -> str:
    with progress(f"gallery of {results.folder}") as advance:
        objects = benchmark_objects(folder, results.protocol)
        return gallery(results, objects, predictor, num_objects, on_shown=lambda done, total: advance(done, total, ""))
