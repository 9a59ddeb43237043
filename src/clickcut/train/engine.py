"""How a run computes, which changes none of its numbers beyond rounding: on several ranks, in parts, recomputed or compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from clickcut.model import hrnet, plain_vit, tiny_vit
from clickcut.model.network import Network
from clickcut.model.ranks import ALONE, Ranks
from clickcut.train.batches import Batch
from clickcut.train.losses import LossWeights
from clickcut.train.rollout import Rollout, roll_out

_BLOCKS = (plain_vit.Block, tiny_vit.Block, tiny_vit.MBConv, hrnet.Exchange)
"""What networks are stacks of: large enough to be worth a compiled program or a gather, small enough to be held whole."""

_STATISTICS = nn.modules.batchnorm._BatchNorm


@dataclass(frozen=True, slots=True)
class Engine:
    """Options of a run that its recipe does not name, as they change what it costs and not what it gives.

    ``ranks`` share every batch. ``workers`` processes of each rank draw batches ahead of the step (0: drawn between steps). ``accumulate``
    micro-batches make up a rank's part of a batch. ``sharded`` spreads weights, gradients and Adam's state over the ranks (FSDP2).
    ``recomputed`` keeps only the inputs of ViT blocks for the backward pass (gradient checkpointing), ``compiled`` compiles the blocks.
    """

    ranks: Ranks = ALONE
    workers: int = 0
    accumulate: int = 1
    sharded: bool = False
    recomputed: bool = False
    compiled: bool = False

    def __post_init__(self) -> None:
        if self.workers < 0 or self.accumulate < 1:
            raise ValueError(f"expected 0 or more workers and 1 or more micro-batches, got {self.workers} and {self.accumulate}")


IN_PROCESS = Engine()
"""One process, which draws its batches itself."""


class Rolling(nn.Module):
    """A whole rollout as one forward.

    DDP and FSDP2 watch forwards and expect one to each backward; so they see each parameter's gradient once, however many passes there were
    and whichever parameters no pass used (quirk Q21).
    """

    def __init__(self, network: Network, rollout: Rollout, losses: LossWeights) -> None:
        super().__init__()
        self.network = cast(nn.Module, network)
        self.rollout, self.losses = rollout, losses

    def forward(self, batch: Batch, rng: np.random.Generator) -> tuple[Tensor, Tensor, int]:
        """The loss, the last pass's logits (B, S, S), and how many passes there were."""
        network = cast(Network, self.network)
        labels_BSS = batch.targets.labels_BSS.to(network.device, non_blocking=True)
        targets = replace(batch.targets, labels_BSS=labels_BSS, content_BSS=batch.targets.content_BSS.to(network.device, non_blocking=True))
        outcome = roll_out(network, batch.encoded(network), targets, rollout=self.rollout, losses=self.losses, rng=rng)
        return outcome.loss, outcome.last_logits_BSS, outcome.num_passes


def prepared(rolling: Rolling, engine: Engine) -> nn.Module:
    """What to call instead of ``rolling``, whose network is changed in place: its tensors' names stay as they were."""
    blocks = [module for module in rolling.network.modules() if isinstance(module, _BLOCKS)]
    if engine.recomputed:
        _recompute(blocks)
    if engine.compiled:
        for block in blocks:
            block.compile()
    if engine.sharded:
        return _sharded(rolling, blocks)
    if engine.ranks.size > 1:
        # Running statistics are averaged once a step (see Training): the first rank's alone, which DDP would hand out, saw a part.
        names = inspect.signature(DistributedDataParallel).parameters
        options: dict[str, Any] = {"forward_sync_buffers" if "forward_sync_buffers" in names else "broadcast_buffers": False}
        return DistributedDataParallel(rolling, find_unused_parameters=True, gradient_as_bucket_view=True, **options)
    return rolling


def unsynchronised(module: nn.Module) -> AbstractContextManager[None]:
    """A block whose gradients stay on their rank, to be summed up in the next backward; sharded ones are summed at once, to stay small."""
    return cast(AbstractContextManager[None], module.no_sync()) if isinstance(module, DistributedDataParallel) else nullcontext()


def running_statistics(network: nn.Module) -> dict[str, Tensor]:
    """What BatchNorm remembers of the batches it saw, by name: the only numbers besides parameters that a run changes."""
    return {
        f"{place}.{name}" if place else name: buffer
        for place, module in network.named_modules()
        if isinstance(module, _STATISTICS)
        for name, buffer in module.named_buffers(recurse=False)
    }


def _recompute(blocks: Sequence[nn.Module]) -> None:
    if not blocks or any(isinstance(module, _STATISTICS) for block in blocks for module in block.modules()):
        raise ValueError(
            "gradient checkpointing: expected a network of transformer blocks; recomputed, BatchNorm would see each batch twice"
        )
    for block in blocks:
        # In place of a wrapper around the block, which would change its tensors' names.
        block.forward = partial(_checkpointed, block.forward)


def _checkpointed(forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return cast(Tensor, checkpoint(forward, x, use_reentrant=False))


def _sharded(rolling: Rolling, blocks: Sequence[nn.Module]) -> nn.Module:
    try:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard
    except ImportError as error:
        raise ValueError(f"sharding needs torch 2.6 or newer, this is {torch.__version__}") from error
    device = cast(Any, rolling.network).device
    mesh = init_device_mesh(device.type, (torch.distributed.get_world_size(),))
    for block in blocks:
        fully_shard(block, mesh=mesh)
    return cast(nn.Module, fully_shard(rolling, mesh=mesh))
