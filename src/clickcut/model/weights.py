"""Weights files: safetensors with the network's config, its card and its inference options in the header. Nothing in a file is ever run."""

from __future__ import annotations

import hashlib
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
from clickcut.model.build import AnyNetwork, outline_network
from clickcut.model.config import ModelConfig, SamConfig, config_from_json, config_to_json

_LARGEST_HEADER = 16 << 20
_MAX_NAMES = 3
_FLOATS = ("F64", "F32", "F16", "BF16")
_INTEGERS = ("I64",)
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
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
    """Writes a network's weights, all at once or not at all, stored as ``dtype``; counts stay the integers that they are."""
    tensors = {name: tensor.detach().to("cpu", _kind(tensor, dtype)).contiguous() for name, tensor in network.state_dict().items()}
    if broken := [name for name, tensor in tensors.items() if not bool(tensor.isfinite().all())]:
        raise ValueError(f"cannot write {path}: {_listed(broken)} of the tensors hold values that are not finite as {dtype}")
    metadata = {
        "format": "clickcut",
        "config": json.dumps(config_to_json(header.config)),
        "card": json.dumps(header.card),
        "inference": json.dumps(header.inference),
    }
    with replacing(path) as file:
        file.write(save(tensors, metadata))


def tensors_sha256(path: Path) -> str:
    """The fingerprint of a weights file's tensors alone, so that writing figures into its card changes no fingerprint."""
    with path.open("rb") as file:
        file.seek(8 + int.from_bytes(file.read(8), "little"))
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_header(path: Path) -> Header:
    """The header of a weights file; a bare file of the SAM lineage gets the header that its published rules amount to."""
    stated = _stated(path)
    metadata = stated.pop("__metadata__", {})
    if isinstance(metadata, dict) and "config" in metadata:
        config, card, inference = (_object(path, key, metadata.get(key, "{}")) for key in ("config", "card", "inference"))
        try:
            return Header(config_from_json(config), card, inference)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    if stated and all(name.startswith(_SAM_PARTS) for name in stated):
        card = {"name": path.stem, "origin": "a bare file of the SAM lineage; its own rule answers a single click"}
        return Header(SamConfig(answer="best-of-first-click"), card, {"zoom": None})
    raise ValueError(f"{path}: expected a weights file of clickcut or of the SAM lineage, found neither a config nor their tensor names")


def load_network(path: Path, device: torch.device | str = "cpu") -> tuple[AnyNetwork, Header]:
    """The network of a weights file in float32, ready to answer, and its header.

    Built without memory of its own and filled tensor by tensor from the mapped file, so that loading peaks near the size of the weights.
    """
    header = read_header(path)
    try:
        network = outline_network(header.config)
        with safe_open(path, "pt") as file:
            wanted = network.state_dict()
            _check_tensors(path, wanted, {name: file.get_slice(name) for name in file.keys()})  # noqa: SIM118 - not a dict
            tensors = {name: file.get_tensor(name).to(device, _kind(tensor, torch.float32)) for name, tensor in wanted.items()}
            network.load_state_dict(tensors, assign=True)
    except SafetensorError as error:
        raise ValueError(f"{path}: cut off or damaged, fetch or write it again ({error})") from error
    return network.eval(), header


def _stated(path: Path) -> dict[str, Any]:
    """What the file's first bytes say that it holds, read with limits before any library opens it."""
    if path.is_dir():
        raise ValueError(f"{path}: expected a weights file, found a folder")
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if head.startswith(_PICKLES):
                raise ValueError(
                    f"{path}: holds pickled Python objects, which can run code when opened; expected safetensors, "
                    f"to which such a file must be converted first"
                )
            size = int.from_bytes(head, "little")
            if len(head) < 8 or size > _LARGEST_HEADER or file.read(1) != b"{":
                raise ValueError(f"{path}: expected a safetensors file, found something else")
            text = b"{" + file.read(size - 1)
    except OSError as error:
        raise ValueError(f"{path}: cannot read it: {error.strerror or error}") from error
    if len(text) < size:
        raise ValueError(f"{path}: cut off within its header, fetch or write it again")
    return _object(path, "header", text)


def _object(path: Path, what: str, text: Any) -> dict[str, Any]:
    """A JSON object from its text; a name that stands in it twice could be read in two ways, and so is refused."""

    def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands in it twice")
        return value

    try:
        value = json.loads(text, object_pairs_hook=without_doubles)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{path}: cannot read its {what}: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path}: expected its {what} to be a JSON object, got {type(value).__name__}")
    return value


def _check_tensors(path: Path, wanted: Mapping[str, Tensor], stored: Mapping[str, Any]) -> None:
    """``stored`` are safetensors' slices, which know shape and type without reading a tensor."""
    both = [name for name in wanted if name in stored]
    shapes = {name: (tuple(stored[name].get_shape()), tuple(wanted[name].shape)) for name in both}
    problems = {
        "missing": [name for name in wanted if name not in stored],
        "unexpected": [name for name in stored if name not in wanted],
        "misshapen": [f"{name} {found} for {right}" for name, (found, right) in shapes.items() if found != right],
        "no floats": [name for name in both if wanted[name].is_floating_point() and stored[name].get_dtype() not in _FLOATS],
        "no integers": [name for name in both if not wanted[name].is_floating_point() and stored[name].get_dtype() not in _INTEGERS],
    }
    if told := [f"{_listed(names)} {what}" for what, names in problems.items() if names]:
        raise ValueError(f"{path}: its tensors do not fit its config: {'; '.join(told)}")


def _kind(tensor: Tensor, floats: torch.dtype) -> torch.dtype:
    """``floats`` for weights; what is counted (batches that a norm has seen) is no weight and keeps its type."""
    return floats if tensor.is_floating_point() else tensor.dtype


def _listed(names: list[str]) -> str:
    """Their number and the first few."""
    return f"{len(names)} ({', '.join(names[:_MAX_NAMES])}{', ...' if len(names) > _MAX_NAMES else ''})"
