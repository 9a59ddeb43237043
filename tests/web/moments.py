"""Moments at hand for the tests of what keeps them."""

from __future__ import annotations

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.web.record.cuts import Stroke
from clickcut.web.record.moments import CutOut, Draft, KeptMask, Moment, Trail
from clickcut.web.record.settings import Settings

MASK = KeptMask("ab12", Box(1, 2, 5, 9), 17)
OTHER = KeptMask("cd34", Box(0, 0, 2, 2), 4)


def rich_moment() -> Moment:
    """One of everything that a moment can hold."""
    trail = Trail(
        Settings(cascade_steps=3, adaptive=True, size=256, threshold=0.6),
        start=OTHER,
        clicks=(Click(1.5, 2.0, True), Click(3.0, 4.25, False)),
        strokes=(Stroke(((1.0, 2.0), (3.5, 4.0)), 2.5, erase=True),),
        window=Box(0, 0, 100, 200),
    )
    objects = (
        CutOut(3, "Tier ä", 2, MASK, trail, (OTHER,), "clicks", hidden=True, seconds=4.5, network="formula"),
        CutOut(1, "", 1, OTHER, Trail(Settings(), start=OTHER), (), "import"),
    )
    return Moment(Draft(trail, 3, "Tier ä", 2, (MASK,), 1.25), objects, done=True, no_overlap=False, next_id=9)


def clicked(moment: Moment, x: float) -> Moment:
    """The moment after one more click."""
    trail = moment.draft.trail
    return moment.with_trail(Trail(trail.settings, trail.start, (*trail.clicks, Click(7.0, x, True)), trail.strokes, trail.window))
