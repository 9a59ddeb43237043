"""Opening a predictor: which weights are read, and that their header decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from clickcut.model import catalogue
from clickcut.model.fit import AsIs, Squash
from clickcut.predict import opening
from clickcut.predict.cascade import Cascade
from tests.model.published_weights import CONTENT, PLAIN, Shop
from tests.predict.fakes import FormulaNetwork


@dataclass(frozen=True)
class FakeHeader:
    inference: dict[str, object]
    card: dict[str, object] = field(default_factory=dict)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, torch.device | str]]:
    """What was opened, with a formula for a network and a header that squashes to 448 x 448."""
    calls: list[tuple[Path, torch.device | str]] = []

    def load_network(path: Path, device: torch.device | str, *, dtype: torch.dtype) -> tuple[FormulaNetwork, FakeHeader]:
        calls.append((path, device))
        return FormulaNetwork(AsIs()), FakeHeader({"size": 448, "flip": True})

    monkeypatch.setattr(opening, "load_network", load_network)
    monkeypatch.setattr(opening, "shipped_weights", lambda: Path("shipped.safetensors"))
    return calls


def test_the_smaller_shipped_model_is_the_same_file_at_half_the_size(
    opened: list[tuple[Path, torch.device | str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "shipped_weights", lambda: Path("shipped.safetensors"))

    predictor = opening.open_predictor("clickcut-xs")
    asked = opening.open_predictor("clickcut-xs", size=640)

    assert [path for path, _ in opened] == [Path("shipped.safetensors")] * 2
    assert predictor.fitting == Squash((512, 512))
    assert asked.fitting == Squash((640, 640))


def test_a_file_of_that_name_comes_before_a_shipped_model(
    opened: list[tuple[Path, torch.device | str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clickcut-xs").write_bytes(b"")

    predictor = opening.open_predictor("clickcut-xs")

    assert opened[0][0] == Path("clickcut-xs")
    assert predictor.fitting == Squash((448, 448))


def test_the_shipped_weights_are_opened_by_default(opened: list[tuple[Path, torch.device | str]]) -> None:
    predictor = opening.open_predictor()

    assert opened == [(Path("shipped.safetensors"), "cpu")]
    assert predictor.fitting == Squash((448, 448))
    assert predictor.flip


def test_weights_device_and_options_can_be_named(opened: list[tuple[Path, torch.device | str]], tmp_path: Path) -> None:
    weights = tmp_path / "other.safetensors"
    weights.touch()

    predictor = opening.open_predictor(weights, "meta", flip=False, cascade=3)

    assert opened == [(weights, "meta")]
    assert not predictor.flip
    assert predictor.cascade == Cascade(3)


def test_a_start_for_training_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mae.pth").touch()
    header = FakeHeader({}, {"untrained": ["neck", "head"]})
    monkeypatch.setattr(opening, "load_network", lambda path, device, dtype: (FormulaNetwork(AsIs()), header))

    with pytest.raises(ValueError, match=r"mae.pth: a start for training, whose neck, head are untrained; train it"):
        opening.open_predictor(tmp_path / "mae.pth")


def test_weights_can_be_a_published_name(opened: list[tuple[Path, torch.device | str]], shop: Shop) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(CONTENT)

    opening.open_predictor(PLAIN)

    assert opened == [(shop.path(PLAIN), "cpu")]


def test_a_pair_of_onnx_files_is_opened_without_zoom_unless_it_is_wanted(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="pairs are made with onnx")
    pytest.importorskip("onnxruntime", reason="pairs are run by onnxruntime")
    from tests.model.onnx_pair.pairs import plain_decoder, plain_encoder

    pair = f"onnx:{plain_encoder(tmp_path / 'e.onnx')},{plain_decoder(tmp_path / 'd.onnx', (0.5,))}"

    plain, zoomed = opening.open_predictor(pair), opening.open_predictor(pair, zoom=True, flip=True)

    assert (plain.zoom, plain.flip) == (None, False)
    assert (zoomed.zoom is not None, zoomed.flip) == (True, True)


def test_what_a_pair_of_onnx_files_fixes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"device cuda, precision bf16, size 512: a pair of ONNX files computes on the CPU"):
        opening.open_predictor("onnx:e.onnx,d.onnx", "cuda", precision="bf16", size=512)
