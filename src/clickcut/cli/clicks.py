"""Clicks as they are written on the command line: ``X,Y`` on the object, ``X,Y,-`` on what is not part of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clickcut.core.clicks import Click, Clicks


def parse_clicks(texts: Sequence[str], hw: tuple[int, int]) -> Clicks:
    """The clicks, in their order, all of them inside an image of ``hw`` = (height, width)."""
    return tuple(_inside(parse_click(text), text, hw) for text in texts)


def parse_click(text: str) -> Click:
    """One click; x comes first, as image viewers show it."""
    parts = [part.strip() for part in text.split(",")]
    sign = parts.pop() if len(parts) == 3 else "+"
    try:
        x, y = (float(part) for part in parts)
    except ValueError:
        raise ValueError(f"--click: expected X,Y or X,Y,- in pixels, got {text!r}") from None
    if sign not in ("+", "-"):
        raise ValueError(f"--click {text}: a third part can only be - (not on the object) or +, got {sign!r}")
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"--click {text}: expected finite numbers of pixels")
    return Click(y, x, sign == "+")


def _inside(click: Click, text: str, hw: tuple[int, int]) -> Click:
    height, width = hw
    if not (0 <= click.y < height and 0 <= click.x < width):
        raise ValueError(f"--click {text}: lies outside of the image, which is {width} pixels wide and {height} high")
    return click
