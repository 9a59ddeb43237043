"""Clicks are values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from clickcut.core.clicks import Click


def test_clicks_with_equal_places_and_signs_are_equal() -> None:
    assert Click(1, 2, True) == Click(1.0, 2.0, True)
    assert Click(1, 2, True) != Click(1, 2, False)


def test_a_click_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Click(1, 2, True).y = 3  # type: ignore[misc]
