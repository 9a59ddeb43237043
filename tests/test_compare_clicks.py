"""The tool that compares the clicks of two evaluations, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clickcut.evaluate.benchmark import Benchmark
from clickcut.evaluate.entry import RESULTS, evaluate_benchmark, settings_of
from clickcut.evaluate.protocol import Protocol
from clickcut.model.header import Header
from clickcut.model.weights import save_weights
from clickcut.predict.opening import open_predictor
from tests.evaluate.fakes import labelled_folder
from tests.model.tiny_sam import TINY_SAM, tiny_sam
from tools.compare_clicks import main


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_weights(path, tiny_sam(), Header(TINY_SAM, {"name": "tiny"}, {"zoom": None}))
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "shapes")


@pytest.fixture(autouse=True)
def _without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickcut.evaluate.reports.plot.can_plot", lambda: False)


def evaluated(photos: Path, weights: Path, out: Path, batch: int = 1) -> Path:
    predictor = open_predictor(weights)
    evaluate_benchmark(
        Benchmark.at(photos, Protocol()), predictor, Protocol(max_clicks=3), out=out, settings=settings_of(predictor, weights), batch=batch
    )
    return out


def test_a_batch_and_one_object_at_a_time_are_alike(
    photos: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, together = (evaluated(photos, weights, tmp_path / str(batch), batch) for batch in (1, 4))

    status = main([str(alone), str(together / RESULTS)])

    assert (status, capsys.readouterr().out) == (0, "5 of 5 objects were clicked alike (100.00%)\n")


def test_differences_are_named_and_traced(photos: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone, other = (evaluated(photos, weights, tmp_path / name) for name in ("alone", "other"))
    value = json.loads((other / RESULTS).read_text())
    value["objects"][0]["clicks"][0] = [12, 12, True]  # as deep as (11, 11)
    value["objects"][2]["clicks"][0] = [10, 12, True]  # at the edge
    (other / RESULTS).write_text(json.dumps(value))

    status = main([str(alone), str(other), "--photos", str(photos), "--weights", str(weights)])

    first, tie, edge, last = capsys.readouterr().out.splitlines()
    assert status == 1
    assert first == "3 of 5 objects were clicked alike (60.00%)"
    assert tie.startswith("a.png, object 1, click 1: +(x=11, y=11) and +(x=12, y=12); depths 8.000 and 8.000 pixels")
    assert edge.endswith("depths 10.000 and 1.000 pixels in a mask of IoU 0.0000: a gap of 9.0000")
    assert last == "1 of them are no near-ties"


def test_other_weights_than_those_of_the_results_trace_nothing(photos: Path, weights: Path, tmp_path: Path) -> None:
    alone = evaluated(photos, weights, tmp_path / "alone")
    save_weights(weights, tiny_sam(seed=1), Header(TINY_SAM, {"name": "tiny"}, {"zoom": None}))

    with pytest.raises(ValueError, match="expected the weights that the results were made with"):
        main([str(alone), str(alone), "--photos", str(photos), "--weights", str(weights)])
