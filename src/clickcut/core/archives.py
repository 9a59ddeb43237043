"""Unpacking 7z archives, whole or in parts: one expected file, checked before, while and after, and in its place whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from clickcut.core.download import OnBytes
from clickcut.core.files import check_free, replacing, size_text
from clickcut.core.members import ArchiveReader, DamagedArchiveError, expected_member
from clickcut.core.seven_zip_command import COMMANDS, CommandReader, seven_zip_command


def seven_zip() -> ArchiveReader:
    """What reads 7z archives here; ValueError says how to get something that does."""
    if find_spec("py7zr") is not None:
        from clickcut.core.seven_zip_library import LibraryReader

        return LibraryReader()
    if (command := seven_zip_command()) is not None:
        return CommandReader(command)
    raise ValueError(
        f"nothing here can unpack 7z archives: expected the library py7zr (pip install 'clickcut[weights]') "
        f"or 7-Zip's command ({', '.join(COMMANDS)}), found neither"
    )


def unpack(
    parts: Sequence[Path], target: Path, *, limit: int, on_progress: OnBytes | None = None, reader: ArchiveReader | None = None
) -> Path:
    """Unpacks the file of ``target``'s name out of a 7z archive to ``target``, replacing it, and gives ``target``.

    ``parts`` are the archive, in their order. DamagedArchiveError when it cannot be read, does not hold that one file, or unpacks to more
    than ``limit`` bytes, by its own word or in fact; OSError when there is no room.
    """
    reader = seven_zip() if reader is None else reader
    member = expected_member(parts[0], reader.members(parts), target.name, limit)
    check_free(target.parent, member.size)
    done = 0
    with replacing(target) as file:

        def write(chunk: bytes) -> None:
            nonlocal done
            done += len(chunk)
            if done > member.size:
                raise DamagedArchiveError(f"{parts[0]}: expected {size_text(member.size)} in it, as it states, but there is more; refused")
            file.write(chunk)
            if on_progress is not None:
                on_progress(done, member.size)

        reader.pour(parts, member, write)
        if done != member.size:
            raise DamagedArchiveError(f"{parts[0]}: expected {member.size} bytes in it, as it states, got {done}")
    return target
