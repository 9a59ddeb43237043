"""Optimising: groups, rates over time, the pull towards the start, and the average."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from clickcut.model.config import HrnetConfig, PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.ritm import ClickedHrnet
from clickcut.train.optimise import AverageWeights, Optimisation, clip_gradients, optimiser_for, pull_back, set_lr, trained_parameters
from tests.model.tiny_sam import tiny_sam

PLAIN = Optimisation(lr=0.1, weight_decay=0.02, pull=0.0, warmup_steps=0, decay="cosine", clip=None, average=0.0)
LAYERED = replace(PLAIN, layer_decay=0.75)


def tiny_vit() -> EarlyFusion:
    return EarlyFusion(PlainVitConfig(patch=16, dim=32, depth=4, heads=2, neck_dims=(8, 16, 24, 32), head_channels=16))


@pytest.mark.parametrize("network", [tiny_sam(), tiny_vit()], ids=["late", "early"])
@pytest.mark.parametrize("optimisation", [PLAIN, LAYERED], ids=["one rate", "layer decay"])
def test_every_trained_parameter_is_in_exactly_one_group(network: nn.Module, optimisation: Optimisation) -> None:
    network.requires_grad_(True)

    optimiser = optimiser_for(trained_parameters(network), optimisation)

    grouped = Counter(id(parameter) for group in optimiser.param_groups for parameter in group["params"])
    assert grouped == Counter(id(parameter) for parameter in network.parameters())


def test_frozen_parameters_are_in_no_group() -> None:
    network = tiny_sam()
    network.image_encoder.requires_grad_(False)

    names = trained_parameters(network)

    assert {name.split(".")[0] for name in names} == {"prompt_encoder", "mask_decoder"}


def shares(network: nn.Module, optimisation: Optimisation) -> dict[str, float]:
    """Each parameter's share of the full rate."""
    parameters = trained_parameters(network)
    optimiser = optimiser_for(parameters, optimisation)
    rates = {id(parameter): group["lr"] / optimisation.lr for group in optimiser.param_groups for parameter in group["params"]}
    return {name: rates[id(parameter)] for name, parameter in parameters.items()}


def test_layer_decay_lowers_the_rate_with_the_distance_to_the_head() -> None:
    rates = shares(tiny_vit(), LAYERED)

    for name, rate in rates.items():
        if "backbone.blocks." in name:
            block = int(name.split("backbone.blocks.")[1].split(".")[0])
            assert rate == pytest.approx(0.75 ** (4 - block)), name
        elif name.startswith(("neck", "head")):
            assert rate == pytest.approx(1.0), name


def test_layer_decay_covers_the_click_embedding_as_it_covers_the_images() -> None:
    rates = shares(tiny_vit(), LAYERED)

    first = {name: rate for name, rate in rates.items() if "patch_embed" in name or name.endswith(("pos_embed", "cls_token"))}
    assert any(name.startswith("patch_embed_coords") for name in first)
    assert all(rate == pytest.approx(0.75**5) for rate in first.values())


def test_an_hrnets_extractor_learns_slower_but_for_its_object_context() -> None:
    rates = shares(ClickedHrnet(HrnetConfig(width=4, ocr_width=6, small=True)), replace(PLAIN, extractor_share=0.1))

    slow = {name.split(".")[1] for name, rate in rates.items() if rate == pytest.approx(0.1)}
    fast = {".".join(name.split(".")[:2]) for name, rate in rates.items() if rate == pytest.approx(1.0)}
    assert slow >= {"conv1", "layer1", "stage2", "stage4", "aux_head", "cls_head"}
    assert {name for name in fast if name.startswith("feature_extractor")} == {
        "feature_extractor.conv3x3_ocr",
        "feature_extractor.ocr_distri_head",
    }
    assert all(rate == pytest.approx(1.0) for name, rate in rates.items() if name.startswith("maps_transform"))


def test_without_layer_decay_all_rates_are_equal() -> None:
    assert set(shares(tiny_vit(), PLAIN).values()) == {1.0}


def test_vectors_and_embeddings_of_places_do_not_decay() -> None:
    network = tiny_vit()
    parameters = trained_parameters(network)

    optimiser = optimiser_for(parameters, LAYERED)

    decays = {id(parameter): group["weight_decay"] for group in optimiser.param_groups for parameter in group["params"]}
    for name, parameter in parameters.items():
        expected = 0.0 if parameter.ndim == 1 or name.endswith(("pos_embed", "cls_token")) else 0.02
        assert decays[id(parameter)] == expected, name


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (0, 0.25),  # warm-up climbs to the full rate
        (3, 1.0),
        (4, 1.0),  # and the cosine begins there
        (9, 0.5),
        (13, 0.5 * (1 + math.cos(0.9 * math.pi))),
    ],
)
def test_the_rate_warms_up_and_falls_as_a_cosine(step: int, share: float) -> None:
    assert replace(PLAIN, warmup_steps=4).lr_share(step, 14) == pytest.approx(share)


@pytest.mark.parametrize(("step", "share"), [(0, 1.0), (4, 1.0), (5, 0.1), (8, 0.1), (9, 0.01)])
def test_the_rate_falls_by_tenths_at_milestones(step: int, share: float) -> None:
    assert replace(PLAIN, decay=(0.5, 0.9)).lr_share(step, 10) == pytest.approx(share)


def test_setting_the_rate_keeps_the_groups_shares() -> None:
    optimiser = optimiser_for(trained_parameters(tiny_vit()), LAYERED)
    full = [group["lr"] for group in optimiser.param_groups]

    set_lr(optimiser, 0.3)
    set_lr(optimiser, 0.5)

    assert [group["lr"] for group in optimiser.param_groups] == [0.5 * lr for lr in full]


def test_the_pull_moves_weights_by_rate_times_pull_towards_their_start() -> None:
    weight = nn.Parameter(torch.tensor([[3.0, -1.0]]))
    optimiser = optimiser_for({"weight": weight}, PLAIN)

    pull_back(optimiser, {weight: torch.tensor([[1.0, 1.0]])}, 2.5)

    assert_close(weight.detach(), torch.tensor([[2.5, -0.5]]))  # a quarter of the way


def test_the_pull_never_overshoots() -> None:
    weight = nn.Parameter(torch.tensor([3.0]))

    pull_back(optimiser_for({"weight": weight}, PLAIN), {weight: torch.tensor([1.0])}, 1000.0)

    assert weight.item() == 1.0


def test_no_pull_leaves_weights_alone() -> None:
    weight = nn.Parameter(torch.tensor([3.0]))

    pull_back(optimiser_for({"weight": weight}, PLAIN), {weight: torch.tensor([1.0])}, 0.0)

    assert weight.item() == 3.0


def test_the_average_begins_as_a_plain_mean_without_the_start() -> None:
    weight = nn.Parameter(torch.tensor([100.0]))
    average = AverageWeights({"weight": weight}, 0.998)

    for step, value in enumerate((1.0, 2.0, 6.0)):
        weight.data.fill_(value)
        average.update({"weight": weight}, step)

    assert_close(average.values["weight"], torch.tensor([3.0]))


def test_later_the_average_forgets_by_its_decay() -> None:
    weight = nn.Parameter(torch.tensor([0.0]))
    average = AverageWeights({"weight": weight}, 0.5)
    average.update({"weight": weight}, 10)

    weight.data.fill_(8.0)
    average.update({"weight": weight}, 11)

    assert_close(average.values["weight"], torch.tensor([4.0]))


def test_the_average_shares_no_memory_with_the_weights() -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    average = AverageWeights({"weight": weight}, 0.0)

    weight.data.fill_(5.0)

    assert average.values["weight"].item() == 1.0


def test_gradients_are_shortened_together_and_their_length_before_is_told() -> None:
    weights = [nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]
    for weight, value in zip(weights, (3.0, 4.0), strict=True):
        weight.grad = torch.tensor([value])

    assert clip_gradients(weights, 1.0) == pytest.approx(5.0)
    assert_close(torch.cat([weight.grad for weight in weights if weight.grad is not None]), torch.tensor([0.6, 0.8]))


def test_without_a_limit_gradients_stay_and_their_length_is_told() -> None:
    weight = nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([300.0, 400.0])

    assert clip_gradients([weight], None) == pytest.approx(500.0)
    assert weight.grad.tolist() == [300.0, 400.0]


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"average": 1.0}, {"average": -0.1}, {"layer_decay": 0.0}, {"layer_decay": 1.2}])
def test_impossible_values_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected lr > 0, average in"):
        replace(PLAIN, **wrong)  # type: ignore[arg-type]
