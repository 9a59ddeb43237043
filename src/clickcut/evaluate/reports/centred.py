"""Tables of centred cells between bars, as the field prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NOT_MEASURED: Final = "?"
"""What a cell says of a figure that is not known."""


def centred(head: Sequence[str], rows: Sequence[Sequence[str]], least: Sequence[int] = ()) -> list[str]:
    """The lines of a table, rules about its head. Columns are as wide as their widest cell needs, or, with ``least``, as that
    and the rows need."""
    needed = [max(len(cell) + 2 for cell in column) for column in zip(*(rows if least else [head, *rows]), strict=True)]
    widths = [max(pair) for pair in zip(needed, least or needed, strict=True)]
    first, *lines = ("".join(f"|{cell:^{width}}" for cell, width in zip(cells, widths, strict=True)) + "|" for cells in (head, *rows))
    rule = "-" * len(first)
    return [rule, first, rule, *lines]
