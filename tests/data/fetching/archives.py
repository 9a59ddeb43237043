"""Small archives for tests, sound and otherwise, and sets that are published as such on a server of loopback."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from clickcut.data.fetching.catalogue import Archive, Place, PublishedSet

PAGE = "https://example.org/sets"
GRABCUT = {f"GrabCut/{folder}/{name}.png": f"{folder} of {name}".encode() * 2000 for folder in ("data_GT", "boundary_GT") for name in "abc"}


def zip_bytes(members: Mapping[str, bytes], *, mode: int = 0o100644, compressed: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, archive.compression
            archive.writestr(info, content)
    return file.getvalue()


def tar_bytes(members: Mapping[str, bytes], *, compressed: bool = True, kind: bytes = tarfile.REGTYPE) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz" if compressed else "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = (len(content) if kind == tarfile.REGTYPE else 0), kind, "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def grabcut(address: str, file: str = "GrabCut.zip", mib: int = 1) -> PublishedSet:
    """A set of two folders, as GrabCut is."""
    places = (Place("data_GT", "GrabCut/data_GT"), Place("boundary_GT", "GrabCut/boundary_GT"))
    return PublishedSet("GrabCut", "photos", "GrabCut", PAGE, "MIT", (Archive(f"{address}/{file}", places, mib, mib),))


def tree(root: Path) -> dict[str, bytes]:
    """All files below a folder by their path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
