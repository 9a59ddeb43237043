"""Golden numbers of RITM's networks with formula weights (appendix A.4 of the algorithm notes), and what surrounds them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from clickcut.core.clicks import Click
from clickcut.model.build import build_network, outline_network
from clickcut.model.config import HrnetConfig
from clickcut.model.fit import LongestSide
from clickcut.model.header import Header
from clickcut.model.network import ClickBatch, Injectable, Place
from clickcut.model.presets import preset
from clickcut.model.ritm import ClickedHrnet
from clickcut.model.weights import load_network, save_weights
from tests.model.formula import fill_by_formula

CLICKS = ClickBatch.of([(Click(120.25, 150.5, True), Click(30, 300, False))])
HW = (256, 320)
TINY = HrnetConfig(width=4, ocr_width=6, small=True)
NO_CONTEXT, NO_PREV = replace(TINY, ocr_width=0), replace(TINY, prev_mask=False)
ODD = (97, 131)
# The reference ran on the CPU in float32; relative agreement across versions is 1e-4.
assert_golden = partial(assert_close, rtol=1e-4, atol=1e-4)


def filled(config: HrnetConfig = TINY, *, gain: float = 0.6) -> ClickedHrnet:
    network = ClickedHrnet(config).eval()
    fill_by_formula(network, gain=gain)
    return network


def pixels(hw: tuple[int, int] = HW) -> Tensor:
    y, x = torch.arange(hw[0])[:, None], torch.arange(hw[1])[None]
    return torch.stack([((7 * y + 3 * x + 11 * c) % 256) / 255 for c in range(3)])[None]


def prev(hw: tuple[int, int] = HW) -> Tensor:
    y, x = torch.arange(hw[0])[:, None], torch.arange(hw[1])[None]
    return ((y - 128) ** 2 + (x - 160) ** 2 <= 3600).float()[None, None]


def answer(network: ClickedHrnet, hw: tuple[int, int] = HW) -> Tensor:
    with torch.inference_mode():
        return network.decode(network.encode(pixels(hw)), prev(hw), CLICKS)


def figures(logits_B1HW: Tensor, *places: tuple[int, int]) -> Tensor:
    return torch.stack([logits_B1HW.mean(), logits_B1HW.std(), *(logits_B1HW[0, 0, y, x] for y, x in places)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "gain", "main", "auxiliary"),
    [
        ("hrnet18s", 0.6, [-0.332486, 0.503263, -2.231679, -0.527769, -0.068901, -1.353551], [-2.695634, 2.114245]),
        ("hrnet18", 0.4, [-0.384786, 0.634993, -3.314726, -0.574449, -0.216225, -1.028732], [-0.452075, 0.378694]),
        ("hrnet32", 0.4, [-0.452282, 0.524892, -1.096082, -0.854984, -0.197743, -0.398768], [-5.969553, 6.937587]),
    ],
)
def test_main_and_auxiliary_logits_are_the_references(name: str, gain: float, main: list[float], auxiliary: list[float]) -> None:
    config = preset(name)
    assert isinstance(config, HrnetConfig)
    network = filled(config, gain=gain)

    with torch.inference_mode():
        found, coarse = network.answers(network.encode(pixels()), prev(), CLICKS)

    assert coarse is not None
    assert found.shape == coarse.shape == (1, 1, *HW)
    assert_golden(figures(found, (0, 0), (60, 200), (128, 160), (255, 319)), torch.tensor(main))
    assert_golden(figures(coarse), torch.tensor(auxiliary))


@pytest.mark.parametrize(
    ("name", "tensors", "parameters"), [("hrnet18s", 929, 4_220_047), ("hrnet18", 1895, 10_032_019), ("hrnet32", 1895, 30_951_363)]
)
def test_presets_have_the_fields_sizes(name: str, tensors: int, parameters: int) -> None:
    network = outline_network(preset(name))

    assert len(network.state_dict()) == tensors
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


def test_without_a_previous_mask_the_first_layer_takes_the_two_click_maps() -> None:
    network = filled(NO_PREV)

    assert network.maps_transform[0].weight.shape == (16, 2, 1, 1)
    with torch.inference_mode():
        assert torch.equal(answer(network), network.decode(network.encode(pixels()), None, CLICKS))


def test_no_previous_mask_is_a_mask_of_zeros() -> None:
    network = filled()

    with torch.inference_mode():
        features = network.encode(pixels())
        assert torch.equal(network.decode(features, None, CLICKS), network.decode(features, torch.zeros(1, 1, *HW), CLICKS))
        assert not torch.equal(network.decode(features, None, CLICKS), network.decode(features, prev(), CLICKS))


def test_clicks_of_both_kinds_reach_the_answer() -> None:
    network = filled()
    batches = [CLICKS, ClickBatch.of([(Click(120.25, 150.5, True),)]), ClickBatch.of([(Click(120.25, 150.5, False),)])]

    with torch.inference_mode():
        answers = [network.decode(network.encode(pixels()), prev(), clicks) for clicks in batches]

    assert not any(torch.equal(answers[a], answers[b]) for a, b in ((0, 1), (0, 2), (1, 2)))


def test_a_leaky_relu_passes_what_a_plain_one_stops() -> None:
    assert not torch.equal(answer(filled()), answer(filled(replace(TINY, leaky_relu=False))))


@pytest.mark.parametrize("config", [TINY, NO_CONTEXT, NO_PREV])
@pytest.mark.parametrize("hw", [ODD, (98, 130), (37, 5), (1, 1)])
def test_images_of_any_size_are_answered_at_their_own(config: HrnetConfig, hw: tuple[int, int]) -> None:
    network = filled(config)

    logits = answer(network, hw)

    assert logits.shape == (1, 1, *hw)
    assert bool(logits.isfinite().all())


def test_features_hold_the_size_that_a_halved_map_does_not_tell() -> None:
    odd, even = filled().encode(pixels(ODD)), filled().encode(pixels((98, 132)))

    assert odd[0].shape == even[0].shape == (1, 64, 49, 66)
    assert (odd[1].tolist(), odd[1].dtype) == ([[97, 131]], torch.int64)
    assert even[1].tolist() == [[98, 132]]


def test_features_of_different_sizes_are_no_batch() -> None:
    network = filled()
    odd, even = network.encode(pixels(ODD)), network.encode(pixels((98, 132)))
    mixed = tuple(torch.cat(pair) for pair in zip(odd, even, strict=True))

    with pytest.raises(ValueError, match=r"images of one size, got sizes \[\[97, 131\], \[98, 132\]\]"):
        network.decode(mixed, None, CLICKS)


@pytest.mark.parametrize("config", [TINY, NO_CONTEXT])
def test_a_batch_is_answered_like_its_parts(config: HrnetConfig) -> None:
    network = filled(config)
    rng = torch.Generator().manual_seed(0)
    images, masks = torch.rand(2, 3, *ODD, generator=rng), torch.rand(2, 1, *ODD, generator=rng)
    clicks = ClickBatch(torch.tensor([[[50.0, 60.0], [10.0, 30.0]], [[20.0, 40.0], [0.0, 0.0]]]), torch.tensor([[1, 0], [1, -1]]))

    with torch.inference_mode():
        both = network.decode(network.encode(images), masks, clicks)
        parts = [
            network.decode(network.encode(images[i : i + 1]), masks[i : i + 1], ClickBatch(clicks.yx_BK2[[i]], clicks.kind_BK[[i]]))
            for i in range(2)
        ]

    assert_close(both, torch.cat(parts), rtol=1e-5, atol=1e-5)  # convolutions of another size sum in another order


def test_encoding_and_decoding_change_nothing_of_the_network() -> None:
    network = filled()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    answer(network)
    answer(network, ODD)

    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_a_zoomed_crop_is_scaled_by_its_longest_side_and_a_whole_image_is_not() -> None:
    assert filled().fitting == LongestSide(400)
    assert filled(replace(TINY, zoom_side=600)).fitting == LongestSide(600)


PLACES: list[tuple[Place, int]] = [("rgb", 3), ("click-maps", 2), ("backbone", 60), ("context", 12)]


@pytest.mark.slow
@pytest.mark.parametrize("config", [TINY, NO_PREV])
@pytest.mark.parametrize(("place", "channels"), PLACES)
@pytest.mark.parametrize("masked", [True, False])
def test_both_halves_of_an_injection_together_are_the_network(config: HrnetConfig, place: Place, channels: int, masked: bool) -> None:
    network, mask = filled(config), prev(ODD) if masked else None
    injection = network.injections[place]

    with torch.inference_mode():
        parts = injection.before(pixels(ODD), mask, CLICKS)
        logits = injection.after(parts)
        whole = network.decode(network.encode(pixels(ODD)), mask, CLICKS)

    assert parts[0].shape[:2] == (1, channels)
    assert torch.equal(logits, whole)


@pytest.mark.parametrize(("place", "channels"), PLACES)
def test_what_is_altered_at_a_place_has_a_gradient(place: Place, channels: int) -> None:
    injection = filled().requires_grad_(False).injections[place]
    with torch.no_grad():
        altered, *others = injection.before(pixels(ODD), prev(ODD), CLICKS)
    altered = altered.clone().requires_grad_()

    (gradient,) = torch.autograd.grad(injection.after((altered, *others)).sum(), altered)

    assert gradient.shape == altered.shape
    assert bool(gradient.isfinite().all())
    assert all(bool(gradient[:, channel].any()) for channel in range(channels))


def test_it_is_injectable_and_without_object_context_one_place_is_missing() -> None:
    assert isinstance(filled(), Injectable)
    assert set(filled().injections) == {"rgb", "click-maps", "backbone", "context"}
    assert set(filled(NO_CONTEXT).injections) == {"rgb", "click-maps", "backbone"}


def test_a_gradient_reaches_everything_that_has_a_say() -> None:
    network = filled().train()

    main, auxiliary = network.answers(network.encode(pixels(ODD).repeat(2, 1, 1, 1)), None, ClickBatch.of([(Click(9, 9, True),)] * 2))
    assert auxiliary is not None
    (main.mean() + auxiliary.mean()).backward()  # type: ignore[no-untyped-call]

    mute = {name.partition("object_context_block.")[2].partition(".")[0] for name, p in network.named_parameters() if p.grad is None}
    assert mute == {"f_pixel", "f_object"}  # they make the weight of the only region


def test_fresh_convolutions_have_the_variance_that_ritm_begins_with() -> None:
    torch.manual_seed(0)

    weight = build_network(preset("hrnet18s")).get_parameter("feature_extractor.aux_head.0.weight")

    assert weight.std().item() == pytest.approx((4 / (270 + 270)) ** 0.5, rel=0.02)  # 72900 numbers


@pytest.mark.parametrize("config", [TINY, NO_CONTEXT, NO_PREV])
@pytest.mark.slow
def test_its_weights_file_gives_back_weights_and_counts_exactly(config: HrnetConfig, tmp_path: Path) -> None:
    network = build_network(config)
    network.get_buffer("feature_extractor.bn1.num_batches_tracked").fill_(70_001)  # no half precision number

    save_weights(tmp_path / "exact.safetensors", network, Header(config, {}, {}), dtype=torch.float32)
    loaded, header = load_network(tmp_path / "exact.safetensors")

    assert header.config == config
    assert isinstance(loaded, ClickedHrnet)
    for name, tensor in network.state_dict().items():
        back = loaded.state_dict()[name]
        assert back.dtype == tensor.dtype
        assert torch.equal(back, tensor), name
