from __future__ import annotations

from typing import Any

import pytest

from clickcut.evaluate.protocol import NEVER_STOP, Protocol, percent


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"max_clicks": 0}, "at least 1 click"),
        ({"target": float("nan")}, "between 0 and 1"),
        ({"target": 0.0}, "between 0 and 1"),
        ({"target": 95.0}, "between 0 and 1"),
        ({"limit": 0}, "at least 1 object"),
        ({"every": 0}, "every object"),
        ({"clicks": "corner"}, "jittered or border"),
        ({"clicks": "random", "seed": -1}, "from 0 on"),
        ({"start": "good"}, "given or perturbed"),
        ({"start": "perturbed"}, "need a range of IoUs"),
        ({"start": "perturbed", "start_low": 0.9, "start_high": 0.8}, "the lower one first"),
        ({"start": "given", "start_low": 0.7, "start_high": 0.8}, "belongs to perturbed ones"),
        ({"start": "given", "seed": 1}, "for clicks or starts of chance"),
        ({"seed": 3}, "for clicks or starts of chance"),
    ],
)
def test_a_protocol_that_cannot_be_followed_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Protocol(**wrong)


@pytest.mark.parametrize(
    ("target", "measured"),
    [
        (0.95, (0.80, 0.85, 0.90, 0.95)),
        (0.90, (0.80, 0.85, 0.90)),  # beyond it the clicks stop, so NoC@95 is not known
        (0.97, (0.80, 0.85, 0.90, 0.95, 0.97)),
        (0.5, (0.5,)),
        (NEVER_STOP, (0.80, 0.85, 0.90, 0.95)),
    ],
)
def test_the_thresholds_end_at_the_target(target: float, measured: tuple[float, ...]) -> None:
    assert Protocol(target=target).thresholds == measured


def test_thresholds_are_named_in_percent() -> None:
    assert [percent(threshold) for threshold in (0.8, 0.85, 0.9, 0.95, 0.975)] == ["80", "85", "90", "95", "97.5"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"clicks": "random", "seed": 7},
        {"clicks": "jittered", "seed": 7},
        {"clicks": "border", "seed": 7},
        {"start": "perturbed", "start_low": 0.75, "start_high": 0.85, "seed": 7},
    ],
)
def test_whatever_is_left_to_chance_has_a_seed(chosen: dict[str, Any]) -> None:
    assert Protocol(**chosen).has_chance
