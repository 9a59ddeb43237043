from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="files are made with onnx")
pytest.importorskip("onnxruntime", reason="files are run by onnxruntime")

from clickcut.model.onnx_pair.decoder import OnnxDecoder
from clickcut.model.onnx_pair.graph import open_graph
from tests.model.onnx_pair.pairs import MASK, SIDE, plain_decoder, plain_encoder


def test_what_the_encoder_gives_goes_where_it_belongs_whatever_it_is_called(tmp_path: Path) -> None:
    encoder = open_graph(plain_encoder(tmp_path / "e.onnx"))
    decoder = OnnxDecoder.of(open_graph(plain_decoder(tmp_path / "d.onnx", (0.5,), feature="embedding")), encoder, SIDE)

    assert decoder.features == {"embedding": 0}
    assert decoder.prev_side == MASK


def test_a_decoder_without_the_images_size_is_one_too(tmp_path: Path) -> None:
    encoder = open_graph(plain_encoder(tmp_path / "e.onnx"))

    assert OnnxDecoder.of(open_graph(plain_decoder(tmp_path / "d.onnx", (0.5,), leave_out=("orig_im_size",))), encoder, SIDE)


@pytest.mark.parametrize("name", ["point_labels", "low_res_masks"])
def test_what_is_missing_is_named(tmp_path: Path, name: str) -> None:
    encoder = open_graph(plain_encoder(tmp_path / "e.onnx"))
    path = plain_decoder(tmp_path / "d.onnx", (0.5,), leave_out=(name,)) if name == "point_labels" else tmp_path / "e.onnx"

    with pytest.raises(ValueError, match=rf"{name}.* is missing among its inputs"):
        OnnxDecoder.of(open_graph(path), encoder, SIDE)
