"""COCO's run lengths: masks column by column, beginning with a run of zeros; as plain numbers or packed into characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickcut.core.masks import Mask
from clickcut.data.shapes import Piece, piece_of

_MOST_PIXELS = 2**31


@dataclass(frozen=True, slots=True, eq=False)
class Rle:
    """A mask of ``hw`` as the lengths of its runs, alternately off and on the object."""

    hw: tuple[int, int]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, value: dict[str, Any]) -> Rle:
        """From JSON: {"size": [height, width], "counts": [...] or "..."}; ValueError where these are none or do not fit."""
        size, counts = value.get("size"), value.get("counts")
        if not (isinstance(size, list) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)):
            raise ValueError(f"run lengths should say their size as [height, width], got {size!r}")
        if isinstance(counts, str):
            lengths = unpacked(counts)
        elif isinstance(counts, list) and all(type(count) is int and abs(count) < 2**63 for count in counts):
            lengths = np.array(counts, np.int64)
        else:
            raise ValueError(f"run lengths should be whole numbers or their packed text, got {str(counts)[:40]}")
        total = size[0] * size[1]
        if total > _MOST_PIXELS or (lengths < 0).any() or (lengths > total).any() or int(lengths.sum()) != total:
            raise ValueError(f"run lengths should add up to the {size[0]} x {size[1]} pixels of their mask, and do not")
        return cls((size[0], size[1]), lengths)

    @classmethod
    def around(cls, piece: Piece, hw: tuple[int, int]) -> Rle:
        """The run lengths of some pixels of an image of ``hw``."""
        height, (top, left) = hw[0], (piece.box.top, piece.box.left)
        columns = np.zeros((piece.box.width, piece.box.height + 2), np.int8)
        columns[:, 1:-1] = piece.inside.T
        changes = np.diff(columns, axis=1)
        starts, ends = ((left + column) * height + top + row for column, row in (np.nonzero(changes == 1), np.nonzero(changes == -1)))
        # A run that ends with its column goes on where the next one begins at its top.
        is_apart = starts[1:] != ends[:-1]
        starts, ends = starts[np.append(True, is_apart)], ends[np.append(is_apart, True)]
        edges = np.concatenate([[0], np.stack([starts, ends], axis=1).ravel(), [height * hw[1]]])
        counts = np.diff(edges).astype(np.int64)
        return cls(hw, counts[:-1] if counts[-1] == 0 else counts)

    @property
    def text(self) -> str:
        """The run lengths in COCO's packed text, the reverse of ``unpacked``."""
        numbers = self.counts.copy()
        numbers[3:] -= self.counts[1:-2]
        sizes = np.ones(len(numbers), np.int64)
        for size in range(1, 12):  # groups of five bits, the highest bit of the last one being the sign
            half = np.int64(1) << (5 * size - 1)
            sizes[(numbers < -half) | (numbers >= half)] = size + 1
        ends = np.cumsum(sizes)
        places = np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)
        codes = (np.repeat(numbers, sizes) >> 5 * places) & 31
        codes[places < np.repeat(sizes, sizes) - 1] |= 32
        return (codes + 48).astype(np.uint8).tobytes().decode("ascii")

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        if hw != self.hw:
            raise ValueError(f"run lengths are of {self.hw[1]} x {self.hw[0]} pixels, but the photo (turned upright) of {hw[1]} x {hw[0]}")
        return piece_of(self.mask())

    def mask(self) -> Mask:
        """The mask (H, W)."""
        on = np.arange(len(self.counts)) % 2 == 1
        return np.repeat(on, self.counts).reshape(self.hw[1], self.hw[0]).T


def unpacked(text: str) -> NDArray[np.int64]:
    """Run lengths of COCO's packed text (the format of pycocotools).

    Each number is written in groups of five bits, lowest first, a group a character from "0" on; bit 6 says that another group follows,
    bit 5 of the last group is the sign. From the fourth number on, what is written is the difference to the number two before.
    """
    codes = np.array([ord(character) for character in text], np.int64) - 48
    if codes.size == 0:
        return codes
    if codes.min() < 0 or codes.max() > 63 or codes[-1] & 32:
        raise ValueError("packed run lengths are cut off or hold characters that do not belong there")
    ends = np.flatnonzero((codes & 32) == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > 12:
        raise ValueError("packed run lengths hold a number that is too large")
    shifts = 5 * (np.arange(codes.size) - np.repeat(starts, lengths))
    numbers = np.add.reduceat((codes & 31) << shifts, starts)
    numbers -= np.where(codes[ends] & 16, np.int64(1) << (5 * lengths), 0)
    for first in (1, 2):  # the first number stands alone, the others follow the one two before
        numbers[first::2] = np.cumsum(numbers[first::2])
    return numbers
