"""Configs survive JSON, and a wrong or hostile one is refused with what was expected."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SamConfig, config_from_json, config_to_json
from clickcut.model.presets import PRESETS

TINY = PlainVitConfig(patch=16, dim=32, depth=8, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)


@pytest.mark.parametrize(
    "config",
    [
        *PRESETS.values(),
        replace(TINY, input_hw=(448, 672), upsample="x4", head_channels=4, random_split=True),
        SamConfig(input_side=512, prev_limit=7.5, answer="best-of-first-click"),
        HrnetConfig(width=8, ocr_width=0, small=True, leaky_relu=False, prev_mask=False, zoom_side=600),
    ],
)
def test_a_config_comes_back_from_json_as_it_was(config: ModelConfig) -> None:
    assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"family": "hrnet"}, "unknown network family 'hrnet'"),
        ({"family": ["plain-vit"]}, "unknown network family"),
        ({"shift": True}, "has no shift"),
        ({"depth": "12"}, "depth: expected int"),
        ({"depth": True}, "depth: expected int"),
        ({"dim": 1e3}, "dim: expected int"),
        ({"dim": -32}, "dim: expected int"),
        ({"dim": 1 << 40}, "dim: expected int"),
        ({"neck_dims": 8}, "neck_dims: expected tuple"),
        ({"random_split": 1}, "random_split: expected bool"),
        ({"upsample": 2}, "upsample: expected Literal"),
    ],
)
def test_a_wrong_value_in_json_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        config_from_json({**config_to_json(TINY), **change})


def test_a_missing_field_is_named() -> None:
    value = config_to_json(TINY)
    del value["patch"]

    with pytest.raises(ValueError, match="patch"):
        config_from_json(value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"heads": 5}, "heads can share"),
        ({"heads": 0}, "heads can share"),
        ({"depth": 10}, "multiple of 4"),  # the field's groups need that (quirk Q32)
        ({"depth": 4096}, "multiple of 4 up to"),
        ({"patch": 448, "input_hw": (448, 448)}, "smallest window"),
        ({"head_channels": 6}, "head_channels"),
        ({"upsample": "x3"}, "x1, x2 or x4"),
        ({"neck_dims": (8, 16, 24)}, "4 neck_dims"),
        ({"pos_grid": (28,)}, "pos_grid"),
        ({"input_hw": (450, 448)}, "multiples of 16"),
        ({"input_hw": (16 << 10, 448)}, "up to 4096"),
    ],
)
def test_a_plain_vit_that_cannot_be_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(TINY, **change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"input_side": 1000}, "multiple of 16"),
        ({"answer": "best"}, "single or best-of-first-click"),
        ({"prev_limit": float("nan")}, "positive logit"),
        ({"depths": (2, 2, 6)}, "same 2 or more stages"),
        ({"widths": (64, 128, 160, 300)}, "width of 32"),
        ({"depths": (2, 2, 600, 2)}, "at most 256 blocks"),
        ({"embed_dim": 100}, "multiple of 16"),
    ],
)
def test_a_sam_lineage_network_that_cannot_be_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(SamConfig(), **change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"width": 0}, "width: expected 1 to 128"),
        ({"width": 1 << 16}, "width: expected 1 to 128"),
        ({"ocr_width": -1}, "ocr_width: expected 0"),
        ({"ocr_width": 1 << 16}, "ocr_width: expected 0"),
        ({"zoom_side": 0}, "zoom_side: expected 1 to 4096"),
        ({"zoom_side": 5000}, "zoom_side: expected 1 to 4096"),
    ],
)
def test_an_hrnet_that_cannot_be_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(HrnetConfig(width=18, ocr_width=64), **change)
