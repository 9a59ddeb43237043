"""The half of an ONNX pair that sees clicks, as SAM's own export has it.

Shape suffixes: K clicks, M masks, h w pixels of a mask over the padded square.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clickcut.model.network import PADDING
from clickcut.model.onnx_pair.graph import Graph, Value

_CLICKS, _KINDS, _PREV, _HAS_PREV = "point_coords", "point_labels", "mask_input", "has_mask_input"
_IMAGE_HW: Final = "orig_im_size"
_MASKS, _IOUS = "low_res_masks", "iou_predictions"
_NUM_SAM_MASKS: Final = 4
_STRIDE: Final = 4
"""Pixels of the input to a pixel of a mask, where the file does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class OnnxDecoder:
    """A decoder file whose masks have a side of ``prev_side``; ``features`` says which of the encoder's outputs each other input is."""

    graph: Graph
    features: Mapping[str, int]
    prev_side: int

    @classmethod
    def of(cls, graph: Graph, encoder: Graph, side: int) -> OnnxDecoder:
        """The decoder that belongs to an encoder of this side; ValueError where something that it needs has no place in it."""
        missing = [name for name in (_CLICKS, _KINDS, _PREV, _HAS_PREV) if name not in graph.inputs]
        missing += [name for name in (_MASKS, _IOUS) if name not in graph.outputs]
        if missing:
            raise ValueError(
                f"{graph.path}: expected a decoder as SAM's export makes it; {', '.join(missing)} is missing among "
                f"its inputs {', '.join(graph.inputs)} and outputs {', '.join(graph.outputs)}"
            )
        prev_side = graph.inputs[_PREV].shape[-1] or side // _STRIDE
        return cls(graph, _features_of(graph, encoder), prev_side)

    def logits(self, features: tuple[Value, ...], prev_hw: NDArray[np.float32] | None, clicks: tuple[Value, Value]) -> Value:
        """One image's answer (h, w); ``clicks`` are (y, x) in the input square, (K, 2), and their kinds (K,), of which at least one."""
        yx_K2, kind_K = clicks
        given = {name: features[index] for name, index in self.features.items()}
        # SAM's decoder adds the half pixel itself; a point of no kind stands where a box could be.
        given[_CLICKS] = np.concatenate((yx_K2[:, ::-1], np.zeros((1, 2))))[None]
        given[_KINDS] = np.append(kind_K, PADDING)[None]
        given[_PREV] = np.zeros((1, 1, self.prev_side, self.prev_side)) if prev_hw is None else prev_hw[None, None]
        given[_HAS_PREV] = np.array([prev_hw is not None])
        if _IMAGE_HW in self.graph.inputs:
            # Only the masks at the image's size depend on it, which nobody asks for: a small one is soon made.
            given[_IMAGE_HW] = np.array([self.prev_side, self.prev_side])
        masks_1Mhw, iou_1M = self.graph.run(given, (_MASKS, _IOUS))
        num_clicks = int(np.count_nonzero(kind_K != PADDING))
        return np.asarray(masks_1Mhw[0, chosen(iou_1M[0], num_clicks)], np.float32)


def chosen(iou_M: Value, num_clicks: int) -> int:
    """Which of several masks is the answer.

    Of SAM's four the first is meant for many clicks, and the other three are alternatives for one click, of which the one with the highest
    predicted IoU is taken. Any other number of masks are alternatives alone.
    """
    if len(iou_M) == _NUM_SAM_MASKS:
        return 1 + int(iou_M[1:].argmax()) if num_clicks == 1 else 0
    return int(iou_M.argmax())


def _features_of(graph: Graph, encoder: Graph) -> dict[str, int]:
    """The encoder's output of the same name; where there is one input and one output only, they belong together whatever their names."""
    outputs = list(encoder.outputs)
    wanted = [name for name in graph.inputs if name not in (_CLICKS, _KINDS, _PREV, _HAS_PREV, _IMAGE_HW)]
    if len(wanted) == len(outputs) == 1:
        return {wanted[0]: 0}
    if strange := [name for name in wanted if name not in outputs]:
        raise ValueError(f"{graph.path}: {', '.join(strange)} is none of the outputs of {encoder.path.name}: {', '.join(outputs)}")
    return {name: outputs.index(name) for name in wanted}
