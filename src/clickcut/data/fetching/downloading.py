"""A published set onto this machine: its archives fetched, checked, unpacked into the layout of its readers, and removed again."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.core.download import OnBytes, Watch, fetch, unwatched
from clickcut.core.files import WrongContentError, check_free, check_sha256, sha256_of, size_text
from clickcut.core.fingerprints import hint, keep_sha256, kept_sha256
from clickcut.core.http_get import NotServedError
from clickcut.core.locks import alone
from clickcut.core.members import DamagedArchiveError
from clickcut.core.part_file import PartFile
from clickcut.data.fetching.catalogue import Archive, PublishedSet, how_by_hand
from clickcut.data.fetching.links import make_link
from clickcut.data.fetching.unpacking import staging_folder, unpack_set

ARCHIVES: Final = "archives"
"""The folder below the data root where archives arrive; one that a person puts there is taken as if it had been fetched."""
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where sets go: the data root, and the folder of the user's cache where fingerprints of archives are kept.

    ``keeps_archives`` leaves archives where they arrived.
    """

    root: Path
    fingerprints: Path
    keeps_archives: bool = False

    def file(self, archive: Archive) -> Path:
        return self.root / ARCHIVES / archive.file

    def note(self, archive: Archive) -> Path:
        """The path beside which the fingerprint of an archive is kept."""
        return self.fingerprints / archive.file


def download_set(one: PublishedSet, shelf: Shelf, watch: Watch = unwatched) -> None:
    """A set in its folder below the data root, which is made; what is there already is not fetched again.

    ValueError where a person has to fetch it, where a server does not have it and where an archive is not what was downloaded the last
    time; else what ``fetch`` and ``unpack_set`` raise. An interrupted download or unpacking is gone on with by the next call.
    """
    if one.by_hand and not one.is_here(shelf.root):
        raise ValueError(how_by_hand(one, shelf.root))
    missing = [archive for archive in one.archives if archive.missing(shelf.root)]
    if missing:
        (shelf.root / ARCHIVES).mkdir(parents=True, exist_ok=True)
        _check_room(missing, shelf)
    for archive in missing:
        with alone(_beside(shelf.file(archive), "lock")):
            _placed(one, archive, shelf, watch)
    with suppress(OSError):
        (shelf.root / ARCHIVES).rmdir()  # only where nothing is left in it
    for link in one.missing_links(shelf.root):
        make_link(link, shelf.root)


def has_begun(one: PublishedSet, root: Path) -> bool:
    """Whether something of a set has arrived that is not in its place yet."""
    return any(_arrived(root / ARCHIVES / archive.file) > 0 for archive in one.archives)


def _placed(one: PublishedSet, archive: Archive, shelf: Shelf, watch: Watch) -> None:
    if not archive.missing(shelf.root):
        return  # another process has done it meanwhile
    file, note = shelf.file(archive), shelf.note(archive)
    kept = kept_sha256(note)
    if file.is_file():
        _check_given(file, kept, note)
    else:
        _fetched(one, archive, shelf, watch)
    with watch(f"unpacking {file.name}") as on_progress:
        try:
            unpack_set(archive, file, shelf.root, on_progress)
        except DamagedArchiveError as error:
            shutil.rmtree(staging_folder(file), ignore_errors=True)
            file.unlink()
            raise DamagedArchiveError(f"{error}; it is removed, run the same again to fetch it anew") from error
    if kept is None:
        note.parent.mkdir(parents=True, exist_ok=True)
        keep_sha256(note, sha256_of(file))
    if not shelf.keeps_archives:
        file.unlink()


def _check_given(file: Path, kept: str | None, note: Path) -> None:
    """An archive that an earlier run kept or a person put there."""
    if kept is not None:
        try:
            check_sha256(file, kept, file)
        except WrongContentError as error:
            raise WrongContentError(f"{error}; {hint(file, note)}") from error


def _fetched(one: PublishedSet, archive: Archive, shelf: Shelf, watch: Watch) -> None:
    file, note = shelf.file(archive), shelf.note(archive)
    with watch(file.name) as on_progress:

        def bounded(done: int, total: int | None) -> None:
            if max(done, total or 0) > archive.most_bytes:
                most = size_text(archive.most_bytes)
                raise _TooMuchError(f"{archive.address}: expected {most} at most, but the server sends more; what arrived is removed")
            on_progress(done, total)

        on_bytes: OnBytes = bounded
        try:
            fetch(archive.address, file, sha256=kept_sha256(note), on_progress=on_bytes)
        except _TooMuchError:
            PartFile(archive.address, file).discard()
            raise
        except WrongContentError as error:
            raise WrongContentError(f"{error}; {hint(file, note)}") from error
        except NotServedError as error:
            raise NotServedError(f"{error}; if {one.page} tells of another place, put the archive from there at {file}") from error


class _TooMuchError(ValueError):
    """More comes than any such archive has."""


def _check_room(missing: list[Archive], shelf: Shelf) -> None:
    """For all that is to come, by rough sizes: an archive that is unpacked makes room for the next one."""
    unpacked = sum(archive.unpacked_mib or 0 for archive in missing)
    packed = [archive.mib or 0 for archive in missing]
    needed = (unpacked + (sum(packed) if shelf.keeps_archives else max(packed))) * _MIB
    check_free(shelf.root, needed - sum(_arrived(shelf.file(archive)) for archive in missing))


def _arrived(file: Path) -> int:
    """Bytes that an interrupted run left."""
    staging = staging_folder(file)
    paths = [file, _beside(file, "part"), *(staging.rglob("*") if staging.is_dir() else ())]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}.{ending}")
