"""A network whose work can be given up between two of its calls, and which counts the seconds that it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from clickcut.model.fit import Fitting
from clickcut.model.network import ClickBatch, Features, Network


class Superseded(Exception):  # noqa: N818 - nothing went wrong
    """Nobody needs the answer any more."""


class Interruptible:
    """Another network, asked only as long as its answer is wanted. One thread at a time."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._stale: Callable[[], bool] = lambda: False
        self.seconds = 0.0

    @property
    def fitting(self) -> Fitting:
        return self._network.fitting

    @property
    def device(self) -> torch.device:
        return self._network.device

    @contextmanager
    def unless(self, stale: Callable[[], bool]) -> Iterator[None]:
        """Within the block a call raises Superseded once ``stale()`` is true."""
        self._stale = stale
        try:
            yield
        finally:
            self._stale = lambda: False

    def encode(self, pixels_B3HW: Tensor) -> Features:
        self._go_on()
        began = time.perf_counter()
        features = self._network.encode(pixels_B3HW)
        self.seconds += time.perf_counter() - began
        return features

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        self._go_on()
        began = time.perf_counter()
        logits = self._network.decode(features, prev_B1HW, clicks)
        self.seconds += time.perf_counter() - began
        return logits

    def _go_on(self) -> None:
        if self._stale():
            raise Superseded
