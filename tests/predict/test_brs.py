"""Options of backpropagating refinement: names, places, and the field's values."""

from __future__ import annotations

from typing import Any

import pytest

from clickcut.predict.brs import NAMES, Brs, brs_of, names_at


@pytest.mark.parametrize(
    ("name", "mode", "place", "clicks_limit"),
    [
        ("RGB-BRS", "rgb-brs", "rgb", 5),
        ("DistMap-BRS", "distmap-brs", "click-maps", 5),
        ("f-BRS-A", "f-brs-a", "backbone", 8),
        ("f-BRS-B", "f-brs-b", "backbone", 8),
        ("f-BRS-C", "f-brs-c", "context", 8),
        ("F-brs-c ", "f-brs-c", "context", 8),
        ("distmap-brs", "distmap-brs", "click-maps", 5),
    ],
)
def test_a_name_stands_for_its_mode_with_the_fields_limit_of_clicks(name: str, mode: str, place: str, clicks_limit: int) -> None:
    brs = Brs.named(name)

    assert (brs.mode, brs.place, brs.clicks_limit) == (mode, place, clicks_limit)
    assert brs.name == NAMES[brs.mode]
    assert (brs.max_evaluations, brs.min_iou_diff, brs.after_clicks) == (20, 0.01, 1)


def test_the_limit_of_clicks_can_be_named() -> None:
    assert Brs.named("f-BRS-B", 3) == Brs("f-brs-b", 3)
    assert brs_of("f-BRS-B", 3) == Brs("f-brs-b", 3)
    assert brs_of(None, None) is None


def test_a_limit_of_clicks_without_a_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="name a mode too"):
        brs_of(None, 3)


@pytest.mark.parametrize(
    ("name", "told"), [("fbrs-b", r"did you mean f-BRS-B\?"), ("NoBRS", "expected one of RGB-BRS, DistMap-BRS, f-BRS-A")]
)
def test_a_mistyped_mode_gets_the_names_that_there_are(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Brs.named(name)


def test_a_networks_places_tell_the_modes_that_it_serves() -> None:
    assert names_at({"rgb", "click-maps"}) == ["RGB-BRS", "DistMap-BRS"]
    assert names_at({"backbone"}) == ["f-BRS-A", "f-BRS-B"]
    assert names_at(()) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mode": "NoBRS"}, "got 'NoBRS'"),
        ({"clicks_limit": 0}, "got a limit of 0"),
        ({"max_evaluations": 0}, "max_evaluations must be 1 or more, got 0"),
        ({"min_iou_diff": 1}, "less than 1, got 1"),
        ({"after_clicks": -1}, "after_clicks must be 0 or more, got -1"),
    ],
)
def test_an_impossible_option_is_named(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Brs(**{"mode": "f-brs-b", "clicks_limit": 8, **options})
