"""How far a long piece of work is, told in lines: for log files, pipes and whoever has no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Final

SECONDS_BETWEEN_LINES: Final = 10.0

Advance = Callable[[int, int, str], None]
"""Told how many are done, of how many, and a word about the last one."""

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

    def __init__(self, name: str, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._tell, self._clock = name, tell, clock
        self._began: tuple[float, int] | None = None
        self._told = 0.0

    def __call__(self, done: int, total: int, note: str) -> None:
        now = self._clock()
        if self._began is None:
            self._began = now, done
        elif done < total and now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        parts = (f"{self._name}: {done} of {total}", self._left(now, done, total), note)
        self._tell(", ".join(part for part in parts if part))

    def _left(self, now: float, done: int, total: int) -> str:
        """Judged by what this run did: what an earlier one did took no time now."""
        assert self._began is not None
        began, done_before = self._began
        if done in (done_before, total):
            return ""
        seconds = (now - began) / (done - done_before) * (total - done)
        return f"{timedelta(seconds=round(seconds))} left"
