"""Half precision: every family computes in it, and answers nearly the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from clickcut.core.clicks import Click
from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SamConfig, StagesConfig
from clickcut.model.header import Header
from clickcut.model.network import ClickBatch
from clickcut.model.precision import PRECISIONS, Precision
from clickcut.model.weights import load_network, save_weights
from tests.model.formula import fill_by_formula
from tests.model.tiny_sam import TINY_SAM

VIT = PlainVitConfig(
    patch=16, dim=32, depth=4, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16, input_hw=(224, 224), pos_grid=(14, 14)
)
HRNET = HrnetConfig(width=4, ocr_width=6, small=True)
CLICKS = ClickBatch.of([(Click(20, 30, True), Click(50, 10, False))])


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize(
    ("config", "hw", "prev_hw"),
    [
        (VIT, (224, 224), (224, 224)),
        (HRNET, (97, 131), (97, 131)),
        (TINY_SAM, (64, 64), (16, 16)),
        (StagesConfig((HRNET, HRNET)), (97, 131), (97, 131)),
    ],
)
@pytest.mark.parametrize("with_prev", [False, True])
def test_a_file_can_be_loaded_to_compute_in_half_precision(
    tmp_path: Path, config: ModelConfig, hw: tuple[int, int], prev_hw: tuple[int, int], precision: Precision, with_prev: bool
) -> None:
    torch.manual_seed(0)
    whole = build_network(config).eval()
    if not isinstance(config, SamConfig):  # there formula weights make a last bit of the input a digit of the answer
        fill_by_formula(whole, gain=0.6)
    save_weights(tmp_path / "file.safetensors", whole, Header(config, {}, {}), dtype=torch.float32)
    pixels = torch.rand(1, 3, *hw, generator=torch.Generator().manual_seed(0))
    prev = torch.rand(1, 1, *prev_hw, generator=torch.Generator().manual_seed(1)) if with_prev else None

    half, _ = load_network(tmp_path / "file.safetensors", dtype=PRECISIONS[precision])
    with torch.inference_mode():
        found = half.decode(half.encode(pixels), prev, CLICKS)
        wanted = whole.decode(whole.encode(pixels), prev, CLICKS)

    assert isinstance(half, nn.Module)
    assert half.dtype == PRECISIONS[precision]
    assert found.dtype == PRECISIONS[precision]
    # bf16 keeps 8 bits of a number: a few hundredths of the logits' own spread, through all layers
    assert_close(found.float(), wanted, rtol=0, atol=0.1 * float(wanted.std()) + 0.05 * float(wanted.abs().max()))
