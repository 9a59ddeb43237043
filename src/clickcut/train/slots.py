"""Where the field puts a training click among the random ones that a sample began with (specification 4.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clickcut.core.clicks import Click, Clicks


@dataclass(frozen=True, slots=True)
class Slots:
    """Room for ``per_kind`` positive clicks and as many negative ones.

    ``fill`` says what a new click takes: RITM and SimpleClick fill from the end, the k-th click of a step the k-th last slot, and so write
    over a random click that lies there; CFR-ICL takes the first free slot, and the last one when none is free.
    """

    per_kind: int
    fill: Literal["from-end", "first-free"]

    def __post_init__(self) -> None:
        if self.per_kind < 1:
            raise ValueError(f"expected room for a click of each kind, got {self.per_kind}")

    def put(self, click: Click, clicks: Clicks, *, number: int, begun_with: Clicks) -> Clicks:
        """The clicks with one more, or with one replaced.

        ``number`` counts the clicks of this step, from 1; ``begun_with`` are the random ones, which come first in ``clicks``.
        """
        alike = [index for index, other in enumerate(clicks) if other.positive == click.positive]
        if self.fill == "first-free":
            slot, taken = min(len(alike), self.per_kind - 1), len(alike)
        else:
            slot, taken = self.per_kind - number, sum(other.positive == click.positive for other in begun_with)
        if not 0 <= slot < taken:
            return (*clicks, click)
        return (*clicks[: alike[slot]], click, *clicks[alike[slot] + 1 :])
