"""Pickles of plain values, opened without running anything of theirs.

A pickle is a small program, and Python's own unpickler calls whatever it names. Here a file may build None, truths, numbers, texts, bytes,
lists, tuples, dicts and sets, paths (as texts) and numpy's numbers and arrays of numbers; any other name is an error that says which.
Files of tensors are those of ``model/exchange/pickles.py``.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

LARGEST: Final = 1 << 30
"""Bytes of the largest pickle that is opened; the field's largest, which lists all of COCO+LVIS, has less than a tenth of it."""

_SWELL: Final = 64
"""How many times a file's own size its values may take; honest files stay far below, those that repeat themselves do not."""

_KINDS: Final = frozenset("?bhilqBHILQefd") | {f"{kind}{size}" for kind in "biuf" for size in (1, 2, 4, 8)}
_BROKEN: Final = (
    pickle.UnpicklingError, struct.error, EOFError, LookupError, TypeError, AttributeError, ArithmeticError, MemoryError, RecursionError,
    ValueError,
)  # fmt: skip

# The unpickler that is written in Python: a few bytes of a file can make the one in C reserve gigabytes for what it remembers.
_PythonUnpickler: Any = pickle._Unpickler


def read_plain_pickle(path: Path) -> Any:
    """The plain value of a file; ValueError in one line that names the file, and what in it is refused."""
    num_bytes = path.stat().st_size
    if num_bytes > LARGEST:
        raise ValueError(f"{path}: expected a pickle of at most {LARGEST >> 20} MiB, got {num_bytes >> 20} MiB")
    try:
        # From memory: a file that claims to hold a terabyte of text makes nothing of that size.
        return _Unpickler(path.read_bytes()).load()
    except _BROKEN as error:
        raise ValueError(f"{path}: no pickle of plain values: {_one_line(error)}") from error


class _Budget:
    def __init__(self, num_bytes: int) -> None:
        self._left = num_bytes

    def spend(self, num_bytes: int) -> None:
        self._left -= num_bytes
        if self._left < 0:
            raise pickle.UnpicklingError("its values are much larger than the file")


class _Kind:
    """What numbers an array is made of; its state tells the byte order, and all else in it is passed over."""

    def __init__(self, kind: Any, *_: Any) -> None:
        if not isinstance(kind, str) or kind.lstrip("<>=|") not in _KINDS:
            raise pickle.UnpicklingError(f"it holds numpy's {kind!r:.40}, and only numbers are opened")
        self.dtype = np.dtype(kind)

    def __setstate__(self, state: Any) -> None:
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Array(np.ndarray[Any, Any]):
    """An array whose numbers come after it, as numpy writes them; checked before numpy sees them."""

    budget: _Budget

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, in_columns, data = state
        if not isinstance(kind, _Kind):
            raise pickle.UnpicklingError("it holds an array of something else than numbers")
        content = _content(data)
        self.budget.spend(len(content))
        super().__setstate__((1, _sizes(shape), kind.dtype, bool(in_columns), content))  # type: ignore[arg-type]


# What a file can lay its hands on are tuples without a dictionary: a pickle may set attributes on whatever it holds.
class _Known(NamedTuple):
    """Stands for a name: makes a plain value of the arguments, whose size is paid for first."""

    make: Callable[..., Any]
    budget: _Budget

    def __call__(self, *arguments: Any) -> Any:
        self.budget.spend(sum(len(argument) for argument in arguments if hasattr(argument, "__len__")))
        value = self.make(*arguments)
        if isinstance(value, _Array):
            value.budget = self.budget
        return value


def _array(*_: Any) -> _Array:
    return np.ndarray.__new__(_Array, (0,), np.uint8)


def _array_of_bytes(data: Any, kind: Any, shape: Any, order: Any) -> Any:
    values = np.frombuffer(_content(data), kind.dtype)
    return values.reshape(_sizes(shape), order="F" if order == "F" else "C").copy(order="K")


def _number(kind: Any, data: Any) -> Any:
    return np.frombuffer(_content(data), kind.dtype)[0].item()


def _bytes(text: Any = "", encoding: Any = "latin1") -> bytes:
    """How pickles of protocol 2 and below write bytes."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it writes bytes as {encoding!r:.20}")
    return _content(text)


def _path(*parts: Any) -> str:
    return "/".join(str(part) for part in parts)


def _defaultdict(*_: Any) -> dict[Any, Any]:
    return {}


def _never(*_: Any) -> None:
    raise pickle.UnpicklingError("it makes an array in a way that numpy does not")


_NAMES: Final[dict[tuple[str, str], Callable[..., Any]]] = {
    ("numpy", "ndarray"): _never,  # named beside what makes the array
    ("numpy", "dtype"): _Kind,
    ("_codecs", "encode"): _bytes,
    ("collections", "OrderedDict"): dict,
    ("collections", "defaultdict"): _defaultdict,
    **{(home, "bytes"): _bytes for home in ("builtins", "__builtin__")},
    **{(home, kind.__name__): kind for home in ("builtins", "__builtin__") for kind in (dict, list, set, frozenset)},
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _array for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _number for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _array_of_bytes for core in ("core", "_core")},
    **{
        (home, f"{pure}{system}Path"): _path
        for home in ("pathlib", "pathlib._local")
        for pure in ("", "Pure")
        for system in ("", "Posix", "Windows")
    },
}


class _Unpickler(_PythonUnpickler):  # type: ignore[misc]
    """Resolves only what stands in ``_NAMES``."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="latin1")
        self._budget = _Budget(_SWELL * len(content) + (1 << 20))

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}, and nothing that a file names is run")
        return _Known(_NAMES[module, name], self._budget)


def _content(data: Any) -> bytes:
    """Bytes, which old pickles write as texts."""
    if not isinstance(data, (bytes, bytearray, str)):
        raise pickle.UnpicklingError(f"it holds {type(data).__name__} where bytes belong")
    return data.encode("latin1") if isinstance(data, str) else bytes(data)


def _sizes(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or not all(type(side) is int and side >= 0 for side in shape):
        raise pickle.UnpicklingError("it holds an array of sides that no array has")
    return shape


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
