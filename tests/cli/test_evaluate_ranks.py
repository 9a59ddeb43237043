"""``clickcut evaluate`` under torchrun, over gloo on a CPU: shares of the objects, one result, and an interrupted run that goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clickcut.core.images import write_image, write_label_map
from tests.evaluate.fakes import labels_with

pytestmark = pytest.mark.slow  # each run of two ranks begins with three interpreters that import torch

ROOT = Path(__file__).resolve().parents[2]
CLICKS = 20


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eight photos of two objects each."""
    folder = tmp_path / "many"
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for index in range(8):
        labels = labels_with([(1, slice(4, 20 + index), slice(4, 20)), (2, slice(30, 44), slice(20 + index, 60))])
        write_label_map(folder / "masks" / f"{index}.png", labels)
        write_image(folder / "images" / f"{index}.png", np.repeat((40 + 60 * labels).astype(np.uint8)[:, :, None], 3, axis=2))
    return folder


def started(ranks: int, *arguments: str | Path | int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks), "-m"]
    command = [*(torchrun if ranks > 1 else [sys.executable, "-m"]), "clickcut", "evaluate", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(ranks: int, *arguments: str | Path | int) -> str:
    run = started(ranks, *arguments)
    out, err = run.communicate(timeout=300)
    assert run.returncode == 0, err[-3000:]
    return out


def answers(out: Path) -> list[Any]:
    objects = json.loads((out / "results.json").read_text())["objects"]
    return [(one["image"], one["object"], one["clicks"]) for one in objects]


def num_results(journal: Path) -> int:
    return sum('"image"' in line for line in journal.read_text().splitlines()) if journal.exists() else 0


def test_two_ranks_find_what_one_process_finds_and_one_of_them_tells(photos: Path, weights: Path, tmp_path: Path) -> None:
    options = (photos, "--weights", weights, "--max-clicks", CLICKS)
    finished(1, *options, "--out", tmp_path / "one")

    told = finished(2, *options, "--out", tmp_path / "two", "--batch", 4)

    assert answers(tmp_path / "two") == answers(tmp_path / "one")
    assert told.count("Eval results") == 1
    assert json.loads((tmp_path / "two" / "results.json").read_text())["settings"]["ranks"] == 2
    assert not list((tmp_path / "two").glob("journal-*"))


def test_an_interrupted_run_of_two_ranks_goes_on_with_one_and_with_three(photos: Path, weights: Path, tmp_path: Path) -> None:
    options = (photos, "--weights", weights, "--max-clicks", CLICKS)
    finished(1, *options, "--out", tmp_path / "whole")
    out = tmp_path / "out"
    run = started(2, *options, "--out", out)
    waited_until = time.monotonic() + 120
    while num_results(out / "journal-1.jsonl") < 1 and time.monotonic() < waited_until and run.poll() is None:
        time.sleep(0.01)
    run.terminate()
    run.communicate(timeout=60)
    kept = num_results(out / "journal.jsonl") + num_results(out / "journal-1.jsonl")
    assert 1 <= kept < 16
    assert not (out / "results.json").exists()

    three = finished(3, *options, "--out", out)
    one = finished(1, *options, "--out", out)

    assert answers(out) == answers(tmp_path / "whole")
    assert num_results(out / "journal.jsonl") == 16  # nothing was measured twice
    assert three.splitlines()[:2] == one.splitlines()[:2]
