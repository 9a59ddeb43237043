"""HRNets pretrained on ImageNet or Cityscapes (1908.07919) as the start of RITM's network (specification 1.16).

What both have under one name and in one shape is taken; how clicks are drawn in and object context begin fresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch

from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig
from clickcut.model.exchange.stored import StoredTensor, StoredTensors
from clickcut.model.presets import PRESETS

FRESH_HRNET_PARTS: Final = ("maps_transform", "feature_extractor's heads")
_SEED = 0
_WRAPPERS = ("state_dict", "model")
_PREFIXES = ("module.", "model.")
_RENAMED = ("last_layer.", "aux_head.")
_HEADS = ("aux_head.", "conv3x3_ocr.", "ocr_distri_head.", "cls_head.")
_FINEST = "stage4.0.branches.0.0.conv1.weight"


def hrnet_of(value: Any) -> StoredTensors | None:
    """The tensors of a pretrained HRNet within what a file holds, under RITM's names; None if it holds none."""
    if not isinstance(value, Mapping):
        return None
    for wrapper in _WRAPPERS:
        if isinstance(value.get(wrapper), Mapping):
            return hrnet_of(value[wrapper])
    tensors = {_plain(str(name)): tensor for name, tensor in value.items() if isinstance(tensor, StoredTensor)}
    return tensors if all(name in tensors for name in ("conv1.weight", "layer1.0.conv1.weight", _FINEST)) else None


def start_from_hrnet(tensors: StoredTensors) -> tuple[HrnetConfig, dict[str, StoredTensor], list[str]]:
    """Config, tensors and notes of RITM's network that begins with a pretrained HRNet."""
    config = _config(tensors)
    with torch.random.fork_rng(devices=[]):  # the same numbers on every call, whatever the caller's generator is at
        torch.manual_seed(_SEED)
        network = build_network(config)
    state = {name: StoredTensor.of(tensor) for name, tensor in network.state_dict().items()}
    taken = {name: tensors[own] for name in state if (own := name.removeprefix("feature_extractor.")) in tensors and own != name}
    taken = {name: tensor for name, tensor in taken.items() if tensor.shape == state[name].shape}
    if missing := [name for name in state if _is_extractor(name) and name not in taken]:
        raise ValueError(
            f"not a whole HRNet of width {config.width}: missing or of another shape {len(missing)} ({', '.join(missing[:3])})"
        )
    used = {name.removeprefix("feature_extractor.") for name in taken}
    notes = [f"{', '.join(FRESH_HRNET_PARTS)} begin fresh (seed {_SEED}): this is a start for training, no model to click with yet"]
    if dropped := sum(name not in used for name in tensors):
        notes.append(f"{dropped} tensors dropped that the click network has not: the pretrained network's own head")
    if any(name.startswith("aux_head.") for name in used):
        notes.append("its last layer begins the auxiliary head, but for the layer that tells its classes")
    return config, state | taken, notes


def _config(tensors: StoredTensors) -> HrnetConfig:
    width = tensors[_FINEST].shape[0]
    small = "layer1.2.conv1.weight" not in tensors
    known = [config for config in PRESETS.values() if isinstance(config, HrnetConfig)]
    like = next((config for config in known if (config.width, config.small) == (width, small)), None)
    if like is None:
        told = ", ".join(f"{config.width}{' small' if config.small else ''}" for config in known)
        raise ValueError(f"an HRNet of width {width}{' (small)' if small else ''} is of no size that is known here ({told})")
    return like


def _is_extractor(name: str) -> bool:
    """Whether a tensor of the click network must come from the pretrained one; counters of batches need not."""
    own = name.removeprefix("feature_extractor.")
    return own != name and not own.startswith(_HEADS) and not own.endswith("num_batches_tracked")


def _plain(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return _RENAMED[1] + name.removeprefix(_RENAMED[0]) if name.startswith(_RENAMED[0]) else name
