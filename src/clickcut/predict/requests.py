"""What the passes of a click ask of a network, as values: who drives the passes answers one at once, or many objects' together."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Clicks
from clickcut.model.network import ClickBatch, Features, Network
from clickcut.predict.looks import Looks
from clickcut.predict.refinement import Refinement
from clickcut.predict.scene import Framing, Scene
from clickcut.predict.state import State, Tuned

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """Asks for the features of a framing of a scene, which may hold them already."""

    network: Network
    scene: Scene
    framing: Framing

    def pixels(self) -> Tensor:
        """The network's input (B, 3, H, W), one row a look."""
        return Looks.of(self.framing).pixels(self.scene.image, self.network.device)

    def answer(self) -> Features:
        return self.scene.features(self.network, self.framing, lambda: self.network.encode(self.pixels()))


@dataclass(frozen=True, slots=True, eq=False)
class Decoding:
    """Asks for the network's own logits (B, 1, h, w), one row a look; ``prev_B1HW`` is None before the very first pass."""

    network: Network
    looks: Looks
    features: Features
    prev_B1HW: Tensor | None
    clicks: Clicks

    def answer(self) -> Tensor:
        clicks = ClickBatch.of(self.looks.clicks(self.clicks), self.network.device)
        return self.network.decode(self.features, self.prev_B1HW, clicks)


@dataclass(frozen=True, slots=True, eq=False)
class Refining:
    """Asks for a pass with backpropagating refinement, which concerns one object alone."""

    refinement: Refinement
    image: NDArray[np.uint8]
    looks: Looks
    state: State
    renewed: bool

    def answer(self) -> tuple[Tensor, Tuned | None]:
        """The looks' logits (B, 1, H, W) over the crop, and what the next pass goes on from."""
        return self.refinement.answer(self.image, self.looks, self.state, renewed=self.renewed)


Request: TypeAlias = Encoding | Decoding | Refining

Passes: TypeAlias = Generator[Request, Any, T]
"""Passes under way: yields requests, is sent what their ``answer`` gives, and returns a ``T`` in the end."""


def alone(passes: Passes[T]) -> T:
    """What passes come to when each of their requests is answered at once."""
    with torch.inference_mode():  # here and not within the passes: a generator would leave it on for whoever it yields to
        try:
            request = next(passes)
            while True:
                request = passes.send(request.answer())
        except StopIteration as end:
            result: T = end.value
            return result
