from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="files are made with onnx")
pytest.importorskip("onnxruntime", reason="files are run by onnxruntime")

from clickcut.model.onnx_pair.graph import Slot, open_graph
from tests.model.onnx_pair.pairs import plain_encoder


def test_a_file_tells_what_it_takes_and_gives(tmp_path: Path) -> None:
    graph = open_graph(plain_encoder(tmp_path / "e.onnx", (1, 3, "height", 8)))

    assert graph.inputs == {"image": Slot("image", (1, 3, None, 8), np.dtype(np.float32))}
    assert list(graph.outputs) == ["image_embeddings"]


def test_values_are_given_as_the_type_that_is_wanted(tmp_path: Path) -> None:
    graph = open_graph(plain_encoder(tmp_path / "e.onnx", (2,)))

    (given,) = graph.run({"image": np.array([1, 2], np.int64)}, ["image_embeddings"])

    assert given.tolist() == [1.0, 2.0]


def test_a_shape_that_does_not_fit_is_told_with_the_file(tmp_path: Path) -> None:
    graph = open_graph(plain_encoder(tmp_path / "e.onnx", (2,)))

    with pytest.raises(ValueError, match=r"e\.onnx: ONNX Runtime cannot run it on image \(3,\)"):
        graph.run({"image": np.zeros(3)}, ["image_embeddings"])


@pytest.mark.parametrize("content", [b"", b"no graph at all", None])
def test_what_is_no_onnx_file_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.onnx"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ValueError, match=r"x\.onnx: (ONNX Runtime cannot open it|cannot read it)"):
        open_graph(path)


def test_a_missing_onnx_runtime_is_told_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(ValueError, match=r"pip install 'clickcut\[onnx\]'"):
        open_graph(tmp_path / "x.onnx")
