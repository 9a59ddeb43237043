"""Weights files into networks and back; ours are safetensors with config, card and inference options. Nothing in a file is ever run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from clickcut.core.files import replacing
from clickcut.model.build import AnyNetwork, outline_network
from clickcut.model.config import config_to_json
from clickcut.model.exchange.opening import WeightsFile, open_weights
from clickcut.model.exchange.pickles import is_pickled
from clickcut.model.header import Header

SHIPPED: Final[Mapping[str, Mapping[str, Any]]] = {"clickcut-s": {}, "clickcut-xs": {"size": 512}}
"""The models in the package, and what each says in place of its file's ``inference``. They share one file: clickcut-xs looks at crops with
half the side, which encodes them in about a quarter of the time."""

_MAX_NAMES = 3


def shipped_weights() -> Path:
    """The weights file of the models that ship inside the package."""
    path = Path(__file__).parent.parent / "weights" / "clickcut-s.safetensors"
    if not path.is_file():
        raise ValueError(f"{path}: the shipped model is missing from this installation; install the package again, or name a weights file")
    return path


def save_weights(path: Path, network: AnyNetwork, header: Header, *, dtype: torch.dtype = torch.float16) -> None:
    """Writes a network's weights, all at once or not at all, its floats stored as ``dtype``."""
    save_tensors(path, network.state_dict(), header, dtype=dtype)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], header: Header, *, dtype: torch.dtype | None) -> None:
    """``save_weights`` for tensors without a network around them, stored as they are if ``dtype`` is None."""
    stored = _apart({name: _as(tensor.detach(), "cpu", dtype).contiguous() for name, tensor in tensors.items()})
    if broken := [name for name, tensor in stored.items() if not bool(tensor.isfinite().all())]:
        numbers = "numbers" if dtype is None else f"{dtype}"
        raise ValueError(f"cannot write {path}: {_listed(broken)} of the tensors hold values that are not finite as {numbers}")
    metadata = {
        "format": "clickcut",
        "config": json.dumps(config_to_json(header.config)),
        "card": json.dumps(header.card),
        "inference": json.dumps(header.inference),
    }
    with replacing(path) as file:
        usual = os.fstat(file.fileno()).st_mode
        save_file(stored, file.name, metadata)
        # safetensors puts a new file there, which none but its owner may read and nobody has seen onto the disk.
        with Path(file.name).open("rb+") as written:
            Path(written.name).chmod(usual)
            os.fsync(written.fileno())


def tensors_sha256(path: Path) -> str:
    """The fingerprint of a weights file: of its tensors alone where the header can be told apart, so that figures in a card change none."""
    with path.open("rb") as file:
        if not is_pickled(path):
            file.seek(8 + int.from_bytes(file.read(8), "little"))
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_header(path: Path) -> Header:
    """The header of a weights file, or what a file of the field amounts to; see ``open_weights`` for what is read."""
    return open_weights(path).header


def load_network(path: Path, device: torch.device | str = "cpu", *, dtype: torch.dtype = torch.float32) -> tuple[AnyNetwork, Header]:
    """The network of a weights file, ready to answer, its floats as ``dtype``, and its header.

    Built without memory of its own and filled tensor by tensor: what is stored as it is wanted shares the mapped file, the rest is copied
    one at a time. So loading peaks near the size of the weights.
    """
    opened = open_weights(path)
    network = outline_network(opened.header.config)
    check_tensors(opened, network.state_dict())
    network.load_state_dict({name: _loaded(opened, name, device, dtype) for name in network.state_dict()}, assign=True)
    return network.eval(), opened.header


def check_tensors(opened: WeightsFile, wanted: Mapping[str, Tensor]) -> None:
    """Whether a file holds just the tensors of a network; ValueError names those that are missing, unexpected, misshapen or no floats."""
    stored = opened.tensors
    both = [name for name in wanted if name in stored]
    shapes = {name: (stored[name].shape, tuple(wanted[name].shape)) for name in both}
    problems = {
        "missing": [name for name in wanted if name not in stored],
        "unexpected": [name for name in stored if name not in wanted],
        "misshapen": [f"{name} {found} for {right}" for name, (found, right) in shapes.items() if found != right],
        "no floats": [name for name in both if wanted[name].is_floating_point() and not stored[name].dtype.is_floating_point],
        "no whole numbers": [name for name in both if not wanted[name].is_floating_point() and stored[name].dtype != wanted[name].dtype],
    }
    if told := [f"{_listed(names)} {what}" for what, names in problems.items() if names]:
        raise ValueError(f"{opened.path}: its tensors do not fit its config: {'; '.join(told)}")


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors with memory of their own: safetensors takes none that share it, as stages of a multi-stage model may."""
    seen: set[int] = set()
    own: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        own[name] = tensor.clone() if tensor.data_ptr() in seen else tensor
        seen.add(tensor.data_ptr())
    return own


def _loaded(opened: WeightsFile, name: str, device: torch.device | str, dtype: torch.dtype) -> Tensor:
    stored = opened.tensors[name].read()
    tensor = _as(stored, device, dtype)
    if tensor is not stored:
        del stored
        opened.file.release()
    return tensor


def _as(tensor: Tensor, device: torch.device | str, dtype: torch.dtype | None) -> Tensor:
    """Floats as ``dtype``; counters stay whole numbers."""
    return tensor.to(device) if dtype is None or not tensor.is_floating_point() else tensor.to(device, dtype)


def _listed(names: list[str]) -> str:
    """Their number and the first few."""
    return f"{len(names)} ({', '.join(names[:_MAX_NAMES])}{', ...' if len(names) > _MAX_NAMES else ''})"
