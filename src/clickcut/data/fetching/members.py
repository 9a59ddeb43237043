"""The members of zip and tar archives one after the other, read in bounded pieces, with names that lead nowhere else.

DamagedArchiveError is all that a bad archive raises here; what the disk refuses stays an OSError.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal, cast

from clickcut.core.files import size_text
from clickcut.core.members import DamagedArchiveError
from clickcut.data.fetching.forward import ForwardStream

_PIECE: Final = 1 << 20
_LARGEST_REST: Final = 1 << 16
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 1
_ODD_PART: Final = re.compile(r"[\x00-\x1f\\:]|^\.{0,2}$")
"""What no part of a name may be or hold: a way up, a drive, another system's separator, a character that no name needs."""
_BROKEN: Final = (
    tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, LookupError,
    OverflowError, UnicodeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One member: its name in parts, its size by the archive's word, and its bytes, which must be read before the next one is asked for."""

    parts: tuple[str, ...]
    size: int
    kind: Literal["file", "folder", "other"]
    pieces: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class OpenedArchive:
    """``entries`` come once, in order; ``position`` is how many bytes of the archive's file are read; ``unpacked`` is None for tars."""

    entries: Iterator[Entry]
    position: Callable[[], int]
    unpacked: int | None


@contextmanager
def opened_archive(path: Path, most_unpacked: int) -> Iterator[OpenedArchive]:
    """A zip or tar archive (plain or gzip), told by its content, that unpacks to ``most_unpacked`` bytes at most."""
    with path.open("rb") as file:
        with _damage(path):
            archive = _opened(path, file, most_unpacked)
        yield archive


def _opened(path: Path, file: IO[bytes], most: int) -> OpenedArchive:
    head = file.read(4)
    file.seek(0)
    if head.startswith(b"PK"):
        return _zip(path, file, most)
    return _tar(path, cast(IO[bytes], gzip.GzipFile(fileobj=file)) if head.startswith(b"\x1f\x8b") else file, file.tell, most)


def _zip(path: Path, file: IO[bytes], most: int) -> OpenedArchive:
    archive = zipfile.ZipFile(file)
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    if unpacked > most:
        raise DamagedArchiveError(_too_much(path, most, size_text(unpacked)))

    def entries() -> Iterator[Entry]:
        for info in infos:
            if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
                raise DamagedArchiveError(f"{path}: {info.filename!r} is encrypted or compressed in a way that is not opened here")
            kind: Literal["file", "folder", "other"] = "folder" if info.is_dir() else "file"
            if (info.external_attr >> 28) not in (0, 4, 8):  # neither file nor folder of Unix: a link, a device
                kind = "other"

            def pieces(info: zipfile.ZipInfo = info) -> Iterator[bytes]:
                with _damage(path), archive.open(info) as member:
                    yield from _read(member)

            yield Entry(_parts(path, info.filename), info.file_size, kind, pieces)

    return OpenedArchive(entries(), file.tell, unpacked)


def _tar(path: Path, file: IO[bytes], position: Callable[[], int], most: int) -> OpenedArchive:
    def refuse(size: int) -> DamagedArchiveError:
        return DamagedArchiveError(_too_much(path, most, "more"))

    stream = ForwardStream(file, most, refuse)
    archive = tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:")  # noqa: SIM115 - has nothing of its own to close

    def entries() -> Iterator[Entry]:
        with _damage(path):
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined] # it would keep all of them
                is_plain = info.isreg() and not info.issparse()

                def pieces(info: tarfile.TarInfo = info) -> Iterator[bytes]:
                    with _damage(path):
                        member = archive.extractfile(info)
                        assert member is not None, "a regular file"
                        yield from _read(member)

                kind: Literal["file", "folder", "other"] = "file" if is_plain else "folder" if info.isdir() else "other"
                yield Entry(_parts(path, info.name), info.size if is_plain else 0, kind, pieces)
            if stream.tell() < archive.offset + tarfile.BLOCKSIZE:  # a cut between two members looks like an end to tarfile
                raise EOFError("it ends without an end mark")
            while stream.read(_LARGEST_REST):  # gzip's checksum comes last
                pass

    return OpenedArchive(entries(), position, None)


def _parts(path: Path, name: str) -> tuple[str, ...]:
    parts = name.removesuffix("/").split("/")
    while parts[:1] == ["."]:
        parts = parts[1:]
    if any(_ODD_PART.search(part) for part in parts):
        raise DamagedArchiveError(f"{path}: holds an entry of the name {name!r}, which could lead elsewhere; refused")
    return tuple(parts)


def _read(member: IO[bytes]) -> Iterator[bytes]:
    while piece := member.read(_PIECE):
        yield piece


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except DamagedArchiveError:
        raise
    except _BROKEN as error:
        raise DamagedArchiveError(f"{path}: is cut off, damaged or no archive ({error or type(error).__name__})") from error


def _too_much(path: Path, most: int, stated: str) -> str:
    return f"{path}: expected to unpack to {size_text(most)} at most, but holds {stated}; refused"
