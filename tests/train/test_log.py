"""Logs: metrics that a resumed run continues, and the estimate of what is left."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from clickcut.train.log import MetricsLog, Pace


def lines(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_line_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "m.jsonl", from_step=0)

    log.write(step=1, loss=0.5)

    assert lines(tmp_path / "m.jsonl") == [{"step": 1, "loss": 0.5}]
    log.close()


def test_a_new_run_begins_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"step": 1}\n')

    MetricsLog(tmp_path / "m.jsonl", from_step=0).close()

    assert lines(tmp_path / "m.jsonl") == []


def test_a_resumed_run_drops_what_lies_beyond_its_step(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"step": 1}\n{"step": 2}\n{"step": 2, "validation": {}}\n{"step": 3}\n')

    log = MetricsLog(tmp_path / "m.jsonl", from_step=2)
    log.write(step=3, loss=1.0)
    log.close()

    assert lines(tmp_path / "m.jsonl") == [{"step": 1}, {"step": 2}, {"step": 2, "validation": {}}, {"step": 3, "loss": 1.0}]


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"step": 1}\n{"step": 2, "lo')

    MetricsLog(tmp_path / "m.jsonl", from_step=2).close()

    assert lines(tmp_path / "m.jsonl") == [{"step": 1}]


def test_resuming_without_a_log_begins_one(tmp_path: Path) -> None:
    MetricsLog(tmp_path / "m.jsonl", from_step=2).close()

    assert (tmp_path / "m.jsonl").read_text() == ""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def test_what_is_left_is_told_at_the_pace_so_far(clock: Clock) -> None:
    pace = Pace(steps_left=1801)

    clock.now += 2.0
    took = pace.step()

    assert took == 2.0
    assert pace.left == "1:00:00"


def test_one_slow_step_changes_the_estimate_a_little(clock: Clock) -> None:
    pace = Pace(steps_left=102)
    clock.now += 1.0
    pace.step()

    clock.now += 21.0
    pace.step()

    assert pace.seconds == pytest.approx(2.0)
    assert pace.left == "0:03:20"
