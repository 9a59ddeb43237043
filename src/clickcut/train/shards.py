"""Tensors that lie in parts on several ranks (FSDP2's): the part at hand, the whole, and a whole cut into its parts.

For a tensor that is whole already each of these gives the tensor itself.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor


def is_sharded(tensor: Tensor) -> bool:
    """Whether a tensor lies in parts; asks without importing what nobody has used yet."""
    distributed: Any = sys.modules.get("torch.distributed.tensor")
    return distributed is not None and isinstance(tensor, distributed.DTensor)


def local(tensor: Tensor) -> Tensor:
    """The part of this rank, sharing memory: for what is done to every number by itself."""
    return tensor.detach().to_local() if is_sharded(tensor) else tensor.detach()  # type: ignore[attr-defined]


def whole(tensor: Tensor) -> Tensor:
    """All parts together; every rank must ask, in the same order."""
    return tensor.detach().full_tensor() if is_sharded(tensor) else tensor.detach()  # type: ignore[attr-defined]


def cut_like(whole: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, the same on all ranks, cut as ``like`` is and on its device; no rank hears of another."""
    if not is_sharded(like):
        return whole.to(like.device)
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert isinstance(like, DTensor)
    return distribute_tensor(whole.to(like.device), like.device_mesh, like.placements, src_data_rank=None)


@torch.no_grad()
def fill(tensor: Tensor, values: Tensor) -> None:
    """Writes a whole tensor's values into one that may lie in parts."""
    local(tensor).copy_(local(cut_like(values, tensor)))
