"""Many overlapping masks in few images: layers of labels, each object in the first one where it overlaps none (specification 4.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clickcut.data.shapes import Piece

MOST_IN_A_LAYER: Final = 255

Layer = NDArray[np.uint8]
"""(H, W): 0 is nothing, every other value one object."""


def packed(
    pieces: Sequence[Piece], hw: tuple[int, int], *, most_in_a_layer: int = MOST_IN_A_LAYER
) -> tuple[list[Layer], list[tuple[int, int]]]:
    """The layers, and for each mask by its number which layer and which value in it. Larger masks choose first, of equals the first."""
    layers: list[Layer] = []
    counts: list[int] = []
    places = [(0, 0)] * len(pieces)
    for number in sorted(range(len(pieces)), key=lambda number: -pieces[number].area):
        piece = pieces[number]
        free = (
            layer
            for layer, count in enumerate(counts)
            if count < most_in_a_layer and not layers[layer][piece.box.slices][piece.inside].any()
        )
        layer = next(free, len(layers))
        if layer == len(layers):
            layers.append(np.zeros(hw, np.uint8))
            counts.append(0)
        counts[layer] += 1
        layers[layer][piece.box.slices][piece.inside] = counts[layer]
        places[number] = (layer, counts[layer])
    return layers, places
