"""One process at a time: a lock that ends with its process, however that ends, and leaves no file behind where the system allows it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def _taken(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _taken(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Holds the lock file ``path`` while the block runs; ValueError when another process holds it."""
    with path.open("ab") as file:
        if not (_taken(file) and _is_at(file, path)):
            raise ValueError(f"{path}: another process is at work here; wait until it ends, then run the same again")
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file: there it stays, empty and harmless
                path.unlink()


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether what was locked is still the file of that name: its former holder removes it, perhaps after we opened it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
