"""Fingerprints of downloads: where their makers state none, the first sound file seen here decides, and ``FILE.sha256`` keeps it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from clickcut.core.files import replacing, sha256_of


def kept_sha256(path: Path) -> str | None:
    """The fingerprint that was kept for ``path``, which itself need not be there."""
    note = _note(path)
    if not note.is_file():
        return None
    words = note.read_text(encoding="utf-8", errors="replace").split()
    if not words or len(words[0]) != 64:
        raise ValueError(f"{note}: expected a line as sha256sum writes it; remove this file to begin anew")
    return words[0]


def keep_sha256(path: Path, sha256: str | None = None) -> None:
    """Keeps the fingerprint of ``path``, or ``sha256`` where that file is elsewhere; does nothing in a folder that cannot be written to."""
    with suppress(OSError, ValueError), replacing(_note(path)) as file:
        file.write(f"{sha256_of(path) if sha256 is None else sha256}  {path.name}\n".encode())  # as sha256sum writes and checks it


def hint(path: Path, note: Path | None = None) -> str:
    """What to do about a file that differs from what is kept beside it, or beside ``note``."""
    beside = f"{_note(path).name} beside it" if note is None else str(_note(note))
    return f"if its makers have published it anew, remove {path} and {beside}, and download it again"


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
