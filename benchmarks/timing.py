"""What the benchmarks share: works run in turn in one process, and the median seconds of each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch


def medians(*works: Callable[[], object], repeats: int, pause: float = 0.0) -> list[float]:
    """Median seconds of each, run in turn after one run each that does not count, ``pause`` seconds apart."""
    times: list[list[float]] = [[] for _ in works]
    for repeat in range(repeats + 1):
        for work, taken in zip(works, times, strict=True):
            time.sleep(pause)
            began = _now()
            work()
            if repeat > 0:
                taken.append(_now() - began)
    return [statistics.median(taken) for taken in times]


def _now() -> float:
    """The time when everything that a GPU was asked for is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
