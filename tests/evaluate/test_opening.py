from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.evaluate.baselines.known import BASELINES
from clickcut.evaluate.entry import settings_of
from clickcut.evaluate.opening import open_measured
from clickcut.model.function import FunctionNetwork


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_opened_by_its_name_and_measured_under_it(name: str) -> None:
    predictor, weights = open_measured(Path(name))

    settings = settings_of(predictor, weights)

    assert isinstance(predictor.network, FunctionNetwork)
    assert settings["weights"] == {"file": name, "sha256": None}
    assert (settings["zoom"], settings["flip"], settings["size"]) == (None, False, None)


def test_options_that_a_baseline_does_not_have_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^--size, --device, --precision: watershed knows nothing like it"):
        open_measured("watershed", "cuda", precision="bf16", size=64, zoom=None)


def test_a_slip_of_a_name_gets_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'random-walker'"):
        open_measured("random-waker")


def test_a_pair_of_onnx_files_is_measured_under_the_names_of_both(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="pairs are made with onnx")
    pytest.importorskip("onnxruntime", reason="pairs are run by onnxruntime")
    from tests.model.onnx_pair.pairs import SIDE, plain_decoder, plain_encoder

    encoder, decoder = plain_encoder(tmp_path / "mine.onnx"), plain_decoder(tmp_path / "decoder.onnx", (0.5,))

    predictor, weights = open_measured(f"onnx:{encoder},{decoder}")

    settings = settings_of(predictor, weights)
    assert settings["weights"]["file"] == "mine+decoder.onnx"
    assert len(settings["weights"]["sha256"]) == 64
    assert (settings["zoom"], settings["size"]) == (None, SIDE)
    assert str(tmp_path) not in str(settings)
