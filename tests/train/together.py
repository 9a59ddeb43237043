"""A small run as one of several processes: what tests start with torchrun, and call in their own process to compare with.

    torchrun --nproc-per-node 2 tests/train/together.py OPTIONS

``OPTIONS`` is JSON: the fields of ``Options``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from clickcut.model.build import AnyNetwork, build_network
from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.network import ClickBatch
from clickcut.model.ranks import ALONE, Ranks, joined_ranks
from clickcut.train import engine as engine_module
from clickcut.train import rollout as rollout_module
from clickcut.train.batches import Batch, Seen
from clickcut.train.checkpoint import whole_weights
from clickcut.train.engine import Engine
from clickcut.train.loop import Stopped, Watch, train_network
from clickcut.train.rollout import Outcome, Targets
from tests.train.small import SMALL_WHOLE, Told

TINY_VIT = PlainVitConfig(
    patch=16, dim=32, depth=4, heads=2, neck_dims=(8, 16, 24, 32), head_channels=16, input_hw=(224, 224), pos_grid=(14, 14)
)
TINY_HRNET = HrnetConfig(width=1, ocr_width=4, small=True)
CONFIGS: dict[str, ModelConfig] = {"vit": TINY_VIT, "hrnet": TINY_HRNET}
SIDES = {"vit": 224, "hrnet": 64}

RECIPE = replace(
    SMALL_WHOLE,
    batch_size=4,
    steps=3,
    rollout=replace(SMALL_WHOLE.rollout, warmup=(0, 2), graded=(1, 3), weights=(1.0, 2.0, 3.0)),
    optimisation=replace(SMALL_WHOLE.optimisation, weight_decay=0.5, layer_decay=0.75),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a run of this file does; ``stop_rank`` asks itself to stop (SIGTERM) in step ``stop_step``, ``kill`` ends it there at once."""

    out: str
    network: str = "vit"
    steps: int = 3
    checkpoint_every: int = 100
    resume: bool = False
    accumulate: int = 1
    workers: int = 0
    sharded: bool = False
    recomputed: bool = False
    compiled: bool = False
    stop_rank: int = -1
    stop_step: int = 0
    kill: bool = False


@dataclass(frozen=True, slots=True)
class Noise:
    """Pixels of noise in which a random rectangle, the object, is brighter.

    In doubles, where asked: Adam turns a gradient that is nothing but rounding (that of a key's bias is 0 by rights) into a whole step in a
    random direction, so that in floats no two ways of summing agree.
    """

    side: int
    dtype: torch.dtype = torch.float64

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch:
        pixels = torch.from_numpy(rng.random((batch_size, 3, self.side, self.side)) * 0.5)
        labels = torch.zeros(batch_size, 32, 32, dtype=torch.int8)
        for row in range(batch_size):
            top, left = (int(corner) for corner in rng.integers(0, 16, size=2))
            labels[row, top : top + 12, left : left + 12] = 1
        step = self.side // 32
        pixels += 0.5 * (labels == 1).repeat_interleave(step, dim=1).repeat_interleave(step, dim=2)[:, None]
        return Batch(Seen("pixels", (pixels.to(self.dtype),)), Targets(labels, labels >= 0, (step, step)), ("x",) * batch_size)


def network_of(kind: str) -> AnyNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(CONFIGS[kind])
    if isinstance(network, EarlyFusion):
        network.head.dropout.p = 0.0  # each rank drops channels of its own, which no joined batch repeats
        network.double()
    return network


def run(options: Options, ranks: Ranks = ALONE) -> AnyNetwork:
    """Trains, and gives the network with its averaged weights."""
    network = network_of(options.network)
    dtype = torch.float64 if options.network == "vit" else torch.float32
    source = Noise(SIDES[options.network], dtype)
    engine = Engine(ranks, options.workers, options.accumulate, options.sharded, options.recomputed, options.compiled)

    @torch.inference_mode()
    def measure() -> dict[str, float]:
        features = network.encode(torch.zeros(1, 3, source.side, source.side, dtype=dtype))
        return {"NoC@90": float(network.decode(features, None, ClickBatch.of([()])).abs().mean())}

    watch = Watch(measure, None, Told())
    recipe = replace(RECIPE, steps=options.steps)
    out = Path(options.out)
    train_network(
        network, source, recipe, out, watch=watch, checkpoint_every=options.checkpoint_every, resume=options.resume, engine=engine
    )
    return network


def _main(options: Options) -> None:
    torch.set_num_threads(1)
    num_passes: list[int] = []
    num_rollouts = 0
    roll_out = rollout_module.roll_out
    with joined_ranks("cpu", sharded=options.sharded) as ranks:

        def recorded(*args: object, **kwargs: object) -> Outcome:
            nonlocal num_rollouts
            num_rollouts += 1
            if ranks.rank == options.stop_rank and num_rollouts == options.stop_step * options.accumulate:
                os.kill(os.getpid(), signal.SIGKILL if options.kill else signal.SIGTERM)
            outcome = roll_out(*args, **kwargs)  # type: ignore[arg-type]
            num_passes.append(outcome.num_passes)
            return outcome

        engine_module.roll_out = recorded  # type: ignore[attr-defined]
        out = Path(options.out)
        try:
            network = run(options, ranks)
        except Stopped as stopped:
            (out / f"stopped-{ranks.rank}").write_text(str(stopped))
            return
        weights = whole_weights(network)
        statistics = {name: tensor for name, tensor in weights.items() if "running" in name}
        (out / f"rank-{ranks.rank}.json").write_text(
            json.dumps({"passes": num_passes, "statistics": {name: tensor.tolist() for name, tensor in statistics.items()}})
        )
        if ranks.is_first:
            save_file({name: tensor.contiguous() for name, tensor in weights.items()}, out / "final.safetensors")


def as_argument(options: Options) -> str:
    return json.dumps(asdict(options))


if __name__ == "__main__":
    _main(Options(**json.loads(sys.argv[1])))
