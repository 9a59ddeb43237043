"""The half of an ONNX pair that sees pixels.

Shape suffixes: B batch, H W pixels of the input square.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor

from clickcut.model.fit import normalised
from clickcut.model.onnx_pair.graph import Graph, Slot, Value

PixelForm: TypeAlias = Literal["normalised", "raw", "unit"]
"""How pixels are given: ImageNet's mean away and over its deviation; as 0 to 255; as 0 to 1."""

_USUAL_SIDE: Final = 1024
_LARGEST_SIDE: Final = 8192
_CHANNELS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class OnnxEncoder:
    """An encoder file, and how it wants the square of ``side`` pixels: which values, colours first or last, in a batch or alone."""

    graph: Graph
    side: int
    form: PixelForm
    colours_last: bool
    batched: bool

    @classmethod
    def of(cls, graph: Graph, form: PixelForm | None = None) -> OnnxEncoder:
        """Reads it off the one input: (1, 3, side, side), (1, side, side, 3) or either without the batch, 1024 where the side is open.

        Unless ``form`` says so, bytes and pictures with colours last are given raw, for such a file prepares them itself; all else is given
        normalised.
        """
        slot = _only_input(graph)
        shape = slot.shape[-3:]
        colours_last = shape[0] != _CHANNELS and shape[2] == _CHANNELS
        if len(slot.shape) not in (3, 4) or (shape[0] != _CHANNELS and not colours_last) or slot.shape[:-3] not in ((), (1,), (None,)):
            raise ValueError(f"{graph.path}: expected an image of 3 colours for an input, (1, 3, H, W) or (H, W, 3), got {slot.shape}")
        sides = {side for side in (shape[:2] if colours_last else shape[1:]) if side is not None}
        side = sides.pop() if sides else _USUAL_SIDE
        if sides or not 16 <= side <= _LARGEST_SIDE or side % 16:
            raise ValueError(
                f"{graph.path}: expected a square input whose side is a multiple of 16 up to {_LARGEST_SIDE}, got {slot.shape}"
            )
        return cls(graph, side, form or _usual_form(slot, colours_last), colours_last, len(slot.shape) == 4)

    def features(self, pixels_B3HW: Tensor) -> tuple[Tensor, ...]:
        """All outputs in the file's order, of RGB in [0, 1]; one run an image, for most files know no batch."""
        runs = [self.graph.run({_only_input(self.graph).name: self._given(one_3HW)}, list(self.graph.outputs)) for one_3HW in pixels_B3HW]
        return tuple(torch.cat([torch.from_numpy(value) for value in values]) for values in zip(*runs, strict=True))

    def _given(self, pixels_3HW: Tensor) -> Value:
        values = _in_form(pixels_3HW[None], self.form)[0]
        if _only_input(self.graph).dtype == np.uint8:
            values = values.round()
        laid = values.permute(1, 2, 0) if self.colours_last else values
        return laid.numpy()[None] if self.batched else laid.numpy()


def _in_form(pixels_B3HW: Tensor, form: PixelForm) -> Tensor:
    match form:
        case "normalised":
            return normalised(pixels_B3HW)
        case "raw":
            return pixels_B3HW * 255
        case "unit":
            return pixels_B3HW
    raise ValueError(f"expected pixels {', '.join(get_args(PixelForm))}, got {form!r}")


def _usual_form(slot: Slot, colours_last: bool) -> PixelForm:
    return "raw" if colours_last or slot.dtype == np.dtype[Any](np.uint8) else "normalised"


def _only_input(graph: Graph) -> Slot:
    if len(graph.inputs) != 1:
        raise ValueError(f"{graph.path}: expected an encoder, whose one input is an image; got the inputs {', '.join(graph.inputs)}")
    return next(iter(graph.inputs.values()))
