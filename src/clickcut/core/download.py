"""A file from the web: goes on where a broken download ended, and is in its place whole and checked, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from clickcut.core.files import check_free, check_sha256
from clickcut.core.http_get import Answer, DroppedError, RangeRefusedError, asking
from clickcut.core.locks import alone
from clickcut.core.part_file import PartFile

_WORTHWHILE = 1 << 20
"""A try that brings so many more bytes than any before was not in vain: the count of failures begins anew."""

OnBytes = Callable[[int, int | None], None]
"""Told how many bytes there are, and how many there will be, None where that is not known."""

Watch = Callable[[str], AbstractContextManager[OnBytes]]
"""Told the name of a step (a file that is fetched or unpacked), gives what to call as its bytes come."""


@contextmanager
def unwatched(step: str) -> Iterator[OnBytes]:
    """A ``Watch`` that tells nobody."""
    yield lambda done, total: None


@dataclass(frozen=True, slots=True)
class Patience:
    """How many tries in a row may bring nothing, how long one waits for a byte, and how one waits between them (seconds)."""

    tries: int = 6
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def rest(self, failures: int) -> None:
        """A second after the first failure, and twice as long after each further one."""
        self.sleep(2.0 ** (failures - 1))


def fetch(
    address: str,
    target: Path,
    *,
    size: int | None = None,
    sha256: str | None = None,
    on_progress: OnBytes | None = None,
    patience: Patience = Patience(),
) -> Path:
    """Downloads ``address`` to ``target``, replacing it, and gives ``target``; its folder must be there.

    What arrives is kept in ``target.part`` until all is there, also when this is interrupted, and the next call goes on from it unless
    the file has changed on the server. ConnectionError when the same call may succeed later, ValueError when the server's file is not to
    be had, is not of ``size`` bytes or not of this ``sha256``, or when another process is downloading it, OSError when there is no room.
    """
    part = PartFile(address, target)
    with alone(part.lock):
        failures, most = 0, part.length
        while True:
            try:
                _try(part, size, on_progress, patience.timeout)
                break
            except DroppedError as error:
                failures = failures + 1 if part.length < most + _WORTHWHILE else 1
                most = max(most, part.length)
                if failures >= patience.tries:
                    raise ConnectionError(f"{address}: gave up after {failures} tries: {error}; {_kept(part)}") from error
                patience.rest(failures)
        _finish(part, size, sha256)
    return target


def _try(part: PartFile, size: int | None, on_progress: OnBytes | None, timeout: float) -> None:
    """One connection; returns when all bytes are there."""
    kept = part.origin
    start = 0 if kept is None else part.length
    if kept is not None and kept.size == start:
        return
    try:
        with asking(part.address, start=start, origin=kept, timeout=timeout) as answer:
            if answer.start > 0 and (answer.start != start or kept is None or not answer.origin.agrees_with(kept)):
                part.discard()
                raise DroppedError("the file has changed on the server meanwhile")
            _receive(answer, part, size, on_progress)
    except RangeRefusedError as refused:
        if refused.total == start and kept is not None and kept.size is None:
            return  # only now does the server say how many there are, and all are here
        part.discard()
        if refused.total != start or kept is None:
            raise DroppedError("the file has changed on the server meanwhile") from refused
        raise ValueError(
            f"{part.address}: expected {kept.size} bytes, as the server said at first, got {start}, which are all, as it says now; "
            f"what arrived is removed, run the same again to start over"
        ) from refused


def _receive(answer: Answer, part: PartFile, size: int | None, on_progress: OnBytes | None) -> None:
    total = answer.origin.size
    if size is not None and total is not None and size != total:
        part.discard()
        raise ValueError(f"{part.address}: expected {size} bytes, got a file of {total}")
    if total is not None:
        check_free(part.target.parent, total - answer.start)
    done = answer.start
    with part.writing(answer.start, answer.origin) as file:
        if on_progress is not None:
            on_progress(done, total)
        for chunk in answer.chunks():
            file.write(chunk)
            done += len(chunk)
            if on_progress is not None:
                on_progress(done, total)
    if total is not None and done != total:
        raise DroppedError(f"the connection ended early: expected {total} bytes, got {done}")


def _finish(part: PartFile, size: int | None, sha256: str | None) -> None:
    """Checks what has arrived and puts it in its place, or removes it."""
    try:
        if size is not None and part.length != size:
            raise ValueError(f"{part.address}: expected {size} bytes, got {part.length}; what arrived is removed")
        if sha256 is not None:
            check_sha256(part.path, sha256, part.address)
    except ValueError:
        part.discard()
        raise
    part.become_target()


def _kept(part: PartFile) -> str:
    if part.length == 0:
        return "run the same again later"
    return f"{part.length} bytes are kept in {part.path}, run the same again to go on"
