"""What archives hold, and which of it may be taken: the one file that is expected, by a plain name, and no more bytes than are allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clickcut.core.files import size_text

Write = Callable[[bytes], None]

_PLAIN_NAME = re.compile(r"\w[\w.+ -]*(/\w[\w.+ -]*)*")
"""No way up, no root, no drive, and nothing that a command could take for an option, a list or a pattern."""


class DamagedArchiveError(ValueError):
    """An archive cannot be read, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive, as the archive states it; ``is_file`` is false of folders, links and all else."""

    name: str
    size: int
    is_file: bool


class ArchiveReader(Protocol):
    """One way to read an archive that lies in one file, or in several to be put end to end; DamagedArchiveError where it cannot be."""

    def members(self, parts: Sequence[Path]) -> list[Member]: ...

    def pour(self, parts: Sequence[Path], member: Member, write: Write) -> None:
        """Hands a member's bytes to ``write``, whose exceptions end it."""
        ...


def expected_member(archive: Path, members: Sequence[Member], file_name: str, limit: int) -> Member:
    """The regular file ``file_name``, in whatever folder of the archive; nothing is ever written by the archive's own names."""
    if odd := [member.name for member in members if not _PLAIN_NAME.fullmatch(member.name)]:
        raise DamagedArchiveError(f"{archive}: holds an entry of the name {odd[0]!r}, which could lead elsewhere; refused")
    found = [member for member in members if member.name.rpartition("/")[2] == file_name]
    if len(found) != 1 or not found[0].is_file:
        listed = ", ".join(member.name for member in members[:3]) or "nothing"
        raise DamagedArchiveError(f"{archive}: expected exactly one regular file {file_name} in it, found {listed}")
    if (total := sum(member.size for member in members)) > limit:  # all of them: the one behind another is unpacked through it
        raise DamagedArchiveError(f"{archive}: expected to unpack to {size_text(limit)} at most, but states {size_text(total)}; refused")
    return found[0]
