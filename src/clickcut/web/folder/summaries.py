"""What is known of each image's work without reading it: its state, its number of objects, the time it took.

Ten thousand journals would take minutes to read; a file keeps what they come to, with each journal's size, so that only those are read
again that have changed since it was written.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from clickcut.core.files import replacing
from clickcut.web.record.journal import Record, read_journal

State = Literal["todo", "work", "done"]

WRITTEN_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class Summary:
    """One image's work in short; ``classes`` counts objects by class id."""

    state: State = "todo"
    num_objects: int = 0
    seconds: float = 0.0
    classes: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, record: Record) -> Summary:
        moment = record.past.present
        state: State = "done" if moment.done else "todo" if moment.is_untouched else "work"
        return cls(state, len(moment.objects), round(record.seconds, 1), dict(Counter(cut.class_id for cut in moment.objects)))


UNTOUCHED = Summary()


class Summaries:
    """The summaries of a folder whose works lie in ``works``, by image id. Threads may share it."""

    def __init__(self, works: Path, path: Path) -> None:
        self._works = works
        self._path = path
        self._lock = threading.Lock()
        self._written = time.monotonic()
        self._known = self._read()

    def of(self, image_id: str) -> Summary:
        return self._known.get(image_id, UNTOUCHED)

    @property
    def class_ids(self) -> set[int]:
        """The classes that any object is of."""
        with self._lock:
            return {class_id for summary in self._known.values() for class_id in summary.classes}

    def num_objects_of(self, class_id: int) -> int:
        with self._lock:
            return sum(summary.classes.get(class_id, 0) for summary in self._known.values())

    def note(self, image_id: str, record: Record) -> None:
        """Takes over what an image's work has become."""
        with self._lock:
            self._known[image_id] = Summary.of(record)
            if time.monotonic() - self._written > WRITTEN_EVERY_S:
                self._write()

    def forget(self, image_id: str) -> None:
        with self._lock:
            self._known.pop(image_id, None)

    def write(self) -> None:
        """Writes the file, for the next time that the folder is opened."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        entries = {}
        for image_id, summary in self._known.items():
            try:
                size = journal_of(self._works, image_id).stat().st_size
            except FileNotFoundError:
                continue
            entries[image_id] = {"bytes": size, **asdict(summary)}
        with replacing(self._path) as file:
            file.write(json.dumps(entries).encode())
        self._written = time.monotonic()

    def _read(self) -> dict[str, Summary]:
        try:
            entries = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            entries = {}  # it is made from the journals anew
        known = {}
        for folder in sorted(self._works.iterdir()) if self._works.is_dir() else []:
            journal = journal_of(self._works, folder.name)
            try:
                known[folder.name] = _stored(entries, folder.name, journal.stat().st_size) or Summary.of(read_journal(journal))
            except FileNotFoundError:
                continue
            except ValueError:
                continue  # whoever opens the image is told what is wrong with its journal
        return known


def journal_of(works: Path, image_id: str) -> Path:
    """Where the journal of an image lies."""
    return works / image_id / "journal.jsonl"


def _stored(entries: dict[str, dict[str, object]], image_id: str, num_bytes: int) -> Summary | None:
    try:
        entry = entries[image_id]
        if entry["bytes"] != num_bytes:
            return None
        classes = {int(class_id): int(number) for class_id, number in dict(entry["classes"]).items()}  # type: ignore[call-overload]
        return Summary(entry["state"], entry["num_objects"], entry["seconds"], classes)  # type: ignore[arg-type]
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
