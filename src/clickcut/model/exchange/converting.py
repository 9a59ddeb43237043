"""From a weights file of any kind to one of clickcut's, or to one that the field's own code reads."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from clickcut.model.build import outline_network
from clickcut.model.exchange.opening import CLICKCUT_KIND, WeightsFile
from clickcut.model.exchange.reference import write_container
from clickcut.model.header import Header
from clickcut.model.weights import check_tensors, save_tensors


def convert_to_weights(opened: WeightsFile, out: Path, *, dtype: torch.dtype | None = None) -> Header:
    """Writes the file's network as safetensors and gives the header; floats stay as they are stored, or become ``dtype``.

    The card of a file of another kind names it and its fingerprint.
    """
    names = _names(opened)
    header = opened.header
    if opened.kind != CLICKCUT_KIND:
        header = Header(header.config, {**header.card, "source_sha256": _sha256(opened.path)}, header.inference)
    save_tensors(out, {name: opened.tensors[name].read() for name in names}, header, dtype=dtype)
    return header


def convert_to_reference(opened: WeightsFile, out: Path) -> None:
    """Writes the file's network as the field's code saves and strictly loads it: class path, arguments, all tensors, floats as float32."""
    write_container(out, opened.header.config, {name: opened.tensors[name].read() for name in _names(opened)})


def _names(opened: WeightsFile) -> list[str]:
    """The names of the network's tensors in its own order, after a check that the file holds just these."""
    wanted = outline_network(opened.header.config).state_dict()
    check_tensors(opened, wanted)
    return list(wanted)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
