"""One ONNX file: what it takes, what it gives, and how it is run. ONNX Runtime is an optional extra, imported when a file is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

Value = NDArray[Any]

_ERRORS_ONLY: Final = 3
_TYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(double)": np.dtype(np.float64),
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(int64)": np.dtype(np.int64),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """An input or output by its name; a side of its shape is None where the file leaves it open."""

    name: str
    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """An opened ONNX file; several threads may run it."""

    path: Path
    inputs: Mapping[str, Slot]
    outputs: Mapping[str, Slot]
    session: Any

    def run(self, given: Mapping[str, Value], wanted: Sequence[str]) -> list[Value]:
        """The wanted outputs; each input is given as its type, whatever the type it has. ValueError where the file refuses them."""
        fed = {name: np.ascontiguousarray(value, self.inputs[name].dtype) for name, value in given.items()}
        try:
            return list(self.session.run(list(wanted), fed))
        except _refusals() as error:
            shapes = ", ".join(f"{name} {value.shape}" for name, value in fed.items())
            raise ValueError(f"{self.path}: ONNX Runtime cannot run it on {shapes}: {_short(error)}") from error


def open_graph(path: Path) -> Graph:
    """Opens a file for the CPU, with as many threads as PyTorch takes; ValueError where it is none, or ONNX Runtime is missing."""
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise ValueError(f"{path}: ONNX files need ONNX Runtime: pip install 'clickcut[onnx]'") from error
    if not path.is_file():
        raise ValueError(f"{path}: cannot read it: there is no such file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except _refusals() as error:
        raise ValueError(f"{path}: ONNX Runtime cannot open it: {_short(error)}") from error
    return Graph(path, _slots(path, session.get_inputs()), _slots(path, session.get_outputs()), session)


def _slots(path: Path, nodes: Iterable[Any]) -> dict[str, Slot]:
    slots: dict[str, Slot] = {}
    for node in nodes:
        if node.type not in _TYPES:
            raise ValueError(f"{path}: {node.name} is of {node.type}; expected one of {', '.join(_TYPES)}")
        shape = tuple(side if isinstance(side, int) else None for side in node.shape)
        slots[node.name] = Slot(node.name, shape, _TYPES[node.type])
    return slots


def _refusals() -> tuple[type[Exception], ...]:
    """ONNX Runtime's own errors, which share no class but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NoSuchFile,
        state.NotImplemented,
        state.RuntimeException,
    )


def _short(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
