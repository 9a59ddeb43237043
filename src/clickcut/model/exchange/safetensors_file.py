"""Safetensors files: the header's texts and the tensors' places, read with limits before any library opens the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open

from clickcut.model.exchange.stored import MappedFile, StoredTensor, StoredTensors, contiguous_stride

_LARGEST_HEADER = 16 << 20
_DTYPES: Final = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read_safetensors(path: Path, file: MappedFile) -> tuple[dict[str, Any], StoredTensors]:
    """The metadata (texts by name) and the tensors, which read from ``file``; ValueError says what is wrong with the file."""
    size, stated = _stated(path)
    try:
        with safe_open(path, "pt"):  # the library checks that the tensors lie side by side and fill the file
            pass
    except SafetensorError as error:
        raise ValueError(f"{path}: cut off or damaged, fetch or write it again ({error})") from error
    metadata = stated.pop("__metadata__", {})
    return metadata, {name: _tensor(path, name, entry, 8 + size, file) for name, entry in stated.items()}


def json_object(path: Path, what: str, text: Any) -> dict[str, Any]:
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


def _stated(path: Path) -> tuple[int, dict[str, Any]]:
    """The header's length and what it says that the file holds."""
    with path.open("rb") as file:
        head = file.read(8)
        size = int.from_bytes(head, "little")
        if len(head) < 8 or size > _LARGEST_HEADER or file.read(1) != b"{":
            raise ValueError(f"{path}: expected a weights file (safetensors, or a .pth of the field), found something else")
        text = b"{" + file.read(size - 1)
    if len(text) < size:
        raise ValueError(f"{path}: cut off within its header, fetch or write it again")
    return size, json_object(path, "header", text)


def _tensor(path: Path, name: str, entry: dict[str, Any], data_start: int, file: MappedFile) -> StoredTensor:
    dtype = _DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ValueError(f"{path}: {name} is stored as {entry['dtype']}; expected one of {', '.join(_DTYPES)}")
    shape = tuple(entry["shape"])
    offset = data_start + entry["data_offsets"][0]
    return StoredTensor(shape, dtype, lambda: file.tensor(offset, dtype, shape, contiguous_stride(shape)))
