"""Unpacking a set's archive: its members go where its places say, first into a folder beside the archive, then into place in one step each.

Interrupted, the next call goes on: files that are unpacked already are passed over.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.core.download import OnBytes
from clickcut.core.files import WrongContentError, check_free, size_text
from clickcut.core.members import DamagedArchiveError
from clickcut.data.fetching.catalogue import Archive, Place, is_there
from clickcut.data.fetching.members import Entry, opened_archive

_MOST_FILES: Final = 4_000_000
_LITTER: Final = ("__MACOSX", ".DS_Store", "Thumbs.db")
"""What systems add to archives that people make."""


def unpack_set(archive: Archive, file: Path, root: Path, on_progress: OnBytes) -> None:
    """Unpacks ``file``, which is ``archive``, into the places that are missing below ``root``.

    DamagedArchiveError when it cannot be read, would lead elsewhere or holds too much, WrongContentError when it is sound but lacks a
    place, OSError when there is no room.
    """
    staging = staging_folder(file)
    staging.mkdir(exist_ok=True)
    unpacking = _Unpacking(archive.missing(root), staging)
    _pour(unpacking, file, archive.most_unpacked_bytes, on_progress)
    for place in unpacking.places:
        if place.inner is not None and (packed := unpacking.packed(place)).is_file():
            within = _Unpacking((Place(place.inner, place.target),), staging)
            _pour(within, packed, archive.most_unpacked_bytes, on_progress)
            packed.unlink()
    _check_all_there(unpacking, file)
    _move(unpacking, root)
    shutil.rmtree(staging)


def staging_folder(file: Path) -> Path:
    """Where what is unpacked of an archive lies until all of it is."""
    return file.with_name(f"{file.name}.unpacked")


@dataclass(frozen=True, slots=True)
class _Unpacking:
    """Which places of an archive are wanted, and the folder that stands for the data root meanwhile."""

    places: tuple[Place, ...]
    staging: Path

    def path(self, place: Place) -> Path:
        return self.staging / place.target

    def packed(self, place: Place) -> Path:
        """Where the archive within the archive goes first."""
        return self.staging / f"{place.target}.packed"

    def target(self, parts: Sequence[str]) -> Path | None:
        """Where a member goes; None for one that nothing needs."""
        if any(part in _LITTER or part.startswith("._") for part in parts):
            return None
        for place in self.places:
            rest = place.beyond(tuple(parts))
            if rest is not None and (place.inner is None or not rest):
                return (self.path(place) if place.inner is None else self.packed(place)).joinpath(*rest)
        return None


def _pour(unpacking: _Unpacking, file: Path, most: int, on_progress: OnBytes) -> None:
    size = file.stat().st_size
    with opened_archive(file, most) as archive:
        if archive.unpacked is not None:
            check_free(unpacking.staging, archive.unpacked - _unpacked_bytes(unpacking.staging))
        on_progress(0, size)

        def on_piece() -> None:
            on_progress(min(archive.position(), size), size)

        done: set[Path] = set()
        for count, entry in enumerate(archive.entries):
            if count >= _MOST_FILES:
                raise DamagedArchiveError(f"{file}: expected {_MOST_FILES} members at most, but holds more; refused")
            target = unpacking.target(entry.parts)
            if target is None or entry.kind == "folder":
                continue
            name = "/".join(entry.parts)
            if entry.kind != "file":
                raise DamagedArchiveError(f"{file}: expected {name} to be a regular file, but it is a link or a device; refused")
            if target in done:
                raise DamagedArchiveError(f"{file}: holds {name} twice; refused")
            done.add(target)
            _write(entry, target, file, on_piece)
        on_progress(size, size)


def _write(entry: Entry, target: Path, file: Path, on_piece: Callable[[], None]) -> None:
    if target.is_file() and target.stat().st_size == entry.size:
        return  # of a run that was interrupted
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    done = 0
    with part.open("wb") as out:
        for piece in entry.pieces():
            done += len(piece)
            if done > entry.size:
                break
            out.write(piece)
            on_piece()
    if done != entry.size:
        told = size_text(entry.size)
        raise DamagedArchiveError(f"{file}: expected {'/'.join(entry.parts)} to be of {told}, as it states, and it is not; refused")
    part.replace(target)


def _unpacked_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _check_all_there(unpacking: _Unpacking, file: Path) -> None:
    lacking = [place.member for place in unpacking.places if not place.optional and not is_there(unpacking.path(place))]
    if lacking:
        shutil.rmtree(unpacking.staging)
        raise WrongContentError(
            f"{file}: expected {', '.join(lacking)} in it, and did not find it; the archive is kept: has its maker published another one?"
        )


def _move(unpacking: _Unpacking, root: Path) -> None:
    """Optional places first: while another one is missing, the next call knows that not all is done."""
    for place in sorted(unpacking.places, key=lambda place: not place.optional):
        staged, target = unpacking.path(place), root / place.target
        if not is_there(staged):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            target.rmdir()  # empty, or it would not be missing; Windows renames to no folder that is there
        staged.replace(target)
