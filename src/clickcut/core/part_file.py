"""What has arrived of a download so far: ``NAME.part`` beside the target, and ``NAME.part.json``, which says of what file it is a part."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from clickcut.core.http_get import Origin


@dataclass(frozen=True, slots=True)
class PartFile:
    """The part of a download of ``address`` to ``target``; all of its state is on the disk."""

    address: str
    target: Path

    @property
    def path(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def lock(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.lock")

    @property
    def _note(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.json")

    @property
    def length(self) -> int:
        """How many bytes have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def origin(self) -> Origin | None:
        """What the server said of the file that this is a part of; None where nothing can be gone on with."""
        try:
            stated = json.loads(self._note.read_text(encoding="utf-8"))
            if stated.pop("address") != self.address or not self.path.is_file():
                return None
            return Origin(**stated)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    @contextmanager
    def writing(self, start: int, origin: Origin) -> Iterator[BinaryIO]:
        """The file to write to from byte ``start`` on, 0 or all that has arrived; kept when the block is left, in whatever way."""
        if start == 0:
            self.discard()
            self.path.touch()
            self._note.write_text(json.dumps({"address": self.address, **asdict(origin)}), encoding="utf-8")
        with self.path.open("ab") as file:
            try:
                yield file
            finally:
                file.flush()
                os.fsync(file.fileno())

    def discard(self) -> None:
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def become_target(self) -> None:
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)
