"""The window of a large image: the box that the network takes for the whole image, so that memory does not follow the image's size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.predict.state import hull_of
from clickcut.web.refusal import Refusal

LONGEST: Final = 4096
SHORTEST: Final = 1024
AROUND: Final = 512
"""How far about a click beyond the window the window grows."""


def window_for(hw: tuple[int, int], present: Box | None, clicks: Sequence[Click], view: Box | None) -> Box:
    """The window in which further clicks are answered: the present one if it holds them, else one that has grown, or a first one.

    The first one is what is seen (``view``), as far as 4096 pixels a side go, about the first click. Refusal where clicks lie too far
    apart.
    """
    grown = present if present is not None else _first(hw, clicks[0], view)
    for click in clicks:
        if not _holds(grown, click):
            grown = hull_of(grown, _about(click, AROUND, AROUND)).clamped(hw)
    if grown != present and max(grown.hw) > LONGEST and present is not None:
        raise Refusal(
            "bound_reached",
            f"this click lies too far from the object's others: an image this large is worked on in windows of {LONGEST} pixels; "
            "keep what there is as a part of the object, then go on clicking",
        )
    return grown


def _first(hw: tuple[int, int], click: Click, view: Box | None) -> Box:
    height, width = (SHORTEST * 2, SHORTEST * 2) if view is None else view.hw
    half_height, half_width = (min(max(side, SHORTEST), LONGEST) // 2 for side in (height, width))
    centre = click
    if view is not None and max(view.hw) <= LONGEST:
        centre = Click((view.top + view.bottom) / 2, (view.left + view.right) / 2, True)
    window = _about(centre, half_height, half_width)
    # Moved into the image rather than cut: near a border there is as much to see as elsewhere.
    down = max(-window.top, 0) - max(window.bottom - hw[0], 0)
    right = max(-window.left, 0) - max(window.right - hw[1], 0)
    return window.shifted(down, right).clamped(hw)


def _about(click: Click, half_height: int, half_width: int) -> Box:
    y, x = int(click.y), int(click.x)
    return Box(y - half_height, x - half_width, y + half_height, x + half_width)


def _holds(box: Box, click: Click) -> bool:
    return box.top <= click.y < box.bottom and box.left <= click.x < box.right
