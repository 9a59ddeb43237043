"""A stream that is read once, and never much at a time."""

from __future__ import annotations

import io
import tarfile

import pytest

from clickcut.data.fetching.forward import ForwardStream

CONTENT = bytes(range(200))


def _stream(most: int = 1000) -> ForwardStream:
    return ForwardStream(io.BytesIO(CONTENT), most, lambda size: ValueError(f"refused {size}"))


def test_it_reads_and_skips_forward() -> None:
    stream = _stream()

    assert stream.read(10) == CONTENT[:10]
    assert (stream.seek(50), stream.tell()) == (50, 50)
    assert stream.read(1000) == CONTENT[50:]
    assert stream.read(1) == b""
    assert stream.seek(500) == 200  # beyond the end is the end


def test_it_goes_back_by_one_byte() -> None:
    stream = _stream()
    stream.read(20)

    stream.seek(19)

    assert stream.tell() == 19
    assert stream.read(3) == CONTENT[19:22]
    stream.seek(21)
    stream.seek(22)
    assert stream.read(1) == CONTENT[22:23]


@pytest.mark.parametrize("to", [0, 18])
def test_it_does_not_go_back_further(to: int) -> None:
    stream = _stream()
    stream.read(20)

    with pytest.raises(tarfile.StreamError, match="cannot go back"):
        stream.seek(to)


@pytest.mark.parametrize(("most", "size"), [(100, 101), (1000, -1), (1 << 40, 1 << 30)])
def test_too_much_is_refused(most: int, size: int) -> None:
    with pytest.raises(ValueError, match="refused"):
        _stream(most).read(size)
