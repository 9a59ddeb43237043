from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.core.clicks import Click
from clickcut.evaluate.benchmark import Benchmark, benchmark_objects
from clickcut.evaluate.entry import evaluate_benchmark, settings_of
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.reports.choice import chosen
from clickcut.evaluate.reports.gallery import MOST_OBJECTS, gallery
from clickcut.evaluate.reports.pictures import SIDE, reduced
from clickcut.evaluate.reports.replay import clicks_to_show
from clickcut.evaluate.results import Results
from clickcut.predict.predictor import Predictor
from tests.evaluate.fakes import DiskNetwork, labelled_folder
from tests.evaluate.reports.made_up import results_of

PROTOCOL = Protocol(max_clicks=4, target=0.9)
PICTURE = re.compile(r'<img alt="([^"]*)" width="(\d+)" height="(\d+)" src="data:image/jpeg;base64,([^"]*)">')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "shapes")


@pytest.fixture
def results(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setattr("clickcut.evaluate.reports.plot.can_plot", lambda: False)
    predictor = Predictor(DiskNetwork())
    return evaluate_benchmark(
        Benchmark.at(folder, PROTOCOL), predictor, PROTOCOL, out=tmp_path / "out", settings=settings_of(predictor, "disks")
    )


def test_every_click_has_its_mask_and_its_errors(folder: Path, results: Results) -> None:
    reports: list[tuple[int, int]] = []

    html = gallery(
        results, benchmark_objects(folder, PROTOCOL), Predictor(DiskNetwork()), 2, on_shown=lambda *report: reports.append(report)
    )

    taken = [one.result for one in chosen(results.objects, PROTOCOL, 2)]
    pictures = PICTURE.findall(html)
    assert len(pictures) == 2 * sum(len(one.clicks) for one in taken)
    assert all(f"mask of {one.image}, object {one.object_id} after click 1" in html for one in taken)
    assert "made again" not in html  # the same network gives the same masks
    assert reports == [(0, 2), (1, 2), (2, 2)]
    with Image.open(io.BytesIO(base64.b64decode(pictures[0][3]))) as picture:
        assert picture.size == (int(pictures[0][1]), int(pictures[0][2]))


def test_a_mask_that_comes_out_otherwise_is_told(folder: Path, results: Results) -> None:
    altered = replace(results, objects=tuple(replace(one, ious=(0.123,) * len(one.ious)) for one in results.objects))

    html = gallery(altered, benchmark_objects(folder, PROTOCOL), Predictor(DiskNetwork()), 1)

    assert "IoU 0.123 (made again: " in html


@pytest.mark.parametrize("wanted", [-1, MOST_OBJECTS + 1])
def test_a_page_that_nobody_can_open_is_refused(results: Results, wanted: int) -> None:
    with pytest.raises(ValueError, match=f"0 to {MOST_OBJECTS} objects"):
        gallery(results, (), Predictor(DiskNetwork()), wanted)


def test_failures_worst_middle_and_best_are_chosen_in_turn() -> None:
    made_up = results_of((0.96,), (0.5, 0.96), (0.5, 0.6, 0.96), (0.5, 0.6, 0.7, 0.96), (0.5,) * 20, (0.3,) * 20)

    found = chosen(made_up.objects, made_up.protocol, 4)
    everything = chosen(made_up.objects, made_up.protocol, 40)

    assert [(one.result.image, one.reason) for one in found] == [
        ("5.png", "failure"),  # never reached, and the lower IoU
        ("3.png", "worst"),
        ("2.png", "median"),
        ("0.png", "best"),
    ]
    assert len(everything) == len({one.result.key for one in everything}) == 6


def test_of_very_many_clicks_the_first_and_the_last_are_shown() -> None:
    assert clicks_to_show(3, 20) == (1, 2, 3)
    assert clicks_to_show(100, 6) == (1, 2, 3, 4, 99, 100)


def test_a_large_photo_is_reduced_with_its_clicks() -> None:
    image, mask = np.zeros((400, 4 * SIDE, 3), np.uint8), np.ones((400, 4 * SIDE), np.bool_)

    small, target, small_mask, clicks = reduced(image, mask.astype(np.int8), mask, (Click(200, 400, True),))

    assert small.shape[:2] == target.shape == small_mask.shape == (100, SIDE)
    assert clicks == (Click(50, 100, True),)
