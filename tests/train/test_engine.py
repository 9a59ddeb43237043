"""The engine in one process: micro-batches, recomputing, and what BatchNorm remembers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.testing import assert_close

from clickcut.train.engine import Engine, Rolling, prepared, running_statistics
from clickcut.train.loader import drawn
from tests.train.together import RECIPE, SIDES, Noise, Options, network_of, run


def loss_and_gradients(engine: Engine) -> tuple[torch.Tensor, dict[str, torch.Tensor], int]:
    """Of one rollout of a ViT; and how many tensors were kept for the backward pass."""
    network = network_of("vit").train()
    module = prepared(Rolling(network, RECIPE.rollout, RECIPE.losses), engine)
    kept: list[int] = []

    def counted(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(counted, lambda tensor: tensor):
        loss, _, _ = module(drawn(Noise(SIDES["vit"]), 0, 0, range(2)), np.random.default_rng(0))
    loss.backward()
    return loss, {name: tensor.grad for name, tensor in network.named_parameters() if tensor.grad is not None}, sum(kept)


def test_recomputed_blocks_give_the_same_gradients_and_keep_less() -> None:
    loss, gradients, kept = loss_and_gradients(Engine())
    again, recomputed, kept_less = loss_and_gradients(Engine(recomputed=True))

    assert torch.equal(loss, again)
    assert gradients.keys() == recomputed.keys()
    for name, gradient in gradients.items():
        assert torch.equal(gradient, recomputed[name]), name
    assert kept_less < 0.75 * kept  # what is left is mostly the head's, whose maps are large beside those of so thin a ViT


def test_recomputing_changes_no_names() -> None:
    network = network_of("vit")
    names = list(network.state_dict())

    prepared(Rolling(network, RECIPE.rollout, RECIPE.losses), Engine(recomputed=True))

    assert list(network.state_dict()) == names


def test_batch_norm_cannot_be_recomputed() -> None:
    network = network_of("hrnet")

    with pytest.raises(ValueError, match="expected a network of transformer blocks"):
        prepared(Rolling(network, RECIPE.rollout, RECIPE.losses), Engine(recomputed=True))


@pytest.mark.slow
@pytest.mark.parametrize("accumulate", [2, 4])
def test_micro_batches_add_up_to_the_whole_batch(accumulate: int, tmp_path: Path) -> None:
    whole = run(Options(str(tmp_path / "whole"), steps=2))

    parts = run(Options(str(tmp_path / "parts"), steps=2, accumulate=accumulate))

    # In doubles, so that the order of sums is all that differs; a step moves weights by about 1e-3.
    for (name, tensor), other in zip(parts.state_dict().items(), whole.state_dict().values(), strict=True):
        assert_close(tensor, other, rtol=0.0, atol=1e-11, msg=name)


def test_running_statistics_are_batch_norms_alone() -> None:
    network = nn.ModuleDict({"norm": nn.BatchNorm2d(2), "inner": nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3))})
    network.register_buffer("fixed", torch.ones(1))

    assert set(running_statistics(network)) == {
        f"{place}.{name}" for place in ("norm", "inner.0") for name in ("running_mean", "running_var", "num_batches_tracked")
    }
    assert running_statistics(nn.BatchNorm1d(3)).keys() == {"running_mean", "running_var", "num_batches_tracked"}
    assert not running_statistics(network_of("vit"))


def test_a_run_hands_out_averaged_statistics_beside_averaged_weights(tmp_path: Path) -> None:
    statistics = running_statistics(run(Options(str(tmp_path), network="hrnet", steps=2)))

    stored = load_file(tmp_path / "checkpoint.safetensors")
    means = [name for name in statistics if name.endswith("running_mean")]
    assert means
    assert all(torch.equal(statistics[name], stored[f"average/{name}"]) for name in means)
    assert any(not torch.equal(statistics[name], stored[f"statistics/{name}"]) for name in means)


@pytest.mark.parametrize(("workers", "accumulate"), [(-1, 1), (0, 0)])
def test_impossible_counts_are_refused(workers: int, accumulate: int) -> None:
    with pytest.raises(ValueError, match="expected 0 or more workers and 1 or more micro-batches"):
        Engine(workers=workers, accumulate=accumulate)
