"""Checkpoints from which a run goes on exactly: weights, running statistics, averages, the optimiser's state and the step, in one file.

The file is a safetensors file of whole tensors whatever number of ranks held them, so any other number may go on from it. What is random in
a run depends on (seed, step) and an item's place alone, so no generator's state and no sampler's position needs to be kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from clickcut.core.files import replacing
from clickcut.model.ranks import ALONE, Ranks
from clickcut.train.optimise import AverageWeights
from clickcut.train.shards import cut_like, fill, whole

_KINDS = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts of a run that change, in place; ``statistics`` are BatchNorm's."""

    parameters: dict[str, nn.Parameter]
    average: AverageWeights
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    statistics: dict[str, Tensor] = field(default_factory=dict)


def fingerprint(module: nn.Module) -> str:
    """What tells one set of weights from another, whatever file it came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode() + tensor.float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_checkpoint(path: Path, contents: Contents, *, step: int, plan: str, ranks: Ranks = ALONE) -> None:
    """Writes everything that an exact resume needs, all at once or not at all; ``plan`` (JSON) says which run it belongs to.

    All ranks must call, as sharded tensors are put together; the first one writes. An ``OSError`` there is raised on every rank.
    """
    tensors: dict[str, Tensor] = {f"weights/{name}": parameter for name, parameter in contents.parameters.items()}
    tensors |= {f"statistics/{name}": buffer for name, buffer in contents.statistics.items()}
    tensors |= {f"average/{name}": value for name, value in contents.average.values.items()}
    for name, parameter in contents.parameters.items():
        for key, value in contents.optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser/{key}/{name}"] = value
    header = {
        "step": str(step),
        "plan": plan,
        "scaler": json.dumps(contents.scaler.state_dict()),
    }
    save_whole(path, tensors, header, ranks=ranks)


def load_checkpoint(path: Path, contents: Contents, *, plan: str) -> int:
    """Brings a run back to where the checkpoint was written and gives its step; each rank takes its parts of the whole tensors."""
    header, tensors = _opened(path)
    if header.get("plan") != plan:
        raise ValueError(f"{path}: written by a run with other settings{_difference(header.get('plan'), plan)}; start it in another folder")
    wanted: dict[str, Tensor] = {f"weights/{name}": parameter for name, parameter in contents.parameters.items()}
    wanted |= {f"statistics/{name}": buffer for name, buffer in contents.statistics.items()}
    wanted |= {f"average/{name}": value for name, value in contents.average.values.items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items() if not name.startswith("optimiser/")}
    if found != {name: tuple(tensor.shape) for name, tensor in wanted.items()}:
        raise ValueError(f"{path}: written by a run of another network; start from the weights that the run started from")
    for name, tensor in wanted.items():
        fill(tensor, tensors[name])
    for name, parameter in contents.parameters.items():
        if state := _state_of(name, tensors, parameter):
            contents.optimiser.state[parameter] = state
    contents.scaler.load_state_dict(json.loads(header["scaler"]))
    return int(header["step"])


def whole_weights(network: nn.Module) -> dict[str, Tensor]:
    """A network's state dict with sharded tensors put together; all ranks must ask."""
    return {name: whole(tensor) for name, tensor in network.state_dict().items()}


def save_whole(path: Path, tensors: Mapping[str, Tensor], header: dict[str, str], *, ranks: Ranks = ALONE) -> None:
    """Writes a safetensors file one tensor at a time: put together, all of them might not fit into memory.

    All ranks must call; the first one writes, and where it cannot an ``OSError`` is raised on every rank.
    """
    remaining = iter(tensors.values())
    failure: OSError | None = None
    if ranks.is_first:
        try:
            with replacing(path) as file:
                file.write(_head(tensors, header))
                for tensor in remaining:
                    _write(file, whole(tensor))
        except OSError as error:
            failure = error
    for tensor in remaining:  # also the first rank, when it could not write on: others wait for it with every tensor
        whole(tensor)
    if ranks.any(failure is not None):
        raise failure or OSError(f"the first rank could not write {path}")


def _head(tensors: Mapping[str, Tensor], header: dict[str, str]) -> bytes:
    """The format's beginning: the length of a JSON text, and that text, which says where each tensor lies behind it."""
    entries: dict[str, Any] = {"__metadata__": header}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.numel() * tensor.element_size()
        entries[name] = {"dtype": _KINDS[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _write(file: BinaryIO, tensor: Tensor) -> None:
    file.write(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _opened(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header and the tensors, which share the mapped file."""
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path}: expected a checkpoint of this program, could not read it ({error})") from error


def _state_of(name: str, tensors: dict[str, Tensor], parameter: nn.Parameter) -> dict[str, Any]:
    keys = ("step", "exp_avg", "exp_avg_sq")
    found = {key: tensors[f"optimiser/{key}/{name}"] for key in keys if f"optimiser/{key}/{name}" in tensors}
    # Copied, as the optimiser writes into its state and the file's memory is mapped.
    return {key: value.clone() if key == "step" else cut_like(value, parameter).clone() for key, value in found.items()}


def _difference(stored: str | None, plan: str) -> str:
    if stored is None:
        return ""
    old, new = json.loads(stored), json.loads(plan)
    changed = [key for key in new if old.get(key) != new[key]]
    return f" ({', '.join(changed)})" if changed else ""
