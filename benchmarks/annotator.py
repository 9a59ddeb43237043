"""How long the annotator's page takes from the end of a press to the painted mask, with the shipped model, in a real browser.

    python -m benchmarks.annotator [--clicks N] [--json]

It opens a photo of 1600 x 1200 (scikit-image's cup of coffee, enlarged), waits until it is encoded, clicks object after object, and prints
medians: the whole way, the model's part of it, what is left (the page and the server), the first clicks of objects and the others on a
crop that is encoded already, and apart from them the clicks that had a new crop encoded. Needs chromium: make browser.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from clickcut.cli.demo import photo_path
from clickcut.core.images import read_image, write_image
from tests.web.static.browser import started_browser, until
from tools.screenshots import place, served, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZE = (1600, 1200)


@dataclass(frozen=True, slots=True)
class Way:
    """One click, in milliseconds: from the end of the press to the painted mask, the server's part of it and the model's part of that."""

    whole: float
    server: float
    model: float
    encodes: int
    is_first: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=24, help="how many, four an object")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    figures = figures_of(measured(given.clicks))
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>28}: {value}")


def measured(count: int) -> list[Way]:
    """The ways of ``count`` clicks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = cv2.resize(read_image(photo_path("coffee.png")), SIZE, interpolation=cv2.INTER_CUBIC)
        write_image(folder / "a.jpg", np.ascontiguousarray(photo, dtype=np.uint8))
        with served(folder, samples=False) as address, started_browser() as browser:
            page = browser.new_page(viewport={"width": 1366, "height": 800})
            page.goto(address)
            settled(page)
            return [_clicked(page, number) for number in range(count)]


def _clicked(page: Page, number: int) -> Way:
    rng = np.random.default_rng(number)
    if number % 4 == 0 and number > 0:
        page.keyboard.press("r")
        settled(page)
    x, y = rng.uniform(500, 1000), rng.uniform(250, 800)
    page.mouse.click(*place(page, x, y, SIZE), button="left" if number % 4 != 3 else "right")
    entry: dict[str, Any] = until(page, lambda: page.evaluate(_ENTRIES + f"[{number}] ?? null"), "a painted mask")
    settled(page)
    detail = entry["detail"]
    return Way(entry["duration"], detail["total_ms"], detail["model_ms"], detail["encodes"], number % 4 == 0)


_ENTRIES = "performance.getEntriesByName('clickcut:click').map(({ duration, detail }) => ({ duration, detail }))"


def figures_of(ways: list[Way]) -> dict[str, float | int | None]:
    """Medians in milliseconds, rounded; None where there is no such click."""
    encoded = [way for way in ways if way.encodes == 0]
    return {
        "clicks": len(ways),
        "whole_ms": _median([way.whole for way in encoded]),
        "model_ms": _median([way.model for way in encoded]),
        "all_but_the_model_ms": _median([way.whole - way.model for way in ways]),
        "of_it_the_server_ms": _median([way.server - way.model for way in ways]),
        "first_clicks_ms": _median([way.whole for way in encoded if way.is_first]),
        "further_clicks_ms": _median([way.whole for way in encoded if not way.is_first]),
        "clicks_with_a_new_crop": len(ways) - len(encoded),
        "new_crop_ms": _median([way.whole for way in ways if way.encodes > 0]),
    }


def _median(values: list[float]) -> float | None:
    return round(statistics.median(values), 1) if values else None


if __name__ == "__main__":
    main()
