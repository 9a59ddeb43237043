"""The processes that train or measure together, one rank each, and what all of them must agree on.

torchrun starts them, on one machine or several, and tells each its place by the environment. Without it a run is one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import HashStore

_PATIENCE = timedelta(hours=12)
"""How long a rank waits for another: encoding views or writing a checkpoint takes its time, and torchrun ends all if one dies."""

_TOLD_BY_TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process's place (from 0) among ``size`` processes that work together."""

    rank: int
    size: int

    @property
    def is_first(self) -> bool:
        """Whether this is the rank that writes and tells."""
        return self.rank == 0

    def parts(self, batch_size: int, accumulate: int) -> tuple[range, ...]:
        """Which items of a joined batch this rank takes, in ``accumulate`` micro-batches of equal size."""
        num_parts = self.size * accumulate
        if batch_size % num_parts:
            raise ValueError(
                f"expected a batch of a multiple of {num_parts} objects ({self.size} ranks, {accumulate} micro-batches each), "
                f"got one of {batch_size}: every part must count the same in the mean"
            )
        size = batch_size // num_parts
        first = self.rank * accumulate * size
        return tuple(range(first + index * size, first + (index + 1) * size) for index in range(accumulate))

    def mean(self, value: float) -> float:
        """The mean of all ranks' values, the same number on each."""
        if self.size == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64)
        dist.all_reduce(total)
        return float(total) / self.size

    def any(self, flag: bool) -> bool:
        """Whether it is so on any rank."""
        return self.mean(float(flag)) > 0

    def wait(self) -> None:
        """Until all ranks have come here."""
        self.any(False)

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Makes every tensor its mean over all ranks, in place."""
        if self.size == 1:
            return
        for tensor in tensors:
            dist.all_reduce(tensor)
            tensor.div_(self.size)

    @contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """A block that the first rank goes through before all others do, who find what it has made."""
        if not self.is_first:
            self.wait()
        yield
        if self.is_first:
            self.wait()


ALONE = Ranks(0, 1)


def is_launched(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether torchrun started this process."""
    return all(name in environment for name in _TOLD_BY_TORCHRUN)


def device_of_rank(device: str, environment: Mapping[str, str] = os.environ) -> str:
    """The device of this process: of ``cuda`` the GPU with the number that torchrun gave it on its machine."""
    if not is_launched(environment) or device == "cpu":
        return device
    if device != "cuda":
        raise ValueError(f"--device {device}: expected cpu or cuda under torchrun, which gives every process a GPU of its own")
    return f"cuda:{environment['LOCAL_RANK']}"


@contextmanager
def joined_ranks(device: str, *, sharded: bool = False) -> Iterator[Ranks]:
    """Meets the other ranks, if there are any, for as long as the block lasts; ``sharded`` weights need the meeting even alone.

    What is agreed on goes over the CPU (gloo), gradients over the device they are on.
    """
    if not is_launched() and not sharded:
        yield ALONE
        return
    kind = torch.device(device)
    if kind.type == "cuda":
        torch.cuda.set_device(kind)
    backend = "cpu:gloo,cuda:nccl" if kind.type == "cuda" else "gloo"
    if is_launched():
        dist.init_process_group(backend, timeout=_PATIENCE)
    else:
        dist.init_process_group(backend, store=HashStore(), rank=0, world_size=1)
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
