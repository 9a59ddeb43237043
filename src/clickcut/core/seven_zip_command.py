"""7z archives read by the system's own command, 7-Zip's or p7zip's. It only ever writes to a pipe, never a file."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clickcut.core.members import DamagedArchiveError, Member, Write

COMMANDS = ("7zz", "7z", "7za")
_CHUNK = 1 << 20


def seven_zip_command() -> str | None:
    """The path of the first of them that is installed."""
    return next((path for path in map(shutil.which, COMMANDS) if path is not None), None)


@dataclass(frozen=True, slots=True)
class CommandReader:
    """An ``ArchiveReader``; the further parts lie beside the first, and the command finds them by their names."""

    command: str

    def members(self, parts: Sequence[Path]) -> list[Member]:
        ran = subprocess.run([*self._words("l", "-slt"), str(parts[0])], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if ran.returncode != 0:
            raise self._damaged(parts, ran.returncode)
        listed = ran.stdout.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n----------\n")[2]
        return [_member(block) for block in listed.split("\n\n") if block.strip()]

    def pour(self, parts: Sequence[Path], member: Member, write: Write) -> None:
        command = [*self._words("e", "-so"), str(parts[0]), member.name]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            try:
                while chunk := process.stdout.read(_CHUNK):
                    write(chunk)
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            raise self._damaged(parts, process.returncode)

    def _words(self, *words: str) -> list[str]:
        """UTF-8 whatever the locale, and an empty password instead of a question where the archive is locked."""
        return [self.command, *words, "-sccUTF-8", "-p", "--"]

    def _damaged(self, parts: Sequence[Path], status: int) -> DamagedArchiveError:
        return DamagedArchiveError(f"{parts[0]}: is cut off or damaged ({Path(self.command).name} ended with status {status})")


def _member(block: str) -> Member:
    """From lines of ``Name = value``; ``Attributes`` is ``A -rw-r--r--``, or without the part of Unix."""
    stated = dict(line.partition(" = ")[::2] for line in block.splitlines())
    flags, _, mode = stated.get("Attributes", "").partition(" ")
    size = stated.get("Size", "")
    is_file = "D" not in flags and mode[:1] in ("", "-") and stated.get("Folder") != "+" and not stated.get("Symbolic Link")
    return Member(stated.get("Path", "").replace("\\", "/"), int(size) if size.isdigit() else 0, is_file)
