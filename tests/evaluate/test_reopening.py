"""Predictors made again from the settings in results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clickcut.evaluate.entry import settings_of
from clickcut.evaluate.reopening import reopened
from clickcut.model.header import Header
from clickcut.model.weights import load_network, save_weights
from clickcut.predict.brs import brs_of
from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom
from tests.model.tiny_sam import TINY_SAM, tiny_sam


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_weights(path, tiny_sam(), Header(TINY_SAM, {"name": "tiny"}, {"zoom": None}))
    return path


def as_stored(predictor: Predictor, weights: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(json.dumps(settings_of(predictor, weights)))
    return settings


@pytest.mark.parametrize("brs", [None, "rgb-brs"])
def test_settings_give_back_the_predictor(weights: Path, brs: str | None) -> None:
    network, _ = load_network(weights)
    zoom, cascade = Zoom(min_side=100), Cascade(4, adaptive=True)
    settings = as_stored(Predictor(network, zoom, cascade, flip=True, threshold=0.4, brs=brs_of(brs, None)), weights)

    again = reopened(settings, weights)

    assert again is not None
    assert as_stored(again, weights) == settings


@pytest.mark.parametrize(
    "change", [{"fitting": "another"}, {"weights": {"file": "tiny.safetensors", "sha256": "0"}}, {"size": [3, 4]}, {"zoom": {"x": 1}}]
)
def test_what_cannot_be_made_again_to_the_last_option_is_none(weights: Path, change: dict[str, Any]) -> None:
    settings = as_stored(Predictor(load_network(weights)[0]), weights)

    assert reopened({**settings, **change}, weights) is None


def test_weights_that_are_not_here_are_none(weights: Path) -> None:
    settings = as_stored(Predictor(load_network(weights)[0]), weights)

    assert reopened(settings) is None
    assert reopened({**settings, "weights": {"file": "opencv-grabcut", "sha256": None}}) is None
