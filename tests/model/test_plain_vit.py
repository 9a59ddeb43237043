"""The plain ViT's names, windows and sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from clickcut.model.build import outline_network
from clickcut.model.config import PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.network import ClickBatch
from clickcut.model.plain_vit import PlainVit
from clickcut.model.presets import preset

TINY = PlainVitConfig(patch=16, dim=32, depth=8, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)

Shape = tuple[int, ...]


def huge_state() -> Iterator[tuple[str, Shape, Shape]]:
    """Name, weight's and bias's shape of every layer of the field's ViT-H, as its files have them (algorithm notes, section 1.14)."""
    width = 1280
    for name in ("patch_embed_coords.proj", "backbone.patch_embed.proj"):
        yield name, (width, 3, 14, 14), (width,)
    for index in range(32):
        block = f"backbone.blocks.{index}"
        yield f"{block}.norm1", (width,), (width,)
        yield f"{block}.attn.qkv", (3 * width, width), (3 * width,)
        yield f"{block}.attn.proj", (width, width), (width,)
        yield f"{block}.norm2", (width,), (width,)
        yield f"{block}.mlp.fc1", (4 * width, width), (4 * width,)
        yield f"{block}.mlp.fc2", (width, 4 * width), (width,)
    yield "backbone.fc_norm", (width,), (width,)
    yield "backbone.head", (1000, width), (1000,)
    neck: list[tuple[str, Shape, int]] = [
        ("down_4.0", (width, 640, 2, 2), 640),
        ("down_4.1", (640,), 640),
        ("down_4.3", (640, 320, 2, 2), 320),
        ("down_4.4", (320,), 320),
        ("down_4.5", (240, 320, 1, 1), 240),
        ("down_4.6", (240,), 240),
        ("down_8.0", (width, 640, 2, 2), 640),
        ("down_8.1", (640,), 640),
        ("down_8.2", (480, 640, 1, 1), 480),
        ("down_8.3", (480,), 480),
        ("down_16.0", (960, width, 1, 1), 960),
        ("down_16.1", (960,), 960),
        ("down_32.0", (2560, width, 2, 2), 2560),
        ("down_32.1", (2560,), 2560),
        ("down_32.2", (1920, 2560, 1, 1), 1920),
        ("down_32.3", (1920,), 1920),
    ]
    for name, weight, bias in neck:
        yield f"neck.{name}", weight, (bias,)
    yield "head.conv_seg", (1, 256, 1, 1), (1,)
    for index, channels in enumerate((240, 480, 960, 1920)):
        yield f"head.convs.{index}.conv", (256, channels, 1, 1), (256,)
    yield "head.fusion_conv.conv", (256, 1024, 1, 1), (256,)
    for name, channels in (("head.up_conv1", 256), ("head.up_conv2", 128)):  # unused without upsampling, and in the files nonetheless (Q30)
        half = channels // 2
        yield f"{name}.0", (channels, half, 2, 2), (half,)
        yield f"{name}.1", (half,), (half,)
        yield f"{name}.2", (half, half, 1, 1), (half,)
        yield f"{name}.3", (half,), (half,)


def test_the_state_dict_of_vit_h_has_the_fields_names_and_shapes_in_its_order() -> None:
    expected: dict[str, Shape] = {}
    for name, weight, bias in huge_state():
        expected |= {f"{name}.weight": weight, f"{name}.bias": bias}
        if name.startswith("patch_embed_coords"):
            expected |= {"backbone.cls_token": (1, 1, 1280), "backbone.pos_embed": (1, 1025, 1280)}

    state = outline_network(preset("vit-h")).state_dict()

    assert [(name, tuple(tensor.shape)) for name, tensor in state.items()] == list(expected.items())


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        ((208, 224), "side of 208 pixels .* expected 224"),  # no window at all: the field divides by zero (quirk Q32)
        ((448, 592), "side of 592 pixels .* expected 576 or 608"),  # 37 patches, 2 windows
        ((704, 448), "side of 704 pixels .* expected 672 or 720"),  # 44 patches, 3 windows
    ],
)
def test_a_size_that_windows_cannot_serve_names_the_nearest_that_they_can(sides: tuple[int, int], told: str) -> None:
    rows, columns = sides[0] // 16, sides[1] // 16

    with pytest.raises(ValueError, match=told):
        PlainVit(TINY)(torch.zeros(1, 32, rows, columns))


def test_global_attention_takes_any_number_of_patches() -> None:
    vit = PlainVit(replace(TINY, random_split=True))  # quirk Q31

    assert vit(torch.zeros(1, 32, 3, 37)).shape == (1, 32, 3, 37)


def test_a_depth_of_four_is_global_everywhere() -> None:
    vit = PlainVit(replace(TINY, depth=4))  # groups of one block: the field's code cannot run that (quirk Q32)

    everywhere = PlainVit(replace(TINY, depth=4, random_split=True))
    everywhere.load_state_dict(vit.state_dict())

    x = torch.randn(1, 32, 28, 28, generator=torch.Generator().manual_seed(0))
    assert torch.equal(vit(x), everywhere(x))


def test_windows_of_a_rectangle_do_not_see_each_other_before_a_global_block() -> None:
    vit = PlainVit(replace(TINY, depth=12)).eval()
    vit.blocks = vit.blocks[:5]  # the sixth is the first global one
    x = torch.zeros(1, 32, 14, 28)
    touched = x.clone()
    touched[0, :, 0, 0] = 1

    with torch.inference_mode():
        changed = (vit(touched) - vit(x)).abs().amax(dim=1)[0] > 0

    assert bool(changed[:, :14].all())
    assert not bool(changed[:, 14:].any())


def test_a_batch_is_answered_like_its_parts() -> None:
    network = EarlyFusion(TINY).eval()
    rng = torch.Generator().manual_seed(0)
    pixels = torch.rand(2, 3, 224, 448, generator=rng)
    prev = torch.rand(2, 1, 224, 448, generator=rng)
    clicks = ClickBatch(torch.tensor([[[50.0, 60.0], [100.0, 300.0]], [[20.0, 400.0], [0.0, 0.0]]]), torch.tensor([[1, 0], [1, -1]]))

    with torch.inference_mode():
        both = network.decode(network.encode(pixels), prev, clicks)
        parts = [
            network.decode(
                network.encode(pixels[i : i + 1]), prev[i : i + 1], ClickBatch(clicks.yx_BK2[i : i + 1], clicks.kind_BK[i : i + 1])
            )
            for i in range(2)
        ]

    assert both.shape == (2, 1, 224, 448)
    torch.testing.assert_close(both, torch.cat(parts), rtol=0, atol=1e-5)  # matrix products of another size sum in another order
