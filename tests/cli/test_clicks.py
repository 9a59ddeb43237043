"""Clicks as text: x first, a trailing minus, and what is no click."""

from __future__ import annotations

import pytest

from clickcut.cli.clicks import parse_click, parse_clicks
from clickcut.core.clicks import Click


@pytest.mark.parametrize(
    ("text", "click"),
    [
        ("88,120", Click(120, 88, True)),
        ("88,120,-", Click(120, 88, False)),
        ("88,120,+", Click(120, 88, True)),
        ("1.5,2e1", Click(20, 1.5, True)),
        (" 3 , 4 , - ", Click(4, 3, False)),
    ],
)
def test_a_click_is_x_then_y_then_a_minus(text: str, click: Click) -> None:
    assert parse_click(text) == click


@pytest.mark.parametrize("text", ["", "1", "1,2,3,-", "1,2,", "1,2,x", "a,b", "1;2", ",", "nan,1", "1,inf", "--out"])
def test_what_is_no_click_is_quoted_in_the_error(text: str) -> None:
    with pytest.raises(ValueError, match="--click") as raised:
        parse_click(text)

    assert text in str(raised.value)


def test_clicks_keep_their_order() -> None:
    assert parse_clicks(["3,1", "2,0,-"], (4, 5)) == (Click(1, 3, True), Click(0, 2, False))


@pytest.mark.parametrize("text", ["5,0", "0,4", "-0.1,0", "0,-1"])
def test_a_click_outside_of_the_image_names_its_size(text: str) -> None:
    with pytest.raises(ValueError, match="5 pixels wide and 4 high"):
        parse_clicks(["0,0", text], (4, 5))
