"""Files written all at once: a reader sees the old file or the new one, never half of it, also when the writer is stopped midway.

And what is asked of a file or a folder before it is trusted: fingerprint and free room.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file to write that takes ``path``'s place when the block ends well, and is gone without a trace when it raises."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"cannot write {path}: it is a folder, expected a file name")
    if not path.parent.is_dir():
        raise ValueError(f"cannot write {path}: there is no folder {path.parent}")
    # Beside its target, as only a rename within one file system is atomic; opened plainly, so that the usual permissions apply.
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


class WrongContentError(ValueError):
    """A file is not the one that it should be."""


def sha256_of(path: Path) -> str:
    """A file's fingerprint, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str, name: object) -> None:
    """WrongContentError, which calls the file by ``name``, unless its fingerprint is the expected one."""
    if (actual := sha256_of(path)) != expected.lower():
        raise WrongContentError(f"{name}: is not the file that it should be: expected sha256 {expected}, got {actual}")


def check_free(folder: Path, needed: int) -> None:
    """OSError unless a folder's disk has room for ``needed`` more bytes."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(
            f"{folder}: expected room for {size_text(needed)}, got {size_text(free)}; "
            f"make room or choose another folder, then run the same again"
        )


def size_text(num_bytes: int) -> str:
    """A number of bytes for people: ``"512 B"``, ``"1.4 KiB"``, ``"2526.0 MiB"``."""
    if num_bytes < 1 << 10:
        return f"{num_bytes} B"
    if num_bytes < 1 << 20:
        return f"{num_bytes / (1 << 10):.1f} KiB"
    return f"{num_bytes / (1 << 20):.1f} MiB"
