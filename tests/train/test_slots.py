"""Slots: which click of the field's fixed room a new one takes the place of."""

from __future__ import annotations

import pytest

from clickcut.core.clicks import Click
from clickcut.train.slots import Slots

A, B, C = (Click(index, 0, positive=True) for index in range(3))
NO = Click(9, 9, positive=False)
NEW, NEWER = Click(5, 5, positive=True), Click(6, 6, positive=True)


def test_a_click_takes_the_first_free_slot() -> None:
    assert Slots(3, "first-free").put(NEW, (A, B, NO), number=1, begun_with=(A, B, NO)) == (A, B, NO, NEW)


def test_a_click_takes_the_last_slot_of_its_kind_when_none_is_free() -> None:
    assert Slots(2, "first-free").put(NEW, (A, B, NO), number=1, begun_with=(A, B, NO)) == (A, NEW, NO)


def test_from_the_end_the_first_click_takes_the_last_slot_and_the_second_the_one_before() -> None:
    slots, random = Slots(3, "from-end"), (A, B, NO)

    once = slots.put(NEW, random, number=1, begun_with=random)  # slot 2 is free
    twice = slots.put(NEWER, once, number=2, begun_with=random)  # slot 1 holds B

    assert once == (A, B, NO, NEW)
    assert twice == (A, NEWER, NO, NEW)


def test_from_the_end_a_full_row_of_random_clicks_is_written_over() -> None:
    assert Slots(3, "from-end").put(NEW, (A, B, C), number=1, begun_with=(A, B, C)) == (A, B, NEW)


def test_kinds_have_rooms_of_their_own() -> None:
    assert Slots(2, "from-end").put(NEW, (NO, NO), number=1, begun_with=(NO, NO)) == (NO, NO, NEW)


def test_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="expected room"):
        Slots(0, "from-end")
