"""Pretrained plain ViTs (MAE 2111.06377, DINO 2104.14294, DINOv2 2304.07193, DeiT 2012.12877) as the start of a click network.

What they have and the click network has not is folded in where that is exact (LayerScale) and dropped with a note where not; what the
click network has and they have not (click embedding, pyramid, head) begins fresh.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor

from clickcut.model.config import PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.exchange.stored import StoredTensor, StoredTensors
from clickcut.model.presets import PRESETS

FRESH_PARTS: Final = ("patch_embed_coords", "neck", "head")
_SEED = 0
_WRAPPERS = ("model", "teacher")
_PREFIXES = ("module.", "backbone.", "encoder.")
_UNUSED = ("norm.", "head.", "head_dist.", "decoder", "mask_token", "fc_norm.")
_EXTRA_TOKENS = {"cls_token": "class token", "dist_token": "distillation token", "register_tokens": "registers"}


def backbone_of(value: Any) -> StoredTensors | None:
    """The tensors of a pretrained plain ViT within what a file holds, under timm's names; None if it holds none."""
    if not isinstance(value, Mapping):
        return None
    for wrapper in _WRAPPERS:
        if isinstance(value.get(wrapper), Mapping):
            return backbone_of(value[wrapper])
    tensors = {str(name): tensor for name, tensor in value.items() if isinstance(tensor, StoredTensor)}
    for prefix in _PREFIXES:
        if "patch_embed.proj.weight" not in tensors:
            tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)} or tensors
    wanted = ("patch_embed.proj.weight", "pos_embed", "blocks.0.attn.qkv.weight")
    return tensors if all(name in tensors for name in wanted) else None


def start_from_backbone(tensors: StoredTensors, input_side: int) -> tuple[PlainVitConfig, dict[str, StoredTensor], list[str]]:
    """Config, tensors and notes of a click network for squares of ``input_side`` pixels that begins with a pretrained ViT."""
    config = _config(tensors, input_side)
    network = _fresh(config)
    state = {name: StoredTensor.of(tensor) for name, tensor in network.state_dict().items()}
    notes = _notes(tensors, config)
    taken = _translated(tensors, config)
    if unexpected := [name for name in taken if name not in state]:
        raise ValueError(f"not a plain ViT of a kind that is known here: unexpected {len(unexpected)} ({', '.join(unexpected[:3])})")
    needed = [name for name in state if name.startswith("backbone.") and not name.startswith(("backbone.fc_norm", "backbone.head"))]
    if missing := [name for name in needed if name not in taken]:
        raise ValueError(f"not a whole plain ViT: missing {len(missing)} ({', '.join(missing[:3])})")
    return config, state | taken, notes


def _config(tensors: StoredTensors, input_side: int) -> PlainVitConfig:
    dim, _, patch, _ = tensors["patch_embed.proj.weight"].shape
    depth = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("blocks."))
    sizes = [config for config in PRESETS.values() if isinstance(config, PlainVitConfig)]
    like = next((config for config in sizes if (config.dim, config.depth) == (dim, depth)), None)
    if like is None:
        known = ", ".join(f"{config.dim} x {config.depth}" for config in sizes)
        raise ValueError(f"a ViT of width {dim} and {depth} blocks is of no size that is known here (width x blocks: {known})")
    if input_side % patch:
        raise ValueError(f"--size: expected a multiple of the patch of {patch} pixels, got {input_side}")
    side = input_side // patch
    return replace(like, patch=patch, input_hw=(input_side, input_side), pos_grid=(side, side))


def _fresh(config: PlainVitConfig) -> EarlyFusion:
    """The same numbers on every call, whatever the caller's generator is at."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        return EarlyFusion(config)


def _translated(tensors: StoredTensors, config: PlainVitConfig) -> dict[str, StoredTensor]:
    """The ViT's tensors under the click network's names: LayerScale folded in, the position embedding resampled."""
    taken: dict[str, StoredTensor] = {}
    for name, tensor in tensors.items():
        if name.startswith(_UNUSED) or ".ls1." in name or ".ls2." in name or name in ("dist_token", "register_tokens"):
            continue
        taken[f"backbone.{name}"] = _folded(name, tensor, tensors)
    taken["backbone.pos_embed"] = _resampled(tensors["pos_embed"], _num_extra(tensors), config.pos_grid)
    return taken


def _folded(name: str, tensor: StoredTensor, tensors: StoredTensors) -> StoredTensor:
    """LayerScale multiplies what a branch's last layer gives, and so may multiply that layer's rows instead."""
    block, _, rest = name.partition(".attn.proj.") if ".attn.proj." in name else name.partition(".mlp.fc2.")
    scale = tensors.get(f"{block}.{'ls1' if '.attn.proj.' in name else 'ls2'}.gamma")
    if not rest or scale is None:
        return tensor

    def scaled(values: Tensor) -> Tensor:
        rows = scale.read().double().view(-1, *[1] * (values.ndim - 1))
        return (values.double() * rows).float()

    return StoredTensor(tensor.shape, torch.float32, lambda: scaled(tensor.read()))


def _resampled(tensor: StoredTensor, num_extra: int, grid: tuple[int, int]) -> StoredTensor:
    """The patches' embedding on another grid, bicubic as the field does it (spec 1.11), behind the class token's."""
    _, num_tokens, dim = tensor.shape
    side = math.isqrt(num_tokens - num_extra)
    if side * side != num_tokens - num_extra:
        raise ValueError(f"expected the position embedding of a square, got {num_tokens - num_extra} patches")

    def moved(values: Tensor) -> Tensor:
        first, patches = values[:, :1].float(), values[:, num_extra:].float()
        if num_extra == 0:
            first = torch.zeros(1, 1, dim)
        if (side, side) != grid:
            square = patches.transpose(1, 2).reshape(1, dim, side, side)
            patches = F.interpolate(square, grid, mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)
        return torch.cat((first, patches), dim=1)

    return StoredTensor((1, 1 + grid[0] * grid[1], dim), torch.float32, lambda: moved(tensor.read()))


def _num_extra(tensors: StoredTensors) -> int:
    """How many of the position embedding's tokens are no patches: the class token's, DeiT's second; registers have none."""
    return sum(name in tensors for name in ("cls_token", "dist_token"))


def _notes(tensors: StoredTensors, config: PlainVitConfig) -> list[str]:
    notes = [f"{', '.join(FRESH_PARTS)} begin fresh (seed {_SEED}): this is a start for training, no model to click with yet"]
    if tokens := [word for name, word in _EXTRA_TOKENS.items() if name in tensors]:
        notes.append(f"the network attends to patches alone: {' and '.join(tokens)} dropped, which changes its answers a little")
    if any(".ls1." in name for name in tensors):
        notes.append("LayerScale folded into the weights before it, exactly")
    if any(name.startswith("norm.") for name in tensors):
        notes.append("the norm after the last block dropped, as the field has none")
    side = math.isqrt(tensors["pos_embed"].shape[1] - _num_extra(tensors))
    if (side, side) != config.pos_grid:
        notes.append(f"position embedding resampled from {side} x {side} to {config.pos_grid[0]} x {config.pos_grid[1]} patches")
    return notes
