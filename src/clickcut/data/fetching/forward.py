"""A stream that is read once from its beginning to its end, for Python's tarfile, which trusts what an archive says of itself."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from typing import IO, Final

_PIECE: Final = 1 << 16
_LARGEST_READ: Final = 4 << 20


class ForwardStream:
    """Reads and seeks forward only, no more than ``most`` bytes in all, and never many at once: a header may claim to be gigabytes long.

    tarfile goes back by one byte before each header, to see that the last one is there; that byte is kept. ``refuse`` makes the error of
    what is too much.
    """

    def __init__(self, source: IO[bytes], most: int, refuse: Callable[[int], Exception]) -> None:
        self._source, self._most, self._refuse = source, most, refuse
        self._read, self._last, self._is_back = 0, b"", False

    def read(self, size: int = -1) -> bytes:
        if size > _LARGEST_READ or size < 0:
            raise self._refuse(size)
        if size == 0:
            return b""
        first = b""
        if self._is_back:
            first, self._is_back, size = self._last, False, size - 1
        data = self._source.read(size) if size else b""
        self._read += len(data)
        if self._read > self._most:
            raise self._refuse(self._read)
        if data:
            self._last = data[-1:]
        return first + data

    def tell(self) -> int:
        return self._read - self._is_back

    def seek(self, to: int, whence: int = 0) -> int:
        """To a later byte, or back by one; a place beyond the end is the end."""
        if whence != 0 or to < self._read - 1 or (to == self._read - 1 and not self._last):
            raise tarfile.StreamError(f"a stream that is read once cannot go back to byte {to} from {self._read}")
        if to == self._read - 1:
            self._is_back = True
            return to
        while (left := to - self.tell()) > 0 and self.read(min(left, _PIECE)):
            pass
        return self.tell()
