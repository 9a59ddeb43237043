"""Results for spreadsheets and data frames: a row for every click."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path

from clickcut.core.files import replacing
from clickcut.evaluate.results import ObjectResult, Results

_COLUMNS = ("set", "image", "object", "click", "y", "x", "positive", "iou")


def write_csv(path: Path, results: Results) -> None:
    """Writes one row a click, in the order of the clicks, all at once or not at all.

    ``click`` counts from 1, ``positive`` is 1 or 0, and an IoU that is NaN is an empty cell. Where boundary IoUs were measured there is a
    last column ``biou``.
    """
    has_boundaries = any(_boundary_ious(one) for one in results.objects)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *(["biou"] if has_boundaries else [])])
    for one in results.objects:
        writer.writerows([results.folder, *row][: len(_COLUMNS) + has_boundaries] for row in _rows(one))
    with replacing(path) as file:
        file.write(text.getvalue().encode())


def _rows(one: ObjectResult) -> Iterator[list[object]]:
    boundary = _boundary_ious(one)
    for k, (click, iou) in enumerate(zip(one.clicks, one.ious, strict=True)):
        at = boundary[k] if k < len(boundary) else None
        yield [one.image, one.object_id, k + 1, f"{click.y:g}", f"{click.x:g}", int(click.positive), _cell(iou), _cell(at)]


def _boundary_ious(one: ObjectResult) -> tuple[float | None, ...]:
    """Those after each click; none where they were not measured."""
    return tuple(getattr(one, "bious", None) or getattr(one, "biou", None) or ())


def _cell(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.6f}"
