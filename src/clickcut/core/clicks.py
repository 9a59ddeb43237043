"""Clicks: what a user says about an image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Click:
    """One click, in pixels of the image it was made on.

    ``y`` counts rows from the top and ``x`` columns from the left; pixel centres are the whole numbers. ``positive`` clicks lie on the
    object, the others on what is not part of it.
    """

    y: float
    x: float
    positive: bool


Clicks = tuple[Click, ...]
"""Clicks in the order in which they were made; a click's index is its place here."""
