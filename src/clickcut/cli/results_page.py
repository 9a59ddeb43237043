"""``clickcut evaluate --html``: the page of an evaluation, whose gallery asks the network once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clickcut.cli.options import ReportOptions
from clickcut.cli.progress import progress
from clickcut.evaluate.benchmark import BenchmarkObject
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


@dataclass(frozen=True, slots=True)
class Pictured:
    """A benchmark's results, its objects, and the predictor that makes their masks again."""

    results: Results
    objects: tuple[BenchmarkObject, ...]
    predictor: Predictor


def make_page(path: Path, measured: Sequence[Pictured], num_objects: int | None) -> None:
    """Writes the page of all that was measured."""
    wanted = _NUM_OBJECTS if num_objects is None else num_objects
    galleries = {one.results.folder: _gallery(one, wanted) for one in measured if wanted}
    write_page(path, [one.results for one in measured], galleries)


def _gallery(one: Pictured, num_objects: int) -> str:
    with progress(f"gallery of {one.results.folder}") as advance:
        return gallery(one.results, one.objects, one.predictor, num_objects, on_shown=lambda done, total: advance(done, total, ""))
