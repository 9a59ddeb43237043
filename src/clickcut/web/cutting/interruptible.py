"""A network whose work can be given up midway, and which counts the seconds that it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from clickcut.model.fit import Fitting
from clickcut.model.network import ClickBatch, Features, Injectable, Injection, Network, Place


class Superseded(Exception):  # noqa: N818 - nothing went wrong
    """Nobody needs the answer any more, or somebody else's is more urgent."""


class Interruptible:
    """Another network, asked only as long as its answer is wanted. One thread at a time.

    Whether it is, is asked before each call, and where the network is a module, before each of its parts too: an encode takes a second, and
    a click should not wait for one that was made ahead.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._stale: Callable[[], bool] = lambda: False
        self.seconds = 0.0
        if isinstance(network, nn.Module):
            for part in network.modules():
                part.register_forward_pre_hook(self._before_part)

    @property
    def fitting(self) -> Fitting:
        return self._network.fitting

    @property
    def device(self) -> torch.device:
        return self._network.device

    @contextmanager
    def unless(self, stale: Callable[[], bool]) -> Iterator[None]:
        """Within the block the network raises Superseded once ``stale()`` is true."""
        self._stale = stale
        try:
            yield
        finally:
            self._stale = lambda: False

    def encode(self, pixels_B3HW: Tensor) -> Features:
        with self._counted():
            return self._network.encode(pixels_B3HW)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        with self._counted():
            return self._network.decode(features, prev_B1HW, clicks)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._go_on()
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def _before_part(self, _module: nn.Module, _inputs: Any) -> None:
        self._go_on()

    def _go_on(self) -> None:
        if self._stale():
            raise Superseded


class InterruptibleInjectable(Interruptible):
    """The same of a network that backpropagating refinement can alter."""

    def __init__(self, network: Network, injections: Mapping[Place, Injection]) -> None:
        super().__init__(network)
        self.injections = injections


def interruptible(network: Network) -> Interruptible:
    """A network wrapped so that its work can be given up."""
    return InterruptibleInjectable(network, network.injections) if isinstance(network, Injectable) else Interruptible(network)
