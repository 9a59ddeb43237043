"""How far a long command is, on stderr: a bar on a terminal, now and then a line elsewhere (a log file, a pipe)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from clickcut.core.download import OnBytes
from clickcut.core.files import size_text
from clickcut.core.progress import Advance, Count, Lines, counted

_SPEED_OVER_SECONDS = 600.0


@contextmanager
def progress(name: str, stream: TextIO | None = None, count: Count = str) -> Iterator[Advance]:
    """What to call whenever one more is done, and before the first (0, unless an interrupted run goes on)."""
    stream = sys.stderr if stream is None else stream
    if stream.isatty():
        with _bar(name, stream, count) as advance:
            yield advance
    else:
        yield Lines(name, lambda line: print(line, file=stream, flush=True), count=count)


@contextmanager
def byte_progress(name: str, stream: TextIO | None = None) -> Iterator[OnBytes]:
    """What to call as a file's bytes come."""
    with progress(name, stream, size_text) as advance:
        yield lambda done, total: advance(done, total, "")


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
            bar.update(task, completed=done, total=total, note=note, counted=counted(done, total, count, "/"), visible=True)

        yield advance
