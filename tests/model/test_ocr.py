"""Object context for one region: what is left out of the general rule changes nothing."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.testing import assert_close

from clickcut.model.config import HrnetConfig
from clickcut.model.ocr import ObjectContext, SegmentingHrnet, gathered


def attended(block: ObjectContext, x_BChw: Tensor, region_BC11: Tensor) -> Tensor:
    """OCR's rule for any number of regions (1909.11065), with one."""
    query = block.f_pixel(x_BChw).flatten(2).transpose(1, 2)
    key, value = (part(region_BC11).flatten(2) for part in (block.f_object, block.f_down))
    weights = torch.softmax(query @ key * key.shape[1] ** -0.5, dim=-1)
    context: Tensor = block.f_up((weights @ value.transpose(1, 2)).transpose(1, 2).unflatten(2, x_BChw.shape[-2:]))
    return context


def test_the_only_regions_weight_is_one_whatever_the_pixels_say() -> None:
    block = ObjectContext(8, 4).eval()
    rng = torch.Generator().manual_seed(0)
    x, region = torch.randn(2, 8, 5, 7, generator=rng), torch.randn(2, 8, 1, 1, generator=rng)

    with torch.inference_mode():
        assert_close(block(x, region), attended(block, x, region))


def test_the_region_is_the_mean_of_the_pixels_that_the_logits_choose() -> None:
    x = torch.arange(12.0).view(1, 2, 2, 3)
    one, half = torch.full((1, 1, 2, 3), -100.0), torch.full((1, 1, 2, 3), -100.0)
    one[0, 0, 1, 2] = 100
    half[0, 0, 0, :2] = 100

    assert_close(gathered(x, one), x[:, :, 1:, 2:])
    assert_close(gathered(x, half), x[:, :, :1, :2].mean(dim=-1, keepdim=True))


def test_without_object_context_the_features_go_to_a_plain_head() -> None:
    network = SegmentingHrnet(HrnetConfig(width=2, ocr_width=0, small=True))
    joined = torch.zeros(1, 30, 5, 7)

    features, auxiliary = network.in_context(joined)

    assert features is joined
    assert auxiliary is None
    heads = [name for name, _ in network.named_parameters() if "head" in name or "ocr" in name]
    assert heads == [f"cls_head.{layer}.{kind}" for layer in (0, 1, 3) for kind in ("weight", "bias")]
