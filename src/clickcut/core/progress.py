"""How far a long piece of work is, told in lines: for log files, pipes and whoever has no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Final

SECONDS_BETWEEN_LINES: Final = 10.0

Advance = Callable[[int, int | None, str], None]
"""Told how many are done, of how many (None where that is not known), and a word about the last one."""

Count = Callable[[int], str]
"""How a number of them is written."""

Progress = Callable[[str], AbstractContextManager[Advance]]
"""Opens the account of a piece of work by its name."""


def lines_by(tell: Callable[[str], None]) -> Progress:
    """Accounts in lines that ``tell`` is given."""

    @contextmanager
    def account(name: str) -> Iterator[Advance]:
        yield Lines(name, tell)

    return account


class Lines:
    """A line with an estimate of the time left, at most every ten seconds, and one at the end."""

    def __init__(self, name: str, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic, *, count: Count = str) -> None:
        self._name, self._tell, self._clock, self._count = name, tell, clock, count
        self._began: tuple[float, int] | None = None
        self._told = 0.0

    def __call__(self, done: int, total: int | None, note: str) -> None:
        now = self._clock()
        if self._began is None or done < self._began[1]:  # a download that had to start over knows less than it did
            self._began = now, done
        elif done != total and now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        parts = (f"{self._name}: {counted(done, total, self._count, ' of ')}", self._left(now, done, total), note)
        self._tell(", ".join(part for part in parts if part))

    def _left(self, now: float, done: int, total: int | None) -> str:
        """Judged by what this run did: what an earlier one did took no time now."""
        assert self._began is not None
        began, done_before = self._began
        if total is None or done in (done_before, total):
            return ""
        seconds = (now - began) / (done - done_before) * (total - done)
        return f"{timedelta(seconds=round(seconds))} left"


def counted(done: int, total: int | None, count: Count, of: str) -> str:
    """How many of how many, where that is known."""
    return count(done) if total is None else f"{count(done)}{of}{count(total)}"
