"""Reference containers: what the field saves is read, and what is written is what its code loads strictly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from clickcut.model.config import HrnetConfig, PlainVitConfig, StagesConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.exchange.opening import open_weights
from clickcut.model.exchange.reference import write_container
from clickcut.model.ritm import ClickedHrnet
from clickcut.model.stages import Stages
from clickcut.model.weights import load_network
from tests.model.exchange.containers import (
    TINY_HRNET,
    TINY_VIT,
    field_modules,
    formula_state,
    hrnet_description,
    save_hrnet,
    save_vit,
    vit_description,
)
from tests.model.test_early import PLACES, answer, figures


def plain(value: Any) -> Any:
    """A config without its loss object, which is compared by its kind alone."""
    if isinstance(value, dict):
        return {name: type(item).__name__ if isinstance(item, nn.Module) else plain(item) for name, item in value.items()}
    return value


@pytest.mark.slow
def test_a_vit_of_the_field_gives_the_golden_numbers(tmp_path: Path) -> None:
    network, header = load_network(save_vit(tmp_path / "tiny.pth"))

    assert isinstance(network, EarlyFusion)
    assert header.config == TINY_VIT
    assert header.inference == {"flip": True, "zoom": {"skip_clicks": -1}}
    golden = [3.859161, 3.456625, 4.92949, 5.82501, 3.50818, 4.14279]  # A.2, whose own tolerance is 1e-4
    assert_close(figures(answer(network, 448), PLACES), torch.tensor(golden), rtol=0, atol=1e-4)


@pytest.mark.slow
def test_an_hrnet_of_the_field_is_loaded_with_its_counts(tmp_path: Path) -> None:
    network, header = load_network(save_hrnet(tmp_path / "tiny.pth"))

    assert isinstance(network, ClickedHrnet)
    assert header.config == TINY_HRNET
    assert header.inference == {"flip": True, "zoom": {"skip_clicks": 1}}
    for name, tensor in formula_state(TINY_HRNET).items():
        assert torch.equal(network.state_dict()[name], tensor), name


@pytest.mark.parametrize(
    ("changes", "config"),
    [
        ({"random_split": True}, replace(TINY_VIT, random_split=True)),
        # configs of older scripts lack what came later
        ({"head_params": {"in_index": [0, 1, 2, 3], "num_classes": 1, "channels": 16}}, TINY_VIT),
        ({"head_params": {"in_index": [0, 1, 2, 3], "num_classes": 1, "channels": 4, "upsample": "x4"}},
         replace(TINY_VIT, head_channels=4, upsample="x4")),
    ],
)  # fmt: skip
def test_what_a_vits_config_says_is_what_is_built(tmp_path: Path, changes: dict[str, Any], config: PlainVitConfig) -> None:
    assert open_weights(save_vit(tmp_path / "tiny.pth", **changes)).header.config == config


@pytest.mark.parametrize("image", [448, (448, 448), [448, 448]])  # quirk Q28
def test_an_image_size_may_be_a_number_a_tuple_or_a_list(tmp_path: Path, image: Any) -> None:
    with field_modules() as loss:
        backbone = vit_description(loss())["params"]["backbone_params"]["value"] | {"img_size": image}

    assert open_weights(save_vit(tmp_path / "tiny.pth", backbone_params=backbone)).header.config == TINY_VIT


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"use_disks": False}, "use_disks: clickcut has no network with False"),
        ({"norm_radius": 260}, "norm_radius: clickcut has no network with 260, only with 5"),
        ({"with_prev_mask": False}, "with_prev_mask: clickcut has no network with False"),
        ({"norm_mean_std": ([0, 0, 0], [1, 1, 1])}, "norm_mean_std: expected ImageNet's"),
        ({"neck_params": {}}, r"config is incomplete or of another kind \(KeyError: 'out_dims'\)"),
        ({"backbone_params": None}, "config is incomplete or of another kind"),
    ],
)
def test_what_no_network_here_does_is_refused(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    path = save_vit(tmp_path / "tiny.pth", **changes)

    with pytest.raises(ValueError, match=told) as caught:
        open_weights(path)
    assert str(caught.value).startswith(str(path))


def test_other_networks_and_other_ways_of_clicks_are_named(tmp_path: Path) -> None:
    deeplab, rgb_conv, mixed = tmp_path / "deeplab.pth", tmp_path / "rgb_conv.pth", tmp_path / "mixed.pth"
    description = hrnet_description()
    other = description | {"class": "isegm.model.is_deeplab_model.DeeplabModel"}
    torch.save({"state_dict": {"a": torch.zeros(1)}, "config": other}, deeplab)
    torch.save({"state_dict": {"rgb_conv.0.weight": torch.zeros(1)}, "config": description}, rgb_conv)
    torch.save({"state_dict": {"a": "text"}, "config": description}, mixed)

    for path, told in ((deeplab, "its network is DeeplabModel"), (rgb_conv, "quirk Q29"), (mixed, "found something else under a")):
        with pytest.raises(ValueError, match=told):
            open_weights(path)


def test_simpleclicks_way_of_saying_that_clicks_enter_by_maps_is_understood(tmp_path: Path) -> None:
    # There use_rgb_conv=True builds what RITM builds for False (quirk Q29): the tensors tell.
    assert open_weights(save_hrnet(tmp_path / "tiny.pth", use_rgb_conv=True)).header.config == TINY_HRNET


@pytest.mark.parametrize("change", ["missing", "unexpected", "misshapen"])
def test_tensors_that_do_not_fit_are_named(tmp_path: Path, change: str) -> None:
    state = formula_state(TINY_HRNET)
    name = "maps_transform.3.scale"
    if change == "unexpected":
        state["extra"] = torch.zeros(1)
    elif change == "missing":
        del state[name]
    else:
        state[name] = torch.zeros(2)
    torch.save({"state_dict": state, "config": hrnet_description()}, tmp_path / "tiny.pth")

    with pytest.raises(ValueError, match=rf"1 \((extra|{name}).*\) {change}"):
        load_network(tmp_path / "tiny.pth")


def test_what_is_written_is_what_the_fields_code_would_have_saved(tmp_path: Path) -> None:
    write_container(tmp_path / "ours.pth", TINY_VIT, formula_state(TINY_VIT))
    save_vit(tmp_path / "theirs.pth")

    with field_modules() as loss:
        ours = torch.load(tmp_path / "ours.pth", weights_only=False)  # as the field loads: by importing what is named
        theirs = torch.load(tmp_path / "theirs.pth", weights_only=False)
        assert type(ours["config"]["params"]["head_params"]["value"]["loss_decode"]) is loss
        assert plain(ours["config"]) == plain(theirs["config"])
    assert list(ours) == ["state_dict", "config"]
    assert list(ours["state_dict"]) == list(theirs["state_dict"])
    for name, tensor in theirs["state_dict"].items():
        assert ours["state_dict"][name].dtype == torch.float32
        assert torch.equal(ours["state_dict"][name], tensor), name


def test_an_hrnet_is_written_with_plain_values_alone(tmp_path: Path) -> None:
    write_container(tmp_path / "ours.pth", TINY_HRNET, formula_state(TINY_HRNET))

    ours = torch.load(tmp_path / "ours.pth", weights_only=True)

    params = ours["config"]["params"]
    assert params["norm_layer"] == {"type": "class", "value": "torch.nn.modules.batchnorm.BatchNorm2d", "specified": False}
    stated = {name: entry["value"] for name, entry in params.items() if entry["specified"]}
    assert stated == {name: entry["value"] for name, entry in hrnet_description()["params"].items() if entry["specified"]}
    assert ours["state_dict"]["feature_extractor.bn1.num_batches_tracked"].dtype == torch.int64


def test_half_precision_is_written_as_the_float32_that_the_field_holds(tmp_path: Path) -> None:
    write_container(tmp_path / "ours.pth", TINY_HRNET, {name: _half(tensor) for name, tensor in formula_state(TINY_HRNET).items()})

    state = torch.load(tmp_path / "ours.pth", weights_only=True)["state_dict"]

    assert {tensor.dtype for tensor in state.values()} == {torch.float32, torch.int64}


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def test_a_list_is_a_network_for_each_click_and_comes_back_as_a_list(tmp_path: Path) -> None:
    first, second = formula_state(TINY_HRNET), {name: tensor * 2 for name, tensor in formula_state(TINY_HRNET).items()}
    path = tmp_path / "stages.pth"
    torch.save([{"state_dict": state, "config": hrnet_description()} for state in (first, second)], path)

    network, header = load_network(path)
    write_container(tmp_path / "again.pth", header.config, network.state_dict())
    again = torch.load(tmp_path / "again.pth", weights_only=True)

    assert isinstance(network, Stages)
    assert header.config == StagesConfig((TINY_HRNET, TINY_HRNET))
    assert header.inference == {"flip": True, "zoom": {"skip_clicks": 1}}
    for found, wanted in zip(again, (first, second), strict=True):
        assert list(found["state_dict"]) == list(wanted)
        assert all(torch.equal(found["state_dict"][name], tensor) for name, tensor in wanted.items())


def test_a_list_of_one_is_that_one(tmp_path: Path) -> None:
    torch.save([{"state_dict": formula_state(TINY_HRNET), "config": hrnet_description()}], tmp_path / "one.pth")

    assert open_weights(tmp_path / "one.pth").header.config == TINY_HRNET


def test_a_network_without_a_previous_mask_goes_there_and_back(tmp_path: Path) -> None:
    config = replace(TINY_HRNET, prev_mask=False, ocr_width=0, leaky_relu=False)
    write_container(tmp_path / "baseline.pth", config, formula_state(config))

    opened = open_weights(tmp_path / "baseline.pth")

    assert isinstance(opened.header.config, HrnetConfig)
    assert opened.header.config == config
    assert opened.tensors["maps_transform.0.weight"].shape == (16, 2, 1, 1)
