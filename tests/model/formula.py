"""Weights by formula: the same numbers from tensor names alone on every machine, for golden tests (algorithm notes, appendix A.2)."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch import Tensor, nn

_SPECIAL = {"head.conv_seg.weight": 3.0, "backbone.pos_embed": 0.2, "backbone.cls_token": 0.2}
"""Scales of the plain ViT's own names; no other network has them."""


def fill_by_formula(network: nn.Module) -> None:
    """Overwrites every tensor of the state dict, parameters and buffers alike."""
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            tensor.copy_(_formula(name, tuple(tensor.shape)))


def _formula(name: str, shape: tuple[int, ...]) -> Tensor:
    size = int(np.prod(shape))
    s = np.sin(0.7 * np.arange(size, dtype=np.float64) + zlib.crc32(name.encode()) % 6283 / 1000)
    if name in _SPECIAL:
        values = _SPECIAL[name] * s
    elif len(shape) == 1:
        values = 1 + 0.1 * s if name.endswith(".weight") else 0.05 * s
    else:
        values = 1.05 * s / np.sqrt(size / shape[0])
    return torch.from_numpy(values.astype(np.float32).reshape(shape))
