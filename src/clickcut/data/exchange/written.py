"""Files as a writer makes them, in memory and one after the other, and where they go: a folder or a zip archive."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from clickcut.core.files import replacing
from clickcut.data.annotated import Annotated

_STORED: Final = frozenset({".png", ".jpg", ".jpeg", ".webp"})
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The date of everything in an archive, so that the same objects give the same bytes."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file's name within the export, with "/" between folders, and what is in it.

    ``is_extra`` says of one that it only explains the others to people: left out where a single file is wanted.
    """

    name: str
    content: bytes
    is_extra: bool = False


def to_folder(files: Iterable[WrittenFile], folder: Path) -> Iterator[Path]:
    """Writes each file below ``folder`` as it comes, all at once or not at all, over one of the same name."""
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as target:
            target.write(file.content)
        yield path


def to_zip(files: Iterable[WrittenFile], target: BinaryIO) -> int:
    """Writes the files as a zip archive into an open binary file and gives how many there were."""
    count = 0
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            count += 1
            entry = zipfile.ZipInfo(file.name, _EPOCH)
            entry.external_attr = 0o644 << 16
            is_packed = PurePosixPath(file.name).suffix.lower() in _STORED
            entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return count


def with_stems(annotated: Iterable[Annotated]) -> Iterator[tuple[str, Annotated]]:
    """Images with what their files are to be called: the image's name without its ending, or with it where an earlier one is called so."""
    owners: dict[str, str] = {}
    for one in annotated:
        # Hidden folders hold the annotator's uploads; readers of folders pass over them.
        name = "/".join(part for part in one.image.split("/") if not part.startswith("."))
        stem = PurePosixPath(name).with_suffix("").as_posix()
        # Upper and lower case are one on many disks.
        owner = owners.setdefault(stem.casefold(), one.image)
        yield stem if owner == one.image else name, one


def word(text: str) -> str:
    """A text as part of a file's name: letters, digits, "-" and "_" stay."""
    return re.sub(r"[^\w-]+", "_", text)[:40].strip("_") or "object"
