"""Files of ``torch.save``, opened by an unpickler that knows tensors and plain values only: no code of a file is ever run.

A pickle is a small program, and Python's own unpickler calls whatever it names. Here a name outside of a short list is an error that says
which, and what stands for a tensor is a description of where its numbers lie.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import torch

from clickcut.model.exchange.stored import MappedFile, StoredTensor, extent

ZIP_START: Final = b"PK\x03\x04"
PICKLE_STARTS: Final = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")

LOSS_MODULE: Final = "isegm.model.modeling.transformer_helper.cross_entropy_loss"
"""Where the field keeps the loss object that its ViT files hold in their config, although nothing uses it (spec 1.13)."""

_LARGEST_PICKLE = 64 << 20
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001

_STORAGES: Final = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
_BROKEN = (
    pickle.UnpicklingError, zipfile.BadZipFile, struct.error, EOFError, LookupError, TypeError, AttributeError, ArithmeticError,
    MemoryError, RecursionError, NotImplementedError,
)  # fmt: skip
"""What Python's unpickler and zipfile raise on files that are damaged or were made to harm."""


def is_pickled(path: Path) -> bool:
    """Whether a file begins as those of ``torch.save`` do, in its present format or the one before 2020."""
    with path.open("rb") as file:
        head = file.read(4)
    return head == ZIP_START or head[:2] in PICKLE_STARTS


def read_pickled(path: Path, file: MappedFile) -> Any:
    """What was saved, with a ``StoredTensor`` for every tensor, which reads from ``file``; ValueError names what is refused."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) == ZIP_START:
                return _read_zip(path, file)
            stream.seek(0)
            return _read_legacy(stream, file, path.stat().st_size)
    except _RefusedError as error:
        raise ValueError(f"{path}: {error}") from error
    except (*_BROKEN, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(f"{path}: cut off, damaged or no file of torch.save ({reason}); fetch or write it again") from error


class _RefusedError(ValueError):
    """The file is sound as a pickle, but holds what is not opened here."""


# What a file gets its hands on are tuples: a pickle can set attributes on whatever it holds, frozen dataclasses included, but not on those.
class _Storage(NamedTuple):
    """Numbers somewhere in the file, ``first`` of them skipped: where, is known once everything is read."""

    key: str
    dtype: torch.dtype
    num_values: int
    first: int


class _Unpickler(pickle.Unpickler):
    """Resolves only the names in ``_known_names``; ``offsets`` gets to know where each storage's first byte is."""

    def __init__(self, stream: BinaryIO, file: MappedFile, offsets: Mapping[str, int]) -> None:
        super().__init__(stream, encoding="utf-8")
        self._names = _known_names(file, offsets)
        self.wanted_bytes: dict[str, int] = {}
        """How far each storage is read, at most."""
        self.dtypes: dict[str, torch.dtype] = {}

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._names[module, name]
        except KeyError:
            raise _RefusedError(
                f"names {module}.{name}, and opening a file runs none of its names; expected tensors, numbers, texts, lists and dicts alone"
            ) from None

    def persistent_load(self, saved_id: Any) -> _Storage:
        kind, dtype, key, _location, num_values, *view = saved_id
        if kind != "storage" or not isinstance(dtype, _Dtype) or not isinstance(key, str):
            raise _RefusedError(f"holds {kind!r} where a tensor's storage belongs")
        first = 0
        if view and view[0] is not None:  # the old format: a part of the storage
            _, first, num_values = view[0]
        _check_numbers((first, num_values))
        self.wanted_bytes[key] = max(self.wanted_bytes.get(key, 0), (first + num_values) * dtype.value.itemsize)
        self.dtypes[key] = dtype.value
        return _Storage(key, dtype.value, num_values, first)

    def check_sizes(self, num_bytes: Mapping[str, int]) -> None:
        """Whether the file holds what the tensors read."""
        for key, wanted in self.wanted_bytes.items():
            if wanted > num_bytes[key]:
                raise EOFError(f"storage {key} has {num_bytes[key]} bytes, and its tensors need {wanted}")


def _check_numbers(numbers: Sequence[Any]) -> None:
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers):
        raise _RefusedError("describes a tensor by numbers that no tensor has")


class _Dtype(NamedTuple):
    value: torch.dtype


class _Inert(NamedTuple):
    """Stands for a name whose value is thrown away."""


class _RebuiltTensor(NamedTuple):
    """``torch._utils._rebuild_tensor_v2``: a description instead of a tensor, checked against its storage."""

    file: MappedFile
    offsets: Mapping[str, int]

    def __call__(self, storage: _Storage, first: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> StoredTensor:
        _check_numbers((first, *size, *stride))
        if len(size) != len(stride) or first + extent(size, stride) > storage.num_values:
            raise _RefusedError("describes a tensor that reaches beyond its storage")

        def read() -> torch.Tensor:
            offset = self.offsets[storage.key] + (storage.first + first) * storage.dtype.itemsize
            return self.file.tensor(offset, storage.dtype, size, stride)

        return StoredTensor(tuple(size), storage.dtype, read)


class _RebuiltParameter(NamedTuple):
    """``torch._utils._rebuild_parameter``: the tensor alone."""

    def __call__(self, tensor: StoredTensor, *_: Any) -> StoredTensor:
        return tensor


def _known_names(file: MappedFile, offsets: Mapping[str, int]) -> dict[tuple[str, str], Any]:
    """Made anew for every file, so that nothing a file does to what stands here outlives its reading."""

    class DiscardedLoss:
        """An object of the field's config whose attributes are taken and thrown away."""

    plain: dict[str, Callable[..., Any]] = {"set": set, "frozenset": frozenset, "slice": slice, "complex": complex}
    return {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch", "Size"): tuple,
        ("torch._utils", "_rebuild_tensor_v2"): _RebuiltTensor(file, offsets),
        ("torch._utils", "_rebuild_parameter"): _RebuiltParameter(),
        (LOSS_MODULE, "CrossEntropyLoss"): DiscardedLoss,
        (LOSS_MODULE, "cross_entropy"): _Inert(),
        **{(module, name): value for module in ("builtins", "__builtin__") for name, value in plain.items()},
        **{("torch", name): _Dtype(dtype) for name, dtype in _STORAGES.items()},
    }


def _read_zip(path: Path, file: MappedFile) -> Any:
    with zipfile.ZipFile(path) as archive:
        entries = {info.filename: info for info in archive.infolist()}
        roots = [name.removesuffix("data.pkl") for name in entries if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(roots) != 1:
            raise _RefusedError("a zip archive, but not one of torch.save; expected a weights file")
        root = roots[0]
        if f"{root}byteorder" in entries and archive.open(f"{root}byteorder").read(16) != b"little":
            raise _RefusedError("holds numbers in big-endian order; save it anew on a common machine")
        storages = {name.removeprefix(f"{root}data/"): info for name, info in entries.items() if name.startswith(f"{root}data/")}
        with path.open("rb") as stream:
            offsets = {key: _offset_of(stream, info) for key, info in storages.items()}
        content = archive.open(f"{root}data.pkl").read(_LARGEST_PICKLE + 1)
    if len(content) > _LARGEST_PICKLE:
        raise _RefusedError(f"its description alone is larger than {_LARGEST_PICKLE >> 20} MiB; expected a weights file")
    unpickler = _Unpickler(io.BytesIO(content), file, offsets)
    value = unpickler.load()
    num_bytes = path.stat().st_size
    unpickler.check_sizes({key: min(info.file_size, num_bytes - offsets[key]) for key, info in storages.items()})
    return value


def _offset_of(stream: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where an entry's bytes begin: its own header says how long that header is."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise _RefusedError(f"its entry {info.filename} is compressed, which torch.save never does; save it anew")
    stream.seek(info.header_offset)
    header = stream.read(30)
    if header[:4] != ZIP_START:
        raise zipfile.BadZipFile(f"no entry at {info.header_offset}")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    return info.header_offset + 30 + int(name_length) + int(extra_length)


def _read_legacy(stream: BinaryIO, file: MappedFile, num_bytes: int) -> Any:
    """The format before 2020: magic number, protocol, system, the object, the storages' keys, and then each storage's numbers."""
    offsets: dict[str, int] = {}
    sizes: dict[str, int] = {}

    def load() -> tuple[Any, _Unpickler]:
        unpickler = _Unpickler(stream, file, offsets)
        return unpickler.load(), unpickler

    if load()[0] != _LEGACY_MAGIC or load()[0] != _LEGACY_PROTOCOL:
        raise _RefusedError("a pickle, but not one of torch.save; expected a weights file")
    load()
    value, unpickler = load()
    for key in load()[0]:
        size = struct.unpack("<q", stream.read(8))[0] * unpickler.dtypes[key].itemsize
        offsets[key] = stream.tell()
        if not 0 <= size <= num_bytes - offsets[key]:
            raise EOFError(f"storage {key} reaches beyond the end of the file")
        sizes[key] = size
        stream.seek(offsets[key] + size)
    unpickler.check_sizes(sizes)
    return value
