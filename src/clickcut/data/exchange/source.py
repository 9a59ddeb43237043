"""Where imported files come from: a folder, a zip archive that is never unpacked onto the disk, or one file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from clickcut.core.files import size_text

MOST_BYTES: Final = 2**30
"""Of all files of an archive together, unpacked."""
MOST_FILE_BYTES: Final = 2**28
MOST_FILES: Final = 200_000


class Source(Protocol):
    """Files by name, with "/" between folders."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in order; hidden ones are passed over."""

    def read(self, name: str) -> bytes:
        """What is in one; ValueError where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files in and below a folder."""

    root: Path

    @property
    def names(self) -> tuple[str, ...]:
        paths = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return tuple(sorted(path.as_posix() for path in paths if not _is_hidden(path.as_posix())))

    def read(self, name: str) -> bytes:
        return _read(self.root / name)


@dataclass(frozen=True, slots=True)
class Files:
    """Files at hand."""

    contents: Mapping[str, bytes]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.contents)

    def read(self, name: str) -> bytes:
        return self.contents[name]


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of a zip archive."""

    archive: zipfile.ZipFile
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        try:
            return self.archive.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, LookupError, RuntimeError, NotImplementedError) as error:
            raise ValueError(f"cannot read {name} of the archive: {error}") from error


def opened(path: Path) -> Source:
    """A folder, a zip archive or a single file on the disk."""
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise ValueError(f"{path}: expected a folder, a zip archive or a file with masks, found nothing there")
    if zipfile.is_zipfile(path):
        return _archive(path, path.name)
    return Files({path.name: _read(path)})


def of_bytes(data: bytes, name: str) -> Source:
    """A zip archive or a single file at hand."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes), expected a file with masks")
    if zipfile.is_zipfile(BytesIO(data)):
        return _archive(BytesIO(data), name)
    return Files({name: data})


def _archive(file: Path | BinaryIO, name: str) -> Archive:
    """Checked by what the archive says of its entries; reading one gives no more bytes than it says."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ValueError(f"{name} is a broken zip archive: {error}") from error
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
    if len(infos) > MOST_FILES:
        raise ValueError(f"{name} holds {len(infos)} files, expected at most {MOST_FILES}")
    largest, total = max((info.file_size for info in infos), default=0), sum(info.file_size for info in infos)
    if largest > MOST_FILE_BYTES or total > MOST_BYTES:
        raise ValueError(
            f"{name} would unpack to {size_text(total)}, {size_text(largest)} of them in one file; "
            f"expected at most {size_text(MOST_BYTES)}, and {size_text(MOST_FILE_BYTES)} a file"
        )
    if any(info.flag_bits & 1 for info in infos):
        raise ValueError(f"{name} is locked by a password; make the archive anew without one")
    # Names are only looked up, never written to, so that one with ".." in it leads nowhere.
    return Archive(archive, tuple(sorted(info.filename for info in infos)))


def _is_hidden(name: str) -> bool:
    """Dot files, and what macOS puts beside files in archives."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _read(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MOST_FILE_BYTES:
        raise ValueError(f"{path} has {size_text(size)}, expected at most {size_text(MOST_FILE_BYTES)}")
    return path.read_bytes()
