"""When a cascade goes on, and when an adaptive one stops."""

from __future__ import annotations

import numpy as np
import pytest

from clickcut.core.boxes import Box
from clickcut.predict.cascade import Cascade
from clickcut.predict.state import State


@pytest.mark.parametrize(
    ("cascade", "passes"),
    [
        (Cascade(), [1, 1, 1]),
        (Cascade(4), [5, 1, 1]),  # quirk Q2: the first click alone
        (Cascade(4, clicks=2), [5, 5, 1]),
        (Cascade(2, clicks=20), [3, 3, 3]),
        (Cascade(2, clicks=0), [1, 1, 1]),
    ],
)
def test_the_first_clicks_get_the_refinements(cascade: Cascade, passes: list[int]) -> None:
    assert [cascade.passes_for(num_clicks) for num_clicks in (1, 2, 3)] == passes


def row(value: float, *, start: int, stop: int) -> State:
    """An image of one row of 100 pixels, of which a box from ``start`` to ``stop`` says ``value``."""
    return State(box=Box(0, start, 1, stop), probs=np.full((1, stop - start), value, np.float32))


@pytest.mark.parametrize(
    ("before", "after", "settled"),
    [
        (row(0.9, start=0, stop=50), row(0.6, start=0, stop=50), True),
        (row(0.9, start=0, stop=50), row(0.9, start=0, stop=70), True),  # 20 pixels
        (row(0.9, start=0, stop=50), row(0.9, start=0, stop=71), False),  # 21
        (row(0.9, start=0, stop=30), row(0.9, start=60, stop=90), False),  # boxes apart
        (row(0.48, start=0, stop=50), row(0.4, start=0, stop=50), True),
        (row(0.485, start=0, stop=50), row(0.495, start=0, stop=50), False),  # 0.49 and not one half
        (row(0.3, start=0, stop=30), row(0.3, start=60, stop=90), True),  # nothing in either
    ],
)
def test_an_adaptive_cascade_stops_at_20_changed_pixels(before: State, after: State, *, settled: bool) -> None:
    assert Cascade(4, adaptive=True).settled(before, after) is settled


def test_049_itself_is_background() -> None:
    value = np.float32(0.49)  # compared as the field does: float32 pixels with a Python number
    before, after = row(float(value), start=0, stop=50), row(0.1, start=0, stop=50)

    assert Cascade(4, adaptive=True).settled(before, after)


def test_a_fixed_cascade_never_stops_early() -> None:
    state = row(0.9, start=0, stop=50)

    assert not Cascade(4).settled(state, state)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="steps must be 0"):
        Cascade(-1)
    with pytest.raises(ValueError, match="clicks must be 0 or more"):
        Cascade(1, clicks=-1)
