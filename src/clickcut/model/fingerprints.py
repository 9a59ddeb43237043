"""Fingerprints of published weights: their makers state none, so the first sound file seen here decides, and ``FILE.sha256`` keeps it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from clickcut.core.files import WrongContentError, check_sha256, replacing, sha256_of, size_text

_TORCH_FILES = (b"PK\x03\x04", b"\x80")
"""How files of ``torch.save`` begin: a zip archive, or the pickle of old times."""
_READ_ON = 8


def kept_sha256(path: Path) -> str | None:
    """The fingerprint that was kept for ``path``, which itself need not be there."""
    note = _note(path)
    if not note.is_file():
        return None
    words = note.read_text(encoding="utf-8", errors="replace").split()
    if not words or len(words[0]) != 64:
        raise ValueError(f"{note}: expected a line as sha256sum writes it; remove this file to begin anew")
    return words[0]


def check_kept(path: Path, sizes: range) -> Path:
    """``path``, whose fingerprint is compared with the one that was kept, or kept now if the file looks like weights of that size.

    WrongContentError says what is wrong. In a folder that cannot be written to, nothing is kept.
    """
    if (kept := kept_sha256(path)) is not None:
        try:
            check_sha256(path, kept, path)
        except WrongContentError as error:
            raise WrongContentError(f"{error}; {hint(path)}") from error
        return path
    _check_sound(path, sizes)
    with suppress(OSError, ValueError), replacing(_note(path)) as file:
        file.write(f"{sha256_of(path)}  {path.name}\n".encode())  # as sha256sum writes and checks it
    return path


def hint(path: Path) -> str:
    """What to do about a file that differs."""
    return f"if its makers have published it anew, remove {path} and {_note(path).name} beside it, and download it again"


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _check_sound(path: Path, sizes: range) -> None:
    """A web page that a proxy sent in place of a file must not become the fingerprint that decides."""
    with path.open("rb") as file:
        head = file.read(_READ_ON)
    if not head.startswith(_TORCH_FILES):
        raise WrongContentError(f"{path}: expected weights that torch.save wrote, got a file that begins with {head!r}")
    if (size := path.stat().st_size) not in sizes:
        least, most = size_text(sizes.start), size_text(sizes.stop - 1)
        raise WrongContentError(f"{path}: expected a file of {least} to {most}, got {size_text(size)}; is it cut off?")
