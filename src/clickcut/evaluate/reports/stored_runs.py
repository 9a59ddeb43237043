"""Runs on the disk: one ``results.json``, its folder, or a folder with one for each set."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from clickcut.evaluate.results import Results, read_results

_FILE: Final = "results.json"


def read_run(place: Path) -> dict[str, Results]:
    """A run's results by the sets' names; ValueError where there are none, or several of one set."""
    run: dict[str, Results] = {}
    for path in _files(place):
        results = read_results(path)
        if results.folder in run:
            raise ValueError(f"{place}: holds several results of {results.folder}; name one run's folder or file")
        run[results.folder] = results
    return run


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise ValueError(f"{place}: expected a folder of results or a {_FILE}, found nothing of this name")
    found = [place / _FILE] if (place / _FILE).is_file() else sorted(place.glob(f"*/{_FILE}"))
    if not found:
        raise ValueError(f"{place}: expected {_FILE}, there or in folders of it, found none")
    return found
