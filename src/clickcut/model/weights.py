"""Weights files: safetensors with the network's config, its card and its inference options in the header. Nothing in a file is ever run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from clickcut.core.files import replacing
from clickcut.model.build import AnyNetwork, build_network
from clickcut.model.config import ModelConfig, SamConfig, config_from_json, config_to_json

_LARGEST_HEADER = 16 << 20
_MAX_NAMES = 3
_SAM_PARTS = ("image_encoder.", "prompt_encoder.", "mask_decoder.")


@dataclass(frozen=True, slots=True)
class Header:
    """What a weights file says of itself: how to build its network, where it comes from, and how it is meant to be used."""

    config: ModelConfig
    card: Mapping[str, Any]
    inference: Mapping[str, Any]


def shipped_weights() -> Path:
    """The weights file of the model that ships inside the package."""
    path = Path(__file__).parent.parent / "weights" / "clickcut-s.safetensors"
    if not path.is_file():
        raise ValueError(f"{path}: the shipped model is missing from this installation; install the package again, or name a weights file")
    return path


def save_weights(path: Path, network: AnyNetwork, header: Header, *, dtype: torch.dtype = torch.float16) -> None:
    """Writes a network's weights, all at once or not at all; floating-point tensors are stored as ``dtype``."""
    tensors = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }
    metadata = {
        "format": "clickcut",
        "config": json.dumps(config_to_json(header.config)),
        "card": json.dumps(header.card),
        "inference": json.dumps(header.inference),
    }
    with replacing(path) as file:
        file.write(save(tensors, metadata))


def read_header(path: Path) -> Header:
    """The header of a weights file; a bare file of the SAM lineage gets the header that its published rules amount to."""
    names, metadata = _contents(path)
    if "config" in metadata:
        parts = {key: _json(path, key, metadata.get(key, "{}")) for key in ("config", "card", "inference")}
        return Header(config_from_json(parts["config"]), parts["card"], parts["inference"])
    if names and all(name.startswith(_SAM_PARTS) for name in names):
        card = {"name": path.stem, "origin": "a bare file of the SAM lineage; its own rule answers a single click"}
        return Header(SamConfig(answer="best-of-first-click"), card, {"zoom": None})
    raise ValueError(f"{path}: expected a weights file of clickcut or of the SAM lineage, found neither a config nor their tensor names")


def load_network(path: Path, device: torch.device | str = "cpu") -> tuple[AnyNetwork, Header]:
    """The network of a weights file in float32, ready to answer, and its header.

    Built without memory of its own and filled from the mapped file, so that loading peaks near the size of the weights.
    """
    header = read_header(path)
    with torch.device("meta"):
        network = build_network(header.config)
    with safe_open(path, "pt") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    _check_tensors(path, network.state_dict(), stored)
    for name in list(stored):
        tensor = stored.pop(name)
        tensor = tensor.to(device, torch.float32) if tensor.is_floating_point() else tensor.to(device)
        _put(network, name, tensor)
    network.eval()
    return network, header


def _put(network: torch.nn.Module, name: str, tensor: Tensor) -> None:
    """Puts one tensor in the place of a meta tensor."""
    owner_name, _, leaf = name.rpartition(".")
    owner = network.get_submodule(owner_name)
    if leaf in owner._parameters:
        owner._parameters[leaf] = torch.nn.Parameter(tensor)
    else:
        owner._buffers[leaf] = tensor


def _contents(path: Path) -> tuple[list[str], dict[str, str]]:
    """Tensor names and metadata, after the checks that make the header safe to read."""
    if path.is_dir():
        raise ValueError(f"{path}: expected a weights file, found a folder")
    try:
        with path.open("rb") as file:
            head = file.read(8)
            first = file.read(1)
    except OSError as error:
        raise ValueError(f"{path}: cannot read it: {error.strerror or error}") from error
    if head[:2] in (b"PK", b"\x80\x02", b"\x80\x04"):
        raise ValueError(f"{path}: holds pickled Python objects, which could run code; only safetensors files are opened")
    if len(head) < 8 or first != b"{" or int.from_bytes(head, "little") > _LARGEST_HEADER:
        raise ValueError(f"{path}: expected a safetensors file, found something else or a cut-off one")
    try:
        with safe_open(path, "pt") as opened:
            return list(opened.keys()), dict(opened.metadata() or {})
    except SafetensorError as error:
        raise ValueError(f"{path}: not a whole safetensors file ({error}); fetch or write it again") from error


def _check_tensors(path: Path, wanted: Mapping[str, Tensor], stored: Mapping[str, Tensor]) -> None:
    problems = {
        "missing": sorted(wanted.keys() - stored.keys()),
        "unexpected": sorted(stored.keys() - wanted.keys()),
        "misshapen": [
            f"{name} {tuple(stored[name].shape)} for {tuple(wanted[name].shape)}"
            for name in wanted.keys() & stored.keys()
            if stored[name].shape != wanted[name].shape
        ],
    }
    told = [
        f"{len(names)} {what} ({', '.join(names[:_MAX_NAMES])}{', ...' if len(names) > _MAX_NAMES else ''})"
        for what, names in problems.items()
        if names
    ]
    if told:
        raise ValueError(f"{path}: its tensors do not fit its config: {'; '.join(told)}")


def _json(path: Path, key: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: the header's {key} is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path}: expected the header's {key} to be an object, got {type(value).__name__}")
    return value
