"""From the field's files to ours and back: every tensor to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from clickcut.model.exchange.converting import convert_to_reference, convert_to_weights
from clickcut.model.exchange.opening import WeightsFile, open_weights
from tests.model.exchange.containers import TINY_HRNET, formula_state, hrnet_description, save_hrnet, save_vit


def save_stages(path: Path) -> Path:
    torch.save([{"state_dict": formula_state(TINY_HRNET), "config": hrnet_description()}] * 2, path)
    return path


def same(one: WeightsFile, other: WeightsFile) -> bool:
    return list(one.tensors) == list(other.tensors) and all(
        torch.equal(tensor.read(), other.tensors[name].read()) and tensor.dtype == other.tensors[name].dtype
        for name, tensor in one.tensors.items()
    )


@pytest.mark.parametrize("save", [save_vit, save_hrnet, save_stages])
@pytest.mark.slow
def test_there_and_back_and_there_again_is_exact(tmp_path: Path, save: Callable[[Path], Path]) -> None:
    source = open_weights(save(tmp_path / "theirs.pth"))

    convert_to_weights(source, tmp_path / "ours.safetensors")
    convert_to_reference(open_weights(tmp_path / "ours.safetensors"), tmp_path / "back.pth")
    convert_to_weights(open_weights(tmp_path / "back.pth"), tmp_path / "again.safetensors")

    back, again, ours = (open_weights(tmp_path / name) for name in ("back.pth", "again.safetensors", "ours.safetensors"))
    assert same(back, source)
    assert sorted(again.tensors) == sorted(source.tensors)
    for name, tensor in source.tensors.items():
        assert torch.equal(again.tensors[name].read(), tensor.read()), name
    assert again.header.config == ours.header.config == source.header.config
    assert ours.header.inference == source.header.inference


def test_the_card_names_the_source_and_its_fingerprint(tmp_path: Path) -> None:
    header = convert_to_weights(open_weights(save_vit(tmp_path / "theirs.pth")), tmp_path / "ours.safetensors")

    assert open_weights(tmp_path / "ours.safetensors").header.card == header.card
    assert header.card["name"] == "theirs"
    assert header.card["origin"].startswith("theirs.pth, a reference container")
    assert len(header.card["source_sha256"]) == 64


def test_another_precision_changes_floats_alone(tmp_path: Path) -> None:
    convert_to_weights(open_weights(save_hrnet(tmp_path / "theirs.pth")), tmp_path / "half.safetensors", dtype=torch.bfloat16)

    assert {tensor.dtype for tensor in open_weights(tmp_path / "half.safetensors").tensors.values()} == {torch.bfloat16, torch.int64}


def test_a_file_that_lacks_a_tensor_is_not_converted(tmp_path: Path) -> None:
    state = formula_state(TINY_HRNET)
    del state["feature_extractor.bn1.weight"]
    torch.save({"state_dict": state, "config": hrnet_description()}, tmp_path / "theirs.pth")

    with pytest.raises(ValueError, match=r"1 \(feature_extractor.bn1.weight\) missing"):
        convert_to_weights(open_weights(tmp_path / "theirs.pth"), tmp_path / "ours.safetensors")
    assert not (tmp_path / "ours.safetensors").exists()
