"""Several processes over gloo on a CPU: they train as one would, agree on what must be alike, stop together and go on in other numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.testing import assert_close

from clickcut.model.weights import load_network
from tests.data.photos import write_folder
from tests.train.together import Options, as_argument, run

pytestmark = pytest.mark.slow  # each run of two ranks begins with three interpreters that import torch

ROOT = Path(__file__).resolve().parents[2]
STARTED_BY = {
    "torchrun": [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
    "alone": [sys.executable],
}


def start(options: Options, *, by: str = "torchrun") -> subprocess.CompletedProcess[str]:
    Path(options.out).mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), "OMP_NUM_THREADS": "1"}
    command = [*STARTED_BY[by], str(ROOT / "tests" / "train" / "together.py"), as_argument(options)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def finished(options: Options, *, by: str = "torchrun") -> dict[str, Tensor]:
    """The weights that a run of fresh processes hands out."""
    ran = start(options, by=by)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return load_file(Path(options.out) / "final.safetensors")


def here(options: Options) -> dict[str, Tensor]:
    """The same in this process alone."""
    return dict(run(options).state_dict())


def assert_near(weights: dict[str, Tensor], others: dict[str, Tensor]) -> None:
    """Equal but for the order of sums: in doubles, far below what a step moves (about 1e-3)."""
    assert weights.keys() == others.keys()
    for name, tensor in weights.items():
        assert_close(tensor, others[name], rtol=0.0, atol=1e-11, msg=name)


def assert_same(weights: dict[str, Tensor], others: dict[str, Tensor]) -> None:
    assert weights.keys() == others.keys()
    for name, tensor in weights.items():
        assert torch.equal(tensor, others[name]), name


def of_rank(out: Path, rank: int) -> dict[str, object]:
    told: dict[str, object] = json.loads((out / f"rank-{rank}.json").read_text())
    return told


def test_two_ranks_train_as_one_does_on_the_joined_batch_and_agree_on_passes(tmp_path: Path) -> None:
    together = finished(Options(str(tmp_path / "two")))

    assert_near(together, here(Options(str(tmp_path / "one"))))
    passes = of_rank(tmp_path / "two", 0)["passes"]
    assert passes == of_rank(tmp_path / "two", 1)["passes"] == [2, 4, 2]


def test_two_ranks_of_two_micro_batches_train_as_one_does(tmp_path: Path) -> None:
    together = finished(Options(str(tmp_path / "two"), accumulate=2, recomputed=True))

    assert_near(together, here(Options(str(tmp_path / "one"))))


def test_sharded_weights_are_saved_on_two_ranks_and_gone_on_with_on_one(tmp_path: Path) -> None:
    out = tmp_path / "sharded"
    finished(Options(str(out), sharded=True, recomputed=True, checkpoint_every=2, steps=4))
    whole = here(Options(str(tmp_path / "one"), steps=4))
    ran = start(Options(str(tmp_path / "cut"), sharded=True, steps=4, stop_rank=1, stop_step=2))
    assert ran.returncode == 0, ran.stderr[-3000:]

    resumed = here(Options(str(tmp_path / "cut"), steps=4, resume=True))

    assert_near(load_file(out / "final.safetensors"), whole)
    assert_near(resumed, whole)


def test_what_one_rank_saved_two_go_on_with_in_shards(tmp_path: Path) -> None:
    out = tmp_path / "cut"
    start(Options(str(out), steps=4, stop_rank=0, stop_step=2), by="alone")

    resumed = finished(Options(str(out), steps=4, sharded=True, resume=True))

    assert_near(resumed, here(Options(str(tmp_path / "whole"), steps=4)))


def test_a_request_to_one_rank_stops_all_with_a_checkpoint(tmp_path: Path) -> None:
    ran = start(Options(str(tmp_path), stop_rank=1, stop_step=2))

    assert ran.returncode == 0, ran.stderr[-3000:]
    for rank in range(2):
        assert (tmp_path / f"stopped-{rank}").read_text() == "stopped at step 2 of 3; go on with --resume"
    assert (tmp_path / "checkpoint.safetensors").is_file()


def test_running_statistics_are_the_same_on_all_ranks(tmp_path: Path) -> None:
    together = finished(Options(str(tmp_path / "two"), network="hrnet"))

    statistics = of_rank(tmp_path / "two", 0)["statistics"]
    assert statistics == of_rank(tmp_path / "two", 1)["statistics"]
    assert any(name.endswith("running_var") and not torch.equal(tensor, torch.ones_like(tensor)) for name, tensor in together.items())


@pytest.mark.parametrize("network", ["vit", "hrnet"])
def test_a_run_that_was_killed_and_goes_on_gives_the_same_bits(network: str, tmp_path: Path) -> None:
    cut = Options(str(tmp_path / "cut"), network=network, steps=4, checkpoint_every=2)
    whole = finished(Options(str(tmp_path / "whole"), network=network, steps=4), by="alone")
    killed = start(replace(cut, stop_rank=0, stop_step=4, kill=True), by="alone")

    resumed = finished(replace(cut, resume=True), by="alone")

    assert killed.returncode == -9
    assert_same(resumed, whole)


def test_a_run_asked_to_stop_that_goes_on_gives_the_same_bits(tmp_path: Path) -> None:
    cut = Options(str(tmp_path / "cut"), network="hrnet", steps=4)
    whole = finished(Options(str(tmp_path / "whole"), network="hrnet", steps=4), by="alone")
    start(replace(cut, stop_rank=0, stop_step=3), by="alone")

    resumed = finished(replace(cut, resume=True), by="alone")

    assert_same(resumed, whole)


@pytest.mark.filterwarnings("ignore:This DataLoader will create 2")  # on a machine with one core
def test_workers_draw_what_a_run_draws_itself(tmp_path: Path) -> None:
    assert_same(here(Options(str(tmp_path / "workers"), workers=2)), here(Options(str(tmp_path / "none"))))


def test_the_command_trains_on_two_ranks_of_which_the_first_one_writes(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", 4)  # of which none is held out
    places = ["--data", str(tmp_path / "set"), "--out", str(tmp_path / "out"), "--threads", "1"]
    options = ["--steps", "1", "--accumulate", "2", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}

    ran = subprocess.run(
        [*STARTED_BY["torchrun"], "-m", "clickcut.train", "clickcut-s", *places, *options],
        env=environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.count("step 1 of 1, loss ") == 1
    assert len([line for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines() if '"loss"' in line]) == 1
    assert load_network(tmp_path / "out" / "model.safetensors")[1].card["name"] == "clickcut-s"


def test_compiled_blocks_give_the_same_weights(tmp_path: Path) -> None:
    # In a process of its own: torch's compiler warns about other parts of torch, which is an error here.
    compiled = finished(Options(str(tmp_path / "compiled"), compiled=True, recomputed=True), by="alone")

    assert_near(compiled, here(Options(str(tmp_path / "plain"))))
