"""Opening a predictor: which weights are read, and that their header decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from clickcut.model.fit import AsIs, Squash
from clickcut.predict import opening
from clickcut.predict.cascade import Cascade
from tests.predict.fakes import FormulaNetwork


@dataclass(frozen=True)
class FakeHeader:
    inference: dict[str, object]
    card: dict[str, object] = field(default_factory=dict)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, torch.device | str]]:
    """What was opened, with a formula for a network and a header that squashes to 448 x 448."""
    calls: list[tuple[Path, torch.device | str]] = []

    def load_network(path: Path, device: torch.device | str) -> tuple[FormulaNetwork, FakeHeader]:
        calls.append((path, device))
        return FormulaNetwork(AsIs()), FakeHeader({"size": 448, "flip": True})

    monkeypatch.setattr(opening, "load_network", load_network)
    monkeypatch.setattr(opening, "shipped_weights", lambda: Path("shipped.safetensors"))
    return calls


def test_the_shipped_weights_are_opened_by_default(opened: list[tuple[Path, torch.device | str]]) -> None:
    predictor = opening.open_predictor()

    assert opened == [(Path("shipped.safetensors"), "cpu")]
    assert predictor.fitting == Squash((448, 448))
    assert predictor.flip


def test_weights_device_and_options_can_be_named(opened: list[tuple[Path, torch.device | str]]) -> None:
    predictor = opening.open_predictor(Path("other.safetensors"), "meta", flip=False, cascade=3)

    assert opened == [(Path("other.safetensors"), "meta")]
    assert not predictor.flip
    assert predictor.cascade == Cascade(3)


def test_a_start_for_training_is_refused(opened: list[tuple[Path, torch.device | str]], monkeypatch: pytest.MonkeyPatch) -> None:
    header = FakeHeader({}, {"untrained": ["neck", "head"]})
    monkeypatch.setattr(opening, "load_network", lambda path, device: (FormulaNetwork(AsIs()), header))

    with pytest.raises(ValueError, match=r"mae.pth: a start for training, whose neck, head are untrained; train it"):
        opening.open_predictor(Path("mae.pth"))
