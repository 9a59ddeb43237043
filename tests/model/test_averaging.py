"""Averages of weights: the numbers, the header, and what cannot be averaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clickcut.model.averaging import average_weights
from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig
from clickcut.model.header import Header
from clickcut.model.weights import load_network, read_header, save_weights, tensors_sha256
from tests.model.exchange.containers import TINY_HRNET

TINY = PlainVitConfig(patch=16, dim=32, depth=4, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)


def stored(path: Path, seed: int, config: ModelConfig = TINY) -> Path:
    torch.manual_seed(seed)
    save_weights(path, build_network(config), Header(config, {"name": path.stem}, {"flip": bool(seed)}), dtype=torch.float32)
    return path


def test_every_number_is_the_mean_with_the_given_shares(tmp_path: Path) -> None:
    a, b = stored(tmp_path / "a.safetensors", 1), stored(tmp_path / "b.safetensors", 2)

    average_weights([a, b], [3, 1], tmp_path / "c.safetensors")

    first, second, mean = (load_network(path)[0].state_dict() for path in (a, b, tmp_path / "c.safetensors"))
    for name, tensor in mean.items():
        assert torch.allclose(tensor, 0.75 * first[name] + 0.25 * second[name], atol=1e-7), name
    assert any(not torch.equal(tensor, first[name]) for name, tensor in mean.items())


def test_a_share_of_all_is_the_file_itself(tmp_path: Path) -> None:
    a, b = stored(tmp_path / "a.safetensors", 1), stored(tmp_path / "b.safetensors", 2)

    average_weights([a, b], [0, 5], tmp_path / "c.safetensors")

    second, mean = (load_network(path)[0].state_dict() for path in (b, tmp_path / "c.safetensors"))
    assert all(torch.equal(tensor, second[name]) for name, tensor in mean.items())


def test_the_card_lists_the_files_and_options_are_the_first_ones(tmp_path: Path) -> None:
    a, b = stored(tmp_path / "a.safetensors", 1), stored(tmp_path / "b.safetensors", 2)

    average_weights([a, b], [1, 1], tmp_path / "c.safetensors")

    header = read_header(tmp_path / "c.safetensors")
    assert header.inference == read_header(a).inference
    assert header.card["name"] == "a"
    assert header.card["average of"] == [
        {"file": "a.safetensors", "sha256": tensors_sha256(a), "share": 0.5, "card": {"name": "a"}},
        {"file": "b.safetensors", "sha256": tensors_sha256(b), "share": 0.5, "card": {"name": "b"}},
    ]


def test_what_counts_stays_a_whole_number(tmp_path: Path) -> None:
    files = [stored(tmp_path / f"{seed}.safetensors", seed, TINY_HRNET) for seed in (1, 2)]

    average_weights(files, [1, 1], tmp_path / "c.safetensors")

    network, header = load_network(tmp_path / "c.safetensors")
    assert isinstance(header.config, HrnetConfig)
    counts = [tensor for name, tensor in network.state_dict().items() if name.endswith("num_batches_tracked")]
    assert counts
    assert all(not tensor.is_floating_point() for tensor in counts)


def test_half_precision_is_kept_and_summed_exactly(tmp_path: Path) -> None:
    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for value, path in zip((1.0, 1.0 + 2**-9), paths, strict=True):
        network = build_network(TINY)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.fill_(value)
        save_weights(path, network, Header(TINY, {}, {}))

    average_weights(paths, [1, 1], tmp_path / "c.safetensors")

    network, _ = load_network(tmp_path / "c.safetensors", dtype=torch.float16)
    assert all(bool((parameter == 1.0 + 2**-10).all()) for parameter in network.parameters())


def test_other_networks_are_refused(tmp_path: Path) -> None:
    a, b = stored(tmp_path / "a.safetensors", 1), stored(tmp_path / "b.safetensors", 2, replace(TINY, depth=8))

    with pytest.raises(ValueError, match=r"b\.safetensors: expected a network like that of .*a\.safetensors"):
        average_weights([a, b], [1, 1], tmp_path / "c.safetensors")
    assert not (tmp_path / "c.safetensors").exists()


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ([1], "a share for each of the 2 files, got 1"),
        ([1, -1], "shares of 0 or more"),
        ([0, 0], "not all 0"),
        ([1, float("nan")], "shares of 0 or more"),
        ([1, float("inf")], "shares of 0 or more"),
    ],
)
def test_shares_that_make_no_mean_are_refused(tmp_path: Path, shares: list[float], told: str) -> None:
    a, b = stored(tmp_path / "a.safetensors", 1), stored(tmp_path / "b.safetensors", 2)

    with pytest.raises(ValueError, match=told):
        average_weights([a, b], shares, tmp_path / "c.safetensors")


def test_one_file_has_no_average(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two weights files or more to average, got 1"):
        average_weights([stored(tmp_path / "a.safetensors", 1)], [1], tmp_path / "c.safetensors")
