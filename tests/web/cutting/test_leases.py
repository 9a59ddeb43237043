"""Leases: one session an image, until it is given back, taken over, or nothing was heard of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.web.cutting.leases import LAPSES_S, Leases
from clickcut.web.folder.listing import ListedImage
from clickcut.web.refusal import Refusal

A, B, C = (ListedImage(name, name, Path(name), "1") for name in "abc")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def code(call: object) -> str:
    with pytest.raises(Refusal) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_an_image_is_held_by_one_session_until_it_is_given_back() -> None:
    leases = Leases()
    lease = leases.open(A, take=False)

    assert leases.is_held(A)
    assert code(lambda: leases.open(A, take=False)) == "held"
    leases.close(lease.session)
    leases.open(A, take=False)
    assert code(lambda: leases.of(lease.session)) == "no_such_session"


def test_taken_over_the_former_session_learns_of_it() -> None:
    leases = Leases()
    former = leases.open(A, take=False)
    new = leases.open(A, take=True)

    assert code(lambda: leases.of(former.session)) == "lease_lost"
    assert leases.of(new.session).image == A


def test_a_silent_session_lapses_but_lives_on_while_nobody_else_comes() -> None:
    clock = Clock()
    leases = Leases(clock=clock)
    silent = leases.open(A, take=False)
    clock.now = LAPSES_S + 1

    assert not leases.is_held(A)
    leases.of(silent.session)
    assert leases.is_held(A)
    clock.now = 2 * LAPSES_S + 2
    leases.open(A, take=False)
    assert code(lambda: leases.of(silent.session)) == "lease_lost"


def test_there_are_so_many_sessions_and_lapsed_ones_make_room() -> None:
    clock = Clock()
    leases = Leases(most=2, clock=clock)
    oldest = leases.open(A, take=False)
    leases.open(B, take=False)

    assert code(lambda: leases.open(C, take=False)) == "too_many_sessions"
    clock.now = LAPSES_S + 1
    leases.open(C, take=False)
    assert code(lambda: leases.of(oldest.session)) == "lease_lost"
