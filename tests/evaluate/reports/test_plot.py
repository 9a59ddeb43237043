from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.evaluate.reports.plot import PLOT_NOTE, write_plot
from tests.evaluate.reports.made_up import NAN, results_of

RESULTS = results_of((0.82, 0.9, 0.96), (0.5,) * 20)


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    note = write_plot([RESULTS, results_of((NAN, 0.9))], tmp_path / "miou.png")

    assert note is None
    assert (tmp_path / "miou.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_there_is_a_note_and_no_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickcut.evaluate.reports.plot.find_spec", lambda name: None)

    note = write_plot([RESULTS], tmp_path / "miou.png")

    assert note == PLOT_NOTE
    assert not (tmp_path / "miou.png").exists()
