"""Checkpoints from which a run goes on exactly: weights, their average, the optimiser's state and the step, in one safetensors file.

What is random in a run depends on (seed, step) alone, so no generator's state needs to be kept.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from clickcut.core.files import replacing
from clickcut.train.optimise import AverageWeights


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts of a run that change, in place."""

    parameters: dict[str, nn.Parameter]
    average: AverageWeights
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler


def fingerprint(module: nn.Module) -> str:
    """What tells one set of weights from another, whatever file it came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode() + tensor.float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_checkpoint(path: Path, contents: Contents, *, step: int, plan: str) -> None:
    """Writes everything that an exact resume needs, all at once or not at all; ``plan`` (JSON) says which run it belongs to."""
    tensors: dict[str, Tensor] = {f"weights/{name}": parameter.detach() for name, parameter in contents.parameters.items()}
    tensors |= {f"average/{name}": value for name, value in contents.average.values.items()}
    for name, parameter in contents.parameters.items():
        for key, value in contents.optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser/{key}/{name}"] = value
    header = {"step": str(step), "plan": plan, "scaler": json.dumps(contents.scaler.state_dict())}
    data = save({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, header)
    with replacing(path) as file:
        file.write(data)


def load_checkpoint(path: Path, contents: Contents, *, plan: str) -> int:
    """Brings a run back to where the checkpoint was written and gives its step."""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path}: expected a checkpoint of this program, could not read it ({error})") from error
    if header.get("plan") != plan:
        raise ValueError(f"{path}: written by a run with other settings{_difference(header.get('plan'), plan)}; start it in another folder")
    shapes = {name: tuple(parameter.shape) for name, parameter in contents.parameters.items()}
    if shapes != {name.removeprefix("weights/"): tuple(tensor.shape) for name, tensor in tensors.items() if name.startswith("weights/")}:
        raise ValueError(f"{path}: written by a run of another network; start from the weights that the run started from")
    with torch.no_grad():
        for name, parameter in contents.parameters.items():
            parameter.copy_(tensors[f"weights/{name}"])
            contents.average.values[name].copy_(tensors[f"average/{name}"])
            if state := _state_of(name, tensors, parameter.device):
                contents.optimiser.state[parameter] = state
    contents.scaler.load_state_dict(json.loads(header["scaler"]))
    return int(header["step"])


def _state_of(name: str, tensors: dict[str, Tensor], device: torch.device) -> dict[str, Any]:
    keys = ("step", "exp_avg", "exp_avg_sq")
    found = {key: tensors[f"optimiser/{key}/{name}"] for key in keys if f"optimiser/{key}/{name}" in tensors}
    return {key: value if key == "step" else value.to(device) for key, value in found.items()}


def _difference(stored: str | None, plan: str) -> str:
    if stored is None:
        return ""
    old, new = json.loads(stored), json.loads(plan)
    changed = [key for key in new if old.get(key) != new[key]]
    return f" ({', '.join(changed)})" if changed else ""
