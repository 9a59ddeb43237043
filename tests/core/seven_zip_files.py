"""7z archives for tests, written by py7zr and cut into parts, and a script that stands for the system's 7z."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from py7zr import SevenZipFile

NUM_PARTS = 3


def seven_zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """An archive of these files, names as they are."""
    written = io.BytesIO()
    with SevenZipFile(written, "w") as archive:
        for number, content in enumerate(members.values()):
            archive.writestr(content, f"member{number}")
        for entry, name in zip(archive.header.files_info.files, members, strict=True):
            entry["filename"] = name  # past py7zr's own refusal of names that lead elsewhere
    return written.getvalue()


def cut(archive: bytes, num_parts: int = NUM_PARTS) -> list[bytes]:
    """The archive's parts, of which the last is the shortest."""
    step = -(-len(archive) // num_parts)
    return [archive[start : start + step] for start in range(0, len(archive), step)]


def write_parts(folder: Path, name: str, archive: bytes) -> list[Path]:
    """``name.7z.001`` and so on."""
    paths = [folder / f"{name}.7z.{number:03}" for number in range(1, NUM_PARTS + 1)]
    for path, content in zip(paths, cut(archive), strict=True):
        path.write_bytes(content)
    return paths


def write_fake_command(folder: Path, listing: str, content: bytes, status: int = 0) -> Path:
    """A command ``7z`` that lists what it is told, pours ``content`` and ends with ``status``."""
    (folder / "listing").write_text(listing, encoding="utf-8")
    (folder / "content").write_bytes(content)
    path = folder / "7z"
    path.write_text(f'#!/bin/sh\ncase "$1" in l) cat "{folder}/listing";; e) cat "{folder}/content"; exit {status};; esac\n')
    path.chmod(0o755)
    return path
