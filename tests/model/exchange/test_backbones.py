"""Pretrained plain ViTs as starts: what is folded, dropped, resampled and begun fresh."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor
from torch.testing import assert_close

from clickcut.model.config import PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.exchange.opening import open_weights
from clickcut.model.plain_vit import PlainVit
from clickcut.model.presets import PRESETS
from clickcut.model.weights import load_network

WIDTH, DEPTH, HEADS = 32, 4, 4
SMALL = PlainVitConfig(patch=16, dim=WIDTH, depth=DEPTH, heads=HEADS, neck_dims=(8, 16, 24, 32), head_channels=16)
State = dict[str, Tensor]


@pytest.fixture(autouse=True)
def a_size_that_tests_can_afford(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "vit-small-of-tests", SMALL)


def mae(*, patch: int = 16, grid: int = 14, extra: int = 1) -> State:
    """The tensors of an MAE encoder (spec 1.15), random but for the seed."""
    rng = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=rng) * 0.1

    state = {
        "cls_token": draw(1, 1, WIDTH),
        "pos_embed": draw(1, extra + grid * grid, WIDTH),
        "patch_embed.proj.weight": draw(WIDTH, 3, patch, patch),
        "patch_embed.proj.bias": draw(WIDTH),
        "norm.weight": 1 + draw(WIDTH),
        "norm.bias": draw(WIDTH),
    }
    layers = {"norm1": (WIDTH,), "attn.qkv": (3 * WIDTH, WIDTH), "attn.proj": (WIDTH, WIDTH), "norm2": (WIDTH,)}
    layers |= {"mlp.fc1": (4 * WIDTH, WIDTH), "mlp.fc2": (WIDTH, 4 * WIDTH)}
    for block in range(DEPTH):
        for layer, shape in layers.items():
            state[f"blocks.{block}.{layer}.weight"] = draw(*shape)
            state[f"blocks.{block}.{layer}.bias"] = draw(shape[0])
    return state


def dinov2(**sizes: int) -> State:
    """An MAE's tensors with DINOv2's LayerScale, registers and mask token."""
    state = mae(**sizes)
    for block in range(DEPTH):
        for name in ("ls1", "ls2"):
            state[f"blocks.{block}.{name}.gamma"] = torch.linspace(-1, 2, WIDTH) + block
    return state | {"register_tokens": torch.zeros(1, 4, WIDTH), "mask_token": torch.zeros(1, WIDTH)}


def scaled_blocks(state: State, x_BTD: Tensor) -> Tensor:
    """The blocks with LayerScale where it stands in the file, in plain products."""
    for block in range(DEPTH):

        def layer(name: str, x: Tensor, block: int = block) -> Tensor:
            return F.linear(x, state[f"blocks.{block}.{name}.weight"], state[f"blocks.{block}.{name}.bias"])

        def norm(name: str, x: Tensor, block: int = block) -> Tensor:
            return F.layer_norm(x, (WIDTH,), state[f"blocks.{block}.{name}.weight"], state[f"blocks.{block}.{name}.bias"], 1e-6)

        batch, tokens, _ = x_BTD.shape
        q, k, v = layer("attn.qkv", norm("norm1", x_BTD)).view(batch, tokens, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(WIDTH / HEADS)).softmax(dim=-1)
        attended = (weights @ v).transpose(1, 2).reshape(batch, tokens, WIDTH)
        x_BTD = x_BTD + state[f"blocks.{block}.ls1.gamma"] * layer("attn.proj", attended)
        x_BTD = x_BTD + state[f"blocks.{block}.ls2.gamma"] * layer("mlp.fc2", F.gelu(layer("mlp.fc1", norm("norm2", x_BTD))))
    return x_BTD


def test_an_mae_file_becomes_a_start_whose_vit_is_its_own(tmp_path: Path) -> None:
    state = mae()
    torch.save({"model": state}, tmp_path / "mae.pth")

    network, header = load_network(tmp_path / "mae.pth")

    assert isinstance(network, EarlyFusion)
    assert header.card["untrained"] == ["patch_embed_coords", "neck", "head"]
    assert header.config == SMALL
    for name, tensor in state.items():
        if name not in ("pos_embed", "norm.weight", "norm.bias"):
            assert torch.equal(network.backbone.state_dict()[name], tensor), name
    # spec 1.11: the class token's place kept, the rest resized bicubically
    square = state["pos_embed"][:, 1:].transpose(1, 2).reshape(1, WIDTH, 14, 14)
    resized = F.interpolate(square, (28, 28), mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)
    assert torch.equal(network.backbone.pos_embed[:, 1:], resized)
    assert torch.equal(network.backbone.pos_embed[:, :1], state["pos_embed"][:, :1])


@torch.inference_mode()
@pytest.mark.slow
def test_layer_scale_is_folded_exactly(tmp_path: Path) -> None:
    state = dinov2()
    torch.save(state, tmp_path / "dinov2.pth")
    tokens = torch.randn(1, 14 * 14, WIDTH, generator=torch.Generator().manual_seed(1))

    network, _ = load_network(tmp_path / "dinov2.pth")
    assert isinstance(network.backbone, PlainVit)
    found = tokens
    for block in network.backbone.blocks:
        found = block(found)

    assert_close(found, scaled_blocks(state, tokens), rtol=1e-5, atol=1e-5)  # one rounding of the product, and other kernels


def test_notes_say_what_was_dropped_folded_and_resampled(tmp_path: Path) -> None:
    torch.save(dinov2(grid=37), tmp_path / "dinov2.pth")

    notes = " / ".join(open_weights(tmp_path / "dinov2.pth").header.card["notes"])

    words = ("begin fresh (seed 0)", "class token and registers dropped", "LayerScale folded", "the norm after", "37 x 37 to 28 x 28")
    for told in words:
        assert told in notes


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: {"model": state},  # MAE, DeiT
        lambda state: state,  # DINO and DINOv2 as published
        lambda state: {"teacher": {f"backbone.{name}": tensor for name, tensor in state.items()} | {"head.mlp.0.weight": torch.zeros(1)}},
        lambda state: {"teacher": {f"module.backbone.{name}": tensor for name, tensor in state.items()}},
        lambda state: {"model": state | {"decoder_embed.weight": torch.zeros(1), "decoder_pos_embed": torch.zeros(1)}},  # MAE with decoder
        lambda state: {"model": state | {"head.weight": torch.zeros(1000, WIDTH), "head.bias": torch.zeros(1000)}},  # DeiT
    ],
)
def test_a_vit_is_found_wherever_publishers_put_it(tmp_path: Path, wrapped: Callable[[State], dict[str, Any]]) -> None:
    torch.save(wrapped(mae()), tmp_path / "vit.pth")

    opened = open_weights(tmp_path / "vit.pth")

    assert opened.kind.startswith("pretrained plain ViT")
    assert torch.equal(opened.tensors["backbone.cls_token"].read(), mae()["cls_token"])


def test_deits_second_token_is_left_out_of_the_positions(tmp_path: Path) -> None:
    state = mae(grid=28, extra=2) | {"dist_token": torch.zeros(1, 1, WIDTH), "head_dist.weight": torch.zeros(10, WIDTH)}
    torch.save({"model": state}, tmp_path / "deit.pth")

    opened = open_weights(tmp_path / "deit.pth")

    assert torch.equal(opened.tensors["backbone.pos_embed"].read()[:, 1:], state["pos_embed"][:, 2:])
    assert any("distillation token dropped" in note for note in opened.header.card["notes"])


def test_safetensors_and_other_patches_and_sizes_are_read_too(tmp_path: Path) -> None:
    save_file(mae(patch=14, grid=37), tmp_path / "vit.safetensors")

    opened = open_weights(tmp_path / "vit.safetensors", start_side=224)

    config = opened.header.config
    assert isinstance(config, PlainVitConfig)
    assert (config.patch, config.input_hw, config.pos_grid) == (14, (224, 224), (16, 16))


def test_the_fresh_parts_are_the_same_on_every_call_and_leave_the_callers_chance_alone(tmp_path: Path) -> None:
    torch.save(mae(), tmp_path / "mae.pth")
    torch.manual_seed(5)
    state = torch.random.get_rng_state()

    first, second = (open_weights(tmp_path / "mae.pth").tensors["head.conv_seg.weight"].read() for _ in range(2))

    assert torch.equal(first, second)
    assert torch.equal(torch.random.get_rng_state(), state)


def putting(**tensors: Tensor) -> Callable[[State], object]:
    """A change that puts tensors into a state, under names whose dots are written as double underscores."""
    return lambda state: state.update({name.replace("__", "."): tensor for name, tensor in tensors.items()})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("blocks.2.mlp.fc1.bias"), r"not a whole plain ViT: missing 1 \(backbone.blocks.2.mlp.fc1.bias\)"),
        (putting(blocks__0__attn__rel_pos_h=torch.zeros(1)), r"unexpected 1 \(backbone.blocks.0.attn.rel_pos_h\)"),
        (putting(pos_embed=torch.zeros(1, 16, WIDTH)), "expected the position embedding of a square, got 15"),
        (putting(patch_embed__proj__weight=torch.zeros(48, 3, 16, 16)), "a ViT of width 48 and 4 blocks is of no size"),
        (putting(patch_embed__proj__weight=torch.zeros(WIDTH, 3, 17, 17)), "--size: expected a multiple of the patch of 17"),
    ],
)
def test_what_is_no_plain_vit_is_refused(tmp_path: Path, change: Callable[[State], object], told: str) -> None:
    state = mae()
    change(state)
    torch.save({"model": state}, tmp_path / "vit.pth")

    with pytest.raises(ValueError, match=told) as caught:
        open_weights(tmp_path / "vit.pth")
    assert str(caught.value).startswith(str(tmp_path / "vit.pth"))


def test_the_handed_vit_s14_becomes_a_start(shared: Path) -> None:
    network, header = load_network(shared / "weights" / "dinov2_vits14_from_imgfocus_fp16.safetensors")

    assert isinstance(header.config, PlainVitConfig)
    assert (header.config.dim, header.config.patch, header.config.pos_grid) == (384, 14, (32, 32))
    assert all(bool(tensor.isfinite().all()) for tensor in network.state_dict().values())
