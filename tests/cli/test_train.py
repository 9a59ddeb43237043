"""``clickcut train``: what it hands on, what it says, and how it ends."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from clickcut.cli import train as command
from clickcut.core.progress import Progress
from clickcut.model.ranks import ALONE
from clickcut.train.engine import Engine
from clickcut.train.log import Tell
from clickcut.train.loop import Stopped
from clickcut.train.run import RunFiles, RunOptions
from tests.cli.conftest import Command


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, RunFiles, RunOptions]]:
    """What was asked to be trained; nothing is."""
    asked: list[tuple[str, RunFiles, RunOptions]] = []

    def train(recipe: str, files: RunFiles, options: RunOptions, *, tell: Tell, progress: Progress | None) -> Path:
        asked.append((recipe, files, options))
        assert progress is None  # nobody watches a test
        tell("step 1 of 1")
        return files.out / "model.safetensors"

    monkeypatch.setattr(command, "train", train)
    return asked


def test_every_option_reaches_the_run(clickcut: Command, runs: list[tuple[str, RunFiles, RunOptions]]) -> None:
    files_words = ("--data", "sets", "--out", "run", "--start", "w.safetensors", "--cache", "views", "--scores", "s.json", "--val", "more")
    option_words = ("--val-every", 5, "--steps", 7, "--checkpoint-every", 3, "--resume", "--threads", 1)

    ran = clickcut("train", "clickcut-s", *files_words, *option_words)

    files = RunFiles(Path("sets"), Path("run"), Path("w.safetensors"), Path("views"), Path("s.json"), Path("more"))
    assert runs == [("clickcut-s", files, RunOptions(resume=True, steps=7, checkpoint_every=3, device="cpu", threads=1, val_every=5))]
    assert (ran.status, ran.out, ran.err) == (0, f"wrote {Path('run') / 'model.safetensors'}\n", "step 1 of 1\n")


def test_what_the_engine_can_do_reaches_the_run(clickcut: Command, runs: list[tuple[str, RunFiles, RunOptions]]) -> None:
    words = ("--workers", 3, "--accumulate", 2, "--precision", "bf16", "--fsdp", "--checkpointing", "--compile")

    clickcut("train", "clickcut-s", "--data", "sets", "--out", "run", *words)

    ((_, _, options),) = runs
    assert options == RunOptions(engine=Engine(ALONE, 3, 2, sharded=True, recomputed=True, compiled=True), precision="bf16")


def test_impossible_micro_batches_are_one_clear_line(clickcut: Command) -> None:
    ran = clickcut("train", "clickcut-s", "--data", "sets", "--out", "run", "--accumulate", 0)

    assert ran.status == 2
    assert "1 or more micro-batches" in ran.err


def test_what_is_left_out_is_the_runs_default(clickcut: Command, runs: list[tuple[str, RunFiles, RunOptions]]) -> None:
    clickcut("train", "clickcut-s", "--data", "sets", "--out", "run")

    assert runs == [("clickcut-s", RunFiles(Path("sets"), Path("run")), RunOptions())]


def test_a_stopped_run_says_how_to_go_on_and_ends_with_1(clickcut: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*arguments: object, **options: object) -> Path:
        raise Stopped("stopped at step 3 of 7; go on with --resume")

    monkeypatch.setattr(command, "train", train)

    ran = clickcut("train", "clickcut-s", "--data", "sets", "--out", "run")

    assert (ran.status, ran.out) == (1, "")
    assert ran.error_lines == ["clickcut: stopped at step 3 of 7; go on with --resume"]


def test_ctrl_c_before_the_loop_ends_with_130(clickcut: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "train", lambda *arguments, **options: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored

    ran = clickcut("train", "clickcut-s", "--data", "sets", "--out", "run")
    signal.signal(signal.SIGINT, before)

    assert (ran.status, ran.error_lines) == (130, ["clickcut: interrupted"])


def test_a_check_tells_what_there_is_and_trains_nothing(
    clickcut: Command, benchmark: Path, runs: list[tuple[str, RunFiles, RunOptions]]
) -> None:
    ran = clickcut("train", "clickcut-s", "--data", benchmark, "--out", "run", "--check-only")

    assert (ran.status, ran.out) == (0, f"wrote {Path('run') / 'data.jpg'}\n")
    assert "  2 photos, 2 objects, 1 to 1 a photo, 1 in the middle" in ran.error_lines
    assert not runs


def test_broken_photos_are_listed_and_end_the_command_with_2(clickcut: Command, benchmark: Path) -> None:
    (benchmark / "images" / "second.png").write_bytes(b"no image")

    ran = clickcut("train", "clickcut-s", "--data", benchmark, "--out", "run")

    assert ran.status == 2
    assert any(line.startswith("broken: ") and "second.png is not an image" in line for line in ran.error_lines)
    assert ran.error_lines[-1].startswith("clickcut: error: 1 photo cannot be trained on, the first is ")
