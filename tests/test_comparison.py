"""``tools/comparison.py`` from end to end, on a generated folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.evaluate.results import read_results
from tests.evaluate.fakes import labelled_folder
from tools.comparison import main, method_name

FEW = ("--limit", "2", "--max-clicks", "3")


def test_several_methods_on_several_sets_make_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("clickcut.evaluate.reports.plot.can_plot", lambda: False)
    sets = [str(labelled_folder(Path(name))) for name in ("first", "second")]

    status = main([*sets, "--weights", "watershed", "opencv-grabcut", *FEW])

    told = capsys.readouterr()
    assert status == 0, told.err
    rows = [line.split(" | ")[:3] for line in told.out.splitlines() if line.startswith(("| first", "| second"))]
    assert rows == [[f"| {place}", name, "2"] for place in ("first", "second") for name in ("watershed", "opencv-grabcut")]
    assert "clickcut evaluate second --weights watershed --out comparison/watershed/second" in told.err
    assert Path("comparison/comparison.md").read_text().splitlines() == told.out.splitlines()[:6]
    assert len(read_results(Path("comparison/watershed/first/results.json")).objects) == 2


def test_what_is_there_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("clickcut.evaluate.reports.plot.can_plot", lambda: False)
    call = [str(labelled_folder(Path("first"))), "--weights", "watershed", *FEW]
    main(call)
    table = capsys.readouterr().out

    main(call)

    again = capsys.readouterr()
    assert again.out == table
    assert "first: 2 of 2" in again.err


def test_a_call_that_fails_ends_the_comparison_with_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["none", "--weights", "watershed"]) == 2
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("clickcut-s", "clickcut-s"),
        ("runs/first/best.safetensors", "best"),
        ("onnx:a/sam.onnx,b/decoder.onnx", "sam+decoder"),
    ],
)
def test_a_method_is_named_without_its_path(weights: str, expected: str) -> None:
    assert method_name(weights) == expected
