"""How far a long command is, on stderr: a bar on a terminal, now and then a line elsewhere (a log file, a pipe)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TextIO

from clickcut.core.download import OnBytes
from clickcut.core.files import size_text

SECONDS_BETWEEN_LINES = 10.0
_SPEED_OVER_SECONDS = 600.0

Advance = Callable[[int, int | None, str], None]
"""Told how many are done, of how many (None where that is not known), and a word about the last one."""

Count = Callable[[int], str]
"""How a number of them is written."""


@contextmanager
def progress(name: str, stream: TextIO | None = None, count: Count = str) -> Iterator[Advance]:
    """What to call whenever one more is done, and before the first (0, unless an interrupted run goes on)."""
    stream = sys.stderr if stream is None else stream
    if stream.isatty():
        with _bar(name, stream, count) as advance:
            yield advance
    else:
        yield Lines(name, stream, count=count)


@contextmanager
def byte_progress(name: str, stream: TextIO | None = None) -> Iterator[OnBytes]:
    """What to call as a file's bytes come."""
    with progress(name, stream, size_text) as advance:
        yield lambda done, total: advance(done, total, "")


class Lines:
    """A line with an estimate of the time left, at most every ten seconds, and one at the end."""

    def __init__(self, name: str, stream: TextIO, clock: Callable[[], float] = time.monotonic, *, count: Count = str) -> None:
        self._name, self._stream, self._clock, self._count = name, stream, clock, count
        self._began: tuple[float, int] | None = None
        self._told = 0.0

    def __call__(self, done: int, total: int | None, note: str) -> None:
        now = self._clock()
        if self._began is None or done < self._began[1]:  # a download that had to start over knows less than it did
            self._began = now, done
        elif done != total and now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        parts = (f"{self._name}: {_counted(done, total, self._count, ' of ')}", self._left(now, done, total), note)
        print(", ".join(part for part in parts if part), file=self._stream, flush=True)

    def _left(self, now: float, done: int, total: int | None) -> str:
        """Judged by what this run did: what an earlier one did took no time now."""
        assert self._began is not None
        began, done_before = self._began
        if total is None or done in (done_before, total):
            return ""
        seconds = (now - began) / (done - done_before) * (total - done)
        return f"{timedelta(seconds=round(seconds))} left"


def _counted(done: int, total: int | None, count: Count, of: str) -> str:
    return count(done) if total is None else f"{count(done)}{of}{count(total)}"


@contextmanager
def _bar(name: str, stream: TextIO, count: Count) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[counted]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), speed_estimate_period=_SPEED_OVER_SECONDS) as bar:
        task = bar.add_task(name, total=None, note="", counted="", visible=False)  # until something is known

        def advance(done: int, total: int | None, note: str) -> None:
            bar.update(task, completed=done, total=total, note=note, counted=_counted(done, total, count, "/"), visible=True)

        yield advance
