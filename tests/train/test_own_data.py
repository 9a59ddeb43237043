"""The whole way with the model that ships: one's own folder, the real command in a process of its own, interrupted and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.data.photos import write_folder

STEPS = 4
COMMANDS = [
    pytest.param(("clickcut", "train"), id="clickcut train"),
    pytest.param(("clickcut.train",), id="python -m clickcut.train"),
]


def process(command: tuple[str, ...], data: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    words = (*command, "clickcut-s", "--data", data, "--val", data.with_name("val"), "--out", out, "--cache", data.with_name("cache"))
    options = ("--steps", str(STEPS), "--val-every", str(STEPS // 2), "--checkpoint-every", "100", "--threads", "1", *more)
    places = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, words), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": places, "OMP_NUM_THREADS": "1"},
    )


def steps_of(out: Path) -> list[int]:
    path = out / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    return [line["step"] for line in lines if "loss" in line]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_twenty_photos_are_trained_on_measured_interrupted_and_gone_on_with_to_the_same_bits(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    data, whole, cut = write_folder(tmp_path / "mine", 20), tmp_path / "whole", tmp_path / "cut"
    write_folder(tmp_path / "val", 1)
    first = process(command, data, whole)
    told, _ = first.communicate(timeout=900)
    assert first.returncode == 0, told

    stopped = process(command, data, cut)
    while not steps_of(cut) and stopped.poll() is None:
        time.sleep(0.02)
    stopped.send_signal(signal.SIGTERM)
    said, _ = stopped.communicate(timeout=900)
    done = steps_of(cut)
    again = process(command, data, cut, "--resume")
    resumed, _ = again.communicate(timeout=900)

    assert stopped.returncode == 1, said
    assert f"stopped at step {len(done)} of {STEPS}; go on with --resume" in said
    assert again.returncode == 0, resumed
    for name in ("model.safetensors", "best.safetensors"):
        one, other = load_file(whole / name), load_file(cut / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(tensor, other[key]) for key, tensor in one.items()), name
    assert steps_of(whole) == steps_of(cut) == [1, 2, 3, 4]
    assert "  20 photos, 40 objects, 2 to 2 a photo, 2 in the middle" in told
    assert "step 2, --val: NoC@85" in told
    assert "step 4, --val: NoC@85" in resumed
    assert (whole / "data.jpg").stat().st_size > 10_000
