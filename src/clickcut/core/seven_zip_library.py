"""7z archives read by py7zr, which comes with the extra ``weights``; imported only where that is installed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from py7zr import Py7zIO, SevenZipFile, WriterFactory

from clickcut.core.members import DamagedArchiveError, Member, Write

_BUFFER = 1 << 20


class LibraryReader:
    """An ``ArchiveReader``."""

    def members(self, parts: Sequence[Path]) -> list[Member]:
        with _opened(parts) as archive:
            return [Member(entry.filename, entry.uncompressed, entry.is_file) for entry in archive.list()]

    def pour(self, parts: Sequence[Path], member: Member, write: Write) -> None:
        with _opened(parts) as archive:
            archive.extract(targets=[member.name], factory=_Into(write))


@contextmanager
def _opened(parts: Sequence[Path]) -> Iterator[SevenZipFile]:
    """Whatever py7zr makes of a broken file (it has an exception of its own for little of it) is one error."""
    try:
        with io.BufferedReader(_EndToEnd(parts), _BUFFER) as file, SevenZipFile(file) as archive:
            yield archive
    except (OSError, DamagedArchiveError):
        raise
    except Exception as error:
        raise DamagedArchiveError(f"{parts[0]}: is cut off or damaged ({type(error).__name__}: {error})") from error


class _Into(WriterFactory):
    """Gives every file that py7zr would write the one function to write to."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def create(self, filename: str) -> Py7zIO:
        return _Pouring(self._write)


class _Pouring(Py7zIO):
    """Takes what py7zr writes in order, and keeps nothing."""

    def __init__(self, write: Write) -> None:
        self._write, self._size = write, 0

    def write(self, s: bytes | bytearray) -> int:
        self._write(bytes(s))
        self._size += len(s)
        return len(s)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def flush(self) -> None:
        """There is nothing kept back."""

    def size(self) -> int:
        return self._size


class _EndToEnd(io.RawIOBase):
    """Several files, read as if they were one."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts, self._sizes = tuple(parts), tuple(part.stat().st_size for part in parts)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: sum(self._sizes)}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        start = self._at
        for part, size in zip(self._parts, self._sizes, strict=True):
            if start < size:
                with part.open("rb", buffering=0) as file:
                    file.seek(start)
                    num_read = file.readinto(buffer)
                self._at += num_read
                return num_read
            start -= size
        return 0
