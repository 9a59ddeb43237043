"""Golden numbers of the field's plain ViT with formula weights (appendix A.2 of the algorithm notes), and what surrounds them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from clickcut.core.clicks import Click
from clickcut.model.click_maps import click_maps
from clickcut.model.config import PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.network import ClickBatch, Place
from clickcut.model.presets import PRESETS, preset
from tests.model.formula import fill_by_formula

TINY = PlainVitConfig(patch=16, dim=32, depth=8, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)
CLICKS = ClickBatch.of([(Click(200.25, 210.5, True), Click(30, 400, False))])
# The reference ran on the CPU in float32; its authors' own tolerance across versions is 1e-4.
assert_golden = partial(assert_close, rtol=0.0, atol=1e-4)


def tiny(config: PlainVitConfig = TINY) -> EarlyFusion:
    network = EarlyFusion(config).eval()
    fill_by_formula(network)
    return network


def pixels(side: int) -> Tensor:
    y, x = torch.arange(side)[:, None], torch.arange(side)[None]
    return torch.stack([((7 * y + 3 * x + 11 * c) % 256) / 255 for c in range(3)])[None]


def prev(side: int) -> Tensor:
    y, x = torch.arange(side)[:, None], torch.arange(side)[None]
    return ((y - 224) ** 2 + (x - 224) ** 2 <= 10000).float()[None, None]


@torch.inference_mode()
def answer(network: EarlyFusion, side: int) -> Tensor:
    return network.decode(network.encode(pixels(side)), prev(side), CLICKS)[0, 0]


def figures(logits: Tensor, places: list[tuple[int, int]]) -> Tensor:
    return torch.stack([logits.mean(), logits.std(), *(logits[y, x] for y, x in places)])


PLACES = [(0, 0), (100, 300), (224, 224), (447, 447)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("upsample", "channels", "golden"),
    [
        ("x1", 16, [3.859161, 3.456625, 4.92949, 5.82501, 3.50818, 4.14279]),
        ("x2", 8, [6.512262, 0.262335, 5.84190, 5.95337, 6.82924, 6.96451]),
        ("x4", 4, [0.841847, 0.640085, -0.00273, 0.01511, -0.21716, 1.49226]),
    ],
)
def test_logits_at_448_are_the_references(upsample: str, channels: int, golden: list[float]) -> None:
    network = tiny(replace(TINY, upsample=upsample, head_channels=channels))  # type: ignore[arg-type]

    assert_golden(figures(answer(network, 448), PLACES), torch.tensor(golden))


def test_logits_at_672_are_the_references() -> None:
    logits = answer(tiny(), 672)

    golden = torch.tensor([3.815105, 3.029410, -1.62817, 2.82449, 3.13300, 5.22931])
    assert_golden(figures(logits, [*PLACES[:3], (671, 671)]), golden)


def test_the_way_to_the_logits_is_the_references() -> None:
    network = tiny()
    coords = torch.cat((prev(448), click_maps(CLICKS, (448, 448))), dim=1)

    with torch.inference_mode():
        embedded = network.patch_embed_coords(coords)
        tokens = network.backbone(network.encode(pixels(448))[0] + embedded)
        levels = network.neck(tokens)
        head = network.head(levels)

    assert coords.sum(dim=(0, 2, 3)).tolist() == [31417, 80, 81]
    assert_golden(figures(embedded, []), torch.tensor([-0.003671, 0.052617]))
    in_order = tokens[0].flatten(1).T
    golden_tokens = torch.tensor([-0.019394, 0.774407, -0.1765, 1.41165, -0.29075])
    assert_golden(figures(in_order, [(0, 0), (400, 7), (783, 31)]), golden_tokens)
    golden_levels = [(0.300428, 0.620344), (0.314156, 0.617662), (0.295313, 0.587424), (0.291138, 0.588076)]
    for level, golden in zip(levels, golden_levels, strict=True):
        assert_golden(figures(level, []), torch.tensor(golden))
    assert_golden(figures(head, []), torch.tensor([3.854861, 4.413196]))


def test_the_resampled_position_embedding_is_the_references() -> None:
    position = tiny().backbone.position((42, 42))[0].flatten(1).T

    # The reference counts the class token's slot, so its token k is grid place k - 1.
    found = torch.stack([position[0, 0], position[42, 5], position[1763, 31]])
    assert_golden(found, torch.tensor([-0.234436, 0.188929, -0.108767]))


def test_no_previous_mask_is_a_mask_of_zeros() -> None:
    network = tiny()
    features = network.encode(pixels(448))

    with torch.inference_mode():
        assert torch.equal(network.decode(features, None, CLICKS), network.decode(features, torch.zeros(1, 1, 448, 448), CLICKS))


def test_windows_are_global_attention_where_one_window_fits() -> None:
    network, everywhere = tiny(), tiny(replace(TINY, random_split=True))

    assert torch.equal(answer(network, 224), answer(everywhere, 224))
    assert not torch.allclose(answer(network, 448), answer(everywhere, 448))


@pytest.mark.parametrize(("side", "told"), [(208, "equal windows"), (720 - 16, "equal windows"), (450, "multiples of 16")])
def test_sizes_that_windows_cannot_serve_are_refused(side: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        answer(tiny(), side)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters", "tensors"),
    [("vit-xt", 4_053_577, 166), ("vit-b", 98_025_513, 214), ("vit-l", 324_206_377, 358), ("vit-h", 662_184_793, 454)],
)
def test_presets_have_the_fields_sizes(name: str, parameters: int, tensors: int) -> None:
    config = preset(name)
    assert isinstance(config, PlainVitConfig)
    with torch.device("meta"):
        state = EarlyFusion(config).state_dict()

    assert sum(tensor.numel() for tensor in state.values()) == parameters
    assert len(state) == tensors


def test_the_tiny_network_has_the_references_size() -> None:
    state = tiny().state_dict()

    assert (sum(tensor.numel() for tensor in state.values()), len(state)) == (228_745, 166)


def test_a_mistyped_preset_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'vit-b'"):
        preset("vitb")
    assert {"vit-xt", "vit-s14", "vit-b", "vit-l", "vit-h"} < set(PRESETS)


@pytest.mark.parametrize(
    ("y", "x", "pixels_drawn"),
    [(100, 100, 81), (100.5, 100.5, 80), (0, 0, 26), (-1.5, 3, 28), (-3, -3, 0), (447.9, 447.9, 17)],
)
def test_disks_have_the_references_number_of_pixels(y: float, x: float, pixels_drawn: int) -> None:
    maps = click_maps(ClickBatch.of([(Click(y, x, True),)]), (448, 448))

    assert maps.sum(dim=(0, 2, 3)).tolist() == [pixels_drawn, 0]


@pytest.mark.parametrize("given", [prev(64), None])
@pytest.mark.parametrize(("place", "channels"), [("rgb", 3), ("click-maps", 2)])
def test_a_cut_network_that_is_not_altered_answers_as_the_whole_one(place: Place, channels: int, given: Tensor | None) -> None:
    network = tiny(replace(TINY, random_split=True))
    injection = network.injections[place]

    with torch.inference_mode():
        parts = injection.before(pixels(64), given, CLICKS)

        assert parts[0].shape == (1, channels, 64, 64)
        assert torch.equal(injection.after(parts), network.decode(network.encode(pixels(64)), given, CLICKS))


def test_the_click_maps_that_can_be_altered_are_those_of_the_clicks() -> None:
    network = tiny(replace(TINY, random_split=True))

    assert torch.equal(network.injections["click-maps"].before(pixels(64), None, CLICKS)[0], click_maps(CLICKS, (64, 64)))
    assert set(network.injections) == {"rgb", "click-maps"}
