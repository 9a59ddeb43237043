"""HRNet's names, branches and sizes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from clickcut.model.build import outline_network
from clickcut.model.hrnet import Exchange, Hrnet, resized
from clickcut.model.presets import preset

Shape = tuple[int, ...]
WIDTH, CONTEXT = 18, 48
WIDTHS = (18, 36, 72, 144)
JOINED = 15 * WIDTH
BLOCKS = 2


def conv(name: str, shape: Shape, *, bias: bool = False) -> dict[str, Shape]:
    return {f"{name}.weight": shape} | ({f"{name}.bias": shape[:1]} if bias else {})


def norm(name: str, channels: int) -> dict[str, Shape]:
    kinds = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{kind}": (channels,) for kind in kinds} | {f"{name}.num_batches_tracked": ()}


def small_state() -> Iterator[dict[str, Shape]]:
    """Names and shapes of RITM's HRNet-18s, in the order of its files (algorithm notes, section 1.16)."""
    yield conv("maps_transform.0", (16, 3, 1, 1), bias=True)
    yield conv("maps_transform.2", (64, 16, 3, 3), bias=True)
    yield {"maps_transform.3.scale": (1,)}
    for part in extractor_state():
        yield {f"feature_extractor.{name}": shape for name, shape in part.items()}


def extractor_state() -> Iterator[dict[str, Shape]]:
    yield conv("conv1", (64, 3, 3, 3)) | norm("bn1", 64) | conv("conv2", (64, 64, 3, 3)) | norm("bn2", 64)
    for index in range(BLOCKS):
        block, width = f"layer1.{index}", 256 if index else 64
        yield conv(f"{block}.conv1", (64, width, 1, 1)) | norm(f"{block}.bn1", 64)
        yield conv(f"{block}.conv2", (64, 64, 3, 3)) | norm(f"{block}.bn2", 64)
        yield conv(f"{block}.conv3", (256, 64, 1, 1)) | norm(f"{block}.bn3", 256)
        if index == 0:
            yield conv(f"{block}.downsample.0", (256, 64, 1, 1)) | norm(f"{block}.downsample.1", 256)
    yield conv("transition1.0.0", (18, 256, 3, 3)) | norm("transition1.0.1", 18)
    yield conv("transition1.1.0.0", (36, 256, 3, 3)) | norm("transition1.1.0.1", 36)
    yield from stage_state("stage2", 2, num_modules=1)
    yield conv("transition2.2.0.0", (72, 36, 3, 3)) | norm("transition2.2.0.1", 72)
    yield from stage_state("stage3", 3, num_modules=3)
    yield conv("transition3.3.0.0", (144, 72, 3, 3)) | norm("transition3.3.0.1", 144)
    yield from stage_state("stage4", 4, num_modules=2)
    yield from head_state()


def stage_state(stage: str, num_branches: int, *, num_modules: int) -> Iterator[dict[str, Shape]]:
    for module in range(num_modules):
        for branch in range(num_branches):
            for block in range(BLOCKS):
                name, width = f"{stage}.{module}.branches.{branch}.{block}", WIDTHS[branch]
                yield conv(f"{name}.conv1", (width, width, 3, 3)) | norm(f"{name}.bn1", width)
                yield conv(f"{name}.conv2", (width, width, 3, 3)) | norm(f"{name}.bn2", width)
        for to in range(num_branches):
            for of in range(num_branches):
                yield way_state(f"{stage}.{module}.fuse_layers.{to}.{of}", to, of)


def way_state(name: str, to: int, of: int) -> dict[str, Shape]:
    if of > to:
        return conv(f"{name}.0", (WIDTHS[to], WIDTHS[of], 1, 1)) | norm(f"{name}.1", WIDTHS[to])
    state: dict[str, Shape] = {}
    for step in range(to - of):
        out = WIDTHS[to] if step == to - of - 1 else WIDTHS[of]  # the width changes in the last step only
        state |= conv(f"{name}.{step}.0", (out, WIDTHS[of], 3, 3)) | norm(f"{name}.{step}.1", out)
    return state


def head_state() -> Iterator[dict[str, Shape]]:
    yield conv("aux_head.0", (JOINED, JOINED, 1, 1), bias=True) | norm("aux_head.1", JOINED)
    yield conv("aux_head.3", (1, JOINED, 1, 1), bias=True)
    yield conv("conv3x3_ocr.0", (2 * CONTEXT, JOINED, 3, 3), bias=True) | norm("conv3x3_ocr.1", 2 * CONTEXT)
    block = "ocr_distri_head.object_context_block"
    for name in (f"{block}.f_pixel", f"{block}.f_object"):
        yield conv(f"{name}.0", (CONTEXT, 2 * CONTEXT, 1, 1)) | norm(f"{name}.1.0", CONTEXT)
        yield conv(f"{name}.2", (CONTEXT, CONTEXT, 1, 1)) | norm(f"{name}.3.0", CONTEXT)
    yield conv(f"{block}.f_down.0", (CONTEXT, 2 * CONTEXT, 1, 1)) | norm(f"{block}.f_down.1.0", CONTEXT)
    yield conv(f"{block}.f_up.0", (2 * CONTEXT, CONTEXT, 1, 1)) | norm(f"{block}.f_up.1.0", 2 * CONTEXT)
    last = "ocr_distri_head.conv_bn_dropout"
    yield conv(f"{last}.0", (2 * CONTEXT, 4 * CONTEXT, 1, 1)) | norm(f"{last}.1.0", 2 * CONTEXT)
    yield conv("cls_head", (1, 2 * CONTEXT, 1, 1), bias=True)


def test_the_state_dict_of_hrnet18s_has_the_fields_names_shapes_and_order() -> None:
    expected = [item for part in small_state() for item in part.items()]

    state = outline_network(preset("hrnet18s")).state_dict()

    assert [(name, tuple(tensor.shape)) for name, tensor in state.items()] == expected


def test_a_large_hrnet_has_more_blocks_and_modules() -> None:
    with torch.device("meta"):
        small, large = Hrnet(18, small=True), Hrnet(18, small=False)

    for network, blocks, modules in ((small, 2, (1, 3, 2)), (large, 4, (1, 4, 3))):
        assert len(network.layer1) == blocks
        assert (len(network.stage2), len(network.stage3), len(network.stage4)) == modules


@pytest.mark.parametrize(("side", "grid"), [(64, 16), (65, 17), (67, 17), (33, 9), (1, 1)])
def test_branches_are_joined_at_a_quarter_of_the_sides_rounded_up(side: int, grid: int) -> None:
    network = Hrnet(2, small=True).eval()

    with torch.inference_mode():
        joined = network.joined(network.stem(torch.zeros(1, 3, side, side + 4)))

    assert joined.shape == (1, 30, grid, grid + 1)


def test_every_branch_hears_of_every_other() -> None:
    exchange = Exchange((2, 4, 8), num_blocks=1).eval()
    rng = torch.Generator().manual_seed(0)
    maps = tuple(torch.rand(1, width, side, side, generator=rng) for width, side in ((2, 13), (4, 7), (8, 4)))

    with torch.inference_mode():
        before = exchange(maps)
        for changed in range(3):
            after = exchange(tuple(x + 1 if k == changed else x for k, x in enumerate(maps)))

            assert [tuple(x.shape) for x in after] == [tuple(x.shape) for x in maps]
            assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_resizing_keeps_the_corners() -> None:
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])

    larger = resized(x, torch.zeros(1, 9, 5, 3))

    assert larger.shape == (1, 1, 5, 3)
    assert larger[0, 0, [0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [1, 2, 3, 4]
