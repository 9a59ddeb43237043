"""Pretrained HRNets as starts of RITM's network: what is taken, what begins fresh, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig
from clickcut.model.exchange.opening import open_weights
from clickcut.model.presets import PRESETS
from clickcut.model.weights import load_network

SMALL = HrnetConfig(width=2, ocr_width=4, small=True)
HEADS = ("aux_head.", "conv3x3_ocr.", "ocr_distri_head.", "cls_head.")
State = dict[str, Tensor]


@pytest.fixture(autouse=True)
def a_size_that_tests_can_afford(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "hrnet-small-of-tests", SMALL)


def pretrained() -> State:
    """An extractor as it is published, with a classifier of its own, random but for the seed."""
    rng = torch.Generator().manual_seed(0)
    own = {name.removeprefix("feature_extractor."): tensor for name, tensor in build_network(SMALL).state_dict().items()}
    state = {
        name: torch.rand(tensor.shape, generator=rng) if tensor.is_floating_point() else tensor
        for name, tensor in own.items()
        if not name.startswith((*HEADS, "maps_transform"))
    }
    return state | {"classifier.weight": torch.zeros(1000, 8), "incre_modules.0.0.conv1.weight": torch.zeros(4, 2, 1, 1)}


def saved(path: Path, value: Any) -> Path:
    torch.save(value, path)
    return path


def as_it_is(state: State) -> Any:
    return state


def within_a_module(state: State) -> Any:
    return {"state_dict": {f"model.{name}": tensor for name, tensor in state.items()}}


@pytest.mark.parametrize("published", [pytest.param(as_it_is, marks=pytest.mark.slow), within_a_module])
def test_the_extractor_is_the_pretrained_one(published: Callable[[State], Any], tmp_path: Path) -> None:
    state = pretrained()

    network, header = load_network(saved(tmp_path / "hrnet.pth", published(state)))

    assert header.config == SMALL
    assert header.card["untrained"] == ["maps_transform", "feature_extractor's heads"]
    assert any("2 tensors dropped" in note for note in header.card["notes"])
    own = network.state_dict()
    assert all(
        torch.equal(own[f"feature_extractor.{name}"], tensor) for name, tensor in state.items() if f"feature_extractor.{name}" in own
    )


@pytest.mark.slow
def test_the_last_layer_of_a_segmenter_begins_the_auxiliary_head(tmp_path: Path) -> None:
    joined = SMALL.joined_width
    last = {"last_layer.0.weight": torch.rand(joined, joined, 1, 1), "last_layer.3.weight": torch.rand(19, joined, 1, 1)}

    network, header = load_network(saved(tmp_path / "hrnet.pth", pretrained() | last))

    own = network.state_dict()
    assert torch.equal(own["feature_extractor.aux_head.0.weight"], last["last_layer.0.weight"])
    assert own["feature_extractor.aux_head.3.weight"].shape == (1, joined, 1, 1)
    assert any("auxiliary head" in note for note in header.card["notes"])


@pytest.mark.slow
def test_fresh_parts_are_the_same_on_every_call(tmp_path: Path) -> None:
    path = saved(tmp_path / "hrnet.pth", pretrained())

    one, other = (load_network(path)[0].state_dict() for _ in range(2))

    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def without_a_stage(state: State) -> State:
    return {name: tensor for name, tensor in state.items() if not name.startswith("stage3.")}


def wider(state: State) -> State:
    return state | {"stage4.0.branches.0.0.conv1.weight": torch.zeros(7, 7, 3, 3)}


@pytest.mark.parametrize(
    ("change", "told"), [(without_a_stage, "not a whole HRNet of width 2"), (wider, "an HRNet of width 7 .small. is of no size")]
)
def test_what_is_no_whole_hrnet_is_refused_with_its_file(change: Callable[[State], State], told: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "hrnet.pth", change(pretrained()))

    with pytest.raises(ValueError, match=rf"hrnet.pth: {told}"):
        open_weights(path)
