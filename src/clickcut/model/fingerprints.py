"""Which files are taken for published weights, and later for the same ones: what looks like weights the first time decides."""

from __future__ import annotations

from pathlib import Path

from clickcut.core.files import WrongContentError, check_sha256, size_text
from clickcut.core.fingerprints import hint, keep_sha256, kept_sha256

_TORCH_FILES = (b"PK\x03\x04", b"\x80")
"""How files of ``torch.save`` begin: a zip archive, or the pickle of old times."""
_READ_ON = 8


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
    keep_sha256(path)
    return path


def _check_sound(path: Path, sizes: range) -> None:
    """A web page that a proxy sent in place of a file must not become the fingerprint that decides."""
    with path.open("rb") as file:
        head = file.read(_READ_ON)
    if not head.startswith(_TORCH_FILES):
        raise WrongContentError(f"{path}: expected weights that torch.save wrote, got a file that begins with {head!r}")
    if (size := path.stat().st_size) not in sizes:
        least, most = size_text(sizes.start), size_text(sizes.stop - 1)
        raise WrongContentError(f"{path}: expected a file of {least} to {most}, got {size_text(size)}; is it cut off?")
