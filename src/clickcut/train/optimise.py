"""What changes the weights: parameter groups, learning rates over time, the pull towards the start, and the average of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from clickcut.model.precision import Precision
from clickcut.train.shards import local, whole


@dataclass(frozen=True, slots=True)
class Optimisation:
    """AdamW and what goes with it.

    ``pull`` draws every weight back to where it started, in the way in which weight decay draws to zero (Li et al. 2018, L2-SP, decoupled).
    ``average`` is the decay of the exponential average of the weights that a run hands out; 0 hands out the last weights. ``decay`` is how
    the learning rate falls after ``warmup_steps``: a cosine to zero, or tenths at the given shares of the run. ``layer_decay`` multiplies
    the rate of a plain ViT's block by itself once for every block above it (BEiT); 1 for one rate everywhere. ``extractor_share`` does so
    for all of an HRNet's extractor below object context (RITM). Half precision needs a GPU.
    """

    lr: float
    weight_decay: float
    pull: float
    warmup_steps: int
    decay: Literal["cosine"] | tuple[float, ...]
    clip: float | None
    average: float
    layer_decay: float = 1.0
    precision: Precision = "fp32"
    extractor_share: float = 1.0

    def __post_init__(self) -> None:
        if self.lr <= 0 or not 0 <= self.average < 1 or not 0 < self.layer_decay <= 1 or not 0 < self.extractor_share <= 1:
            raise ValueError(
                f"expected lr > 0, average in [0, 1), layer_decay and extractor_share in (0, 1], "
                f"got {self.lr}, {self.average}, {self.layer_decay} and {self.extractor_share}"
            )

    def lr_share(self, step: int, steps: int) -> float:
        """The share of ``lr`` at a step of a run of ``steps``."""
        if step < self.warmup_steps:
            return (step + 1) / self.warmup_steps
        done = (step - self.warmup_steps) / max(1, steps - self.warmup_steps)
        if self.decay == "cosine":
            return 0.5 * (1 + math.cos(math.pi * done))
        return float(0.1 ** sum(done >= milestone for milestone in self.decay))


def trained_parameters(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that a run may change, by name."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}


def optimiser_for(parameters: dict[str, nn.Parameter], optimisation: Optimisation) -> torch.optim.AdamW:
    """AdamW with every parameter in exactly one group: by its rate, and by whether it decays (vectors and embeddings of places do not)."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    depth = 1 + max((_block_of(name) for name in parameters), default=0)
    for name, parameter in parameters.items():
        share = optimisation.layer_decay ** (depth + 1 - _layer_of(name, depth))
        share *= optimisation.extractor_share if _is_below_context(name) else 1.0
        decays = parameter.ndim > 1 and not name.endswith(("pos_embed", "cls_token"))
        groups.setdefault((share, optimisation.weight_decay if decays else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": members, "lr": optimisation.lr * share, "lr_at_full": optimisation.lr * share, "weight_decay": decay}
            for (share, decay), members in groups.items()
        ]
    )


def set_lr(optimiser: torch.optim.Optimizer, share: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = group["lr_at_full"] * share


@torch.no_grad()
def pull_back(optimiser: torch.optim.Optimizer, start: dict[nn.Parameter, Tensor], pull: float) -> None:
    """Moves every parameter a little towards its start; after the optimiser's step, with that step's rates."""
    if pull == 0:
        return
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            local(parameter).lerp_(local(start[parameter]), min(1.0, group["lr"] * pull))


class AverageWeights:
    """An exponential average of parameters, and of what BatchNorm remembers beside them; during the first steps the plain mean, so that the
    start does not linger."""

    def __init__(self, tensors: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.values = {name: tensor.detach().clone() for name, tensor in tensors.items()}

    @torch.no_grad()
    def update(self, tensors: Mapping[str, Tensor], step: int) -> None:
        decay = min(self.decay, step / (step + 1))
        for name, value in self.values.items():
            local(value).lerp_(local(tensors[name]), 1 - decay)


def clip_gradients(parameters: Iterable[nn.Parameter], clip: float | None) -> float:
    """Limits the joined length of all gradients, on all ranks where they are sharded; gives what it was."""
    return float(whole(nn.utils.clip_grad_norm_(parameters, math.inf if clip is None else clip)))


def _block_of(name: str) -> int:
    _, found, rest = name.partition("backbone.blocks.")
    return int(rest.split(".")[0]) if found else 0


def _layer_of(name: str, depth: int) -> int:
    """0 for what stands before the first block, the click embedding too (which the field forgot to train), depth + 1 after the last."""
    if "backbone.blocks." in name:
        return _block_of(name) + 1
    before = ("patch_embed", "pos_embed", "cls_token")
    return 0 if any(part in name for part in before) else depth + 1


def _is_below_context(name: str) -> bool:
    """In an HRNet's extractor, and in none of the three parts of object context, the second of which has no weights."""
    return "feature_extractor." in name and not any(part in name for part in ("conv3x3_ocr.", "ocr_gather_head.", "ocr_distri_head."))
