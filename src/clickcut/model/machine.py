"""The device and the threads that a process computes with: for commands, libraries leave both to their callers."""

from __future__ import annotations

import re

import torch

from clickcut.model.memory import keep_freed_memory

_DEVICE_NAME = re.compile(r"cpu|mps|cuda(:\d{1,3})?")


def use_machine(device: str = "cpu", threads: int | None = None) -> None:
    """Prepares this process to compute; ValueError says what of it this machine does not have."""
    keep_freed_memory()
    if threads is not None:
        if threads < 1:
            raise ValueError(f"--threads: expected 1 or more, got {threads}")
        torch.set_num_threads(threads)
    if not _DEVICE_NAME.fullmatch(device):
        raise ValueError(f"--device: expected cpu, cuda, cuda:N or mps, got {device!r}")
    try:
        torch.ones(1, device=device).sum().item()  # the first real use is what fails: a build without CUDA, or no such card
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"--device {device}: cannot compute there ({reason}); cpu always works") from error
