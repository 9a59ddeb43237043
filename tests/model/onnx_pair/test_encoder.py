from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

pytest.importorskip("onnx", reason="files are made with onnx")
pytest.importorskip("onnxruntime", reason="files are run by onnxruntime")

from onnx import TensorProto

from clickcut.model.fit import normalised
from clickcut.model.onnx_pair.encoder import OnnxEncoder, PixelForm
from clickcut.model.onnx_pair.graph import open_graph
from tests.model.onnx_pair.pairs import plain_decoder, plain_encoder

pytestmark = pytest.mark.slow

PIXELS = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def _encoder(path: Path, shape: Sequence[int | str], kind: int = TensorProto.FLOAT, form: PixelForm | None = None) -> OnnxEncoder:
    return OnnxEncoder.of(open_graph(plain_encoder(path / "e.onnx", shape, kind)), form)


def test_floats_with_colours_first_are_given_normalised(tmp_path: Path) -> None:
    (given,) = _encoder(tmp_path, (1, 3, 32, 32)).features(PIXELS)

    torch.testing.assert_close(given, normalised(PIXELS))


def test_bytes_are_given_raw_and_rounded(tmp_path: Path) -> None:
    (given,) = _encoder(tmp_path, (1, 3, 32, 32), TensorProto.UINT8).features(PIXELS)

    assert (given == (PIXELS * 255).round()).all()


def test_a_picture_with_colours_last_is_given_raw(tmp_path: Path) -> None:
    (given,) = _encoder(tmp_path, (32, 32, 3)).features(PIXELS)

    torch.testing.assert_close(given, (PIXELS * 255)[0].permute(1, 2, 0))


@pytest.mark.parametrize(("form", "scale"), [("unit", 1), ("raw", 255)])
def test_what_is_said_of_pixels_goes_before_what_the_input_tells(tmp_path: Path, form: PixelForm, scale: int) -> None:
    (given,) = _encoder(tmp_path, (1, 32, 32, 3), form=form).features(PIXELS)

    torch.testing.assert_close(given, (PIXELS * scale).permute(0, 2, 3, 1))


def test_an_open_side_is_sams(tmp_path: Path) -> None:
    encoder = _encoder(tmp_path, ("height", "width", 3))

    assert (encoder.side, encoder.form) == (1024, "raw")


@pytest.mark.parametrize(
    "shape",
    [
        (1, 1, 32, 32),  # no colours
        (1, 3, 32, 48),  # no square
        (1, 3, 30, 30),  # no whole cells
        (1, 3, 65536, 65536),  # more than memory holds
        (2, 3, 32, 32),  # a fixed batch
        (3, 32),
    ],
)
def test_another_input_is_refused_with_its_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected a") as raised:
        _encoder(tmp_path, shape)

    assert str(shape) in str(raised.value)


def test_a_decoder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected an encoder, whose one input is an image"):
        OnnxEncoder.of(open_graph(plain_decoder(tmp_path / "d.onnx", (0.5,))))
