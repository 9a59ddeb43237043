"""An image's journal: one JSON line a change, written before the change counts. What a crash cut off in its last line is dropped.

The first line says what file this is and holds a whole moment, each further one what changed, or "undo" or "redo". Nothing is ever
overwritten; a journal that has grown long is written anew, all at once, when its image is opened.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from clickcut.core.files import replacing
from clickcut.web.record.moment_json import moment_json, moment_of
from clickcut.web.record.moments import Moment, Past

FORMAT = "clickcut-work-1"
LONG = 2 * 2**20
"""Bytes of a journal that is written anew when it is opened."""

_DAMAGES = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Record:
    """What a journal tells: whose work it is, its past, how often it has changed, and the seconds that were spent."""

    image: str
    hw: tuple[int, int]
    past: Past
    revision: int = 0
    seconds: float = 0.0

    @classmethod
    def beginning(cls, image: str, hw: tuple[int, int], moment: Moment) -> Record:
        return cls(image, hw, Past.beginning(moment))


class Journal:
    """The open journal of one image; its owner sees to it that one thread writes at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def write(self, before: Record, after: Record, name: str) -> None:
        """Adds the change from one record to the next; when this returns it is on the disk. The first call writes the file's head too."""
        start = self.append(before, after, name)
        try:
            self.sync()
        except OSError:
            self.cut_off(start)
            raise

    def append(self, before: Record, after: Record, name: str) -> int:
        """``write`` without waiting for the disk: the system has the line, which no crash of this process can lose; ``sync`` is to follow.

        Gives where in the file the line begins.
        """
        value: dict[str, Any] = {"do": name, "revision": after.revision, "seconds": round(after.seconds, 2)}
        if name not in ("undo", "redo"):
            value["change"] = moment_json(after.past.present, before.past.present)
        if self._file is None:
            self._file = self._opened(before)
        start = self._file.tell()
        try:
            self._file.write(_line(value))
            self._file.flush()
        except OSError:
            self.cut_off(start)
            raise
        return start

    def sync(self) -> None:
        """Returns when all that was appended before is on the disk. Any thread may call it, while others append."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())

    def cut_off(self, start: int) -> None:
        """Takes away what begins at ``start``: of a line that a full disk has cut, nothing may stand there when the next one comes."""
        with suppress(OSError):  # closing writes what is buffered
            self.close()
        self._file = None
        with self.path.open("r+b") as file:
            file.truncate(start)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self, record: Record) -> BinaryIO:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, record)
        return self.path.open("ab")


def write_whole(path: Path, record: Record) -> None:
    """Writes a journal of all that undo and redo reach, all at once or not at all."""
    past = record.past
    lines = [
        {
            "format": FORMAT,
            "image": record.image,
            "hw": record.hw,
            "revision": record.revision - past.now,
            "seconds": round(record.seconds, 2),
            "moment": moment_json(past.moments[0]),
        }
    ]
    for index in range(1, len(past.moments)):
        change = moment_json(past.moments[index], past.moments[index - 1])
        lines.append({"do": past.names[index], "revision": record.revision, "seconds": round(record.seconds, 2), "change": change})
    undone = {"do": "undo", "revision": record.revision, "seconds": round(record.seconds, 2)}
    lines += [undone] * (len(past.moments) - 1 - past.now)
    with replacing(path) as file:
        for line in lines:
            file.write(_line(line))


def read_journal(path: Path) -> Record:
    """What a journal tells, up to its last whole line; ValueError when not even its head can be read.

    Reads alone: ``mended`` is for whoever is going to write on.
    """
    return _read(path)[0]


def mended(path: Path) -> Record:
    """``read_journal``, and the file cut off behind its last sound line; what stood there goes into a file beside it, ``.damaged``."""
    record, sound = _read(path)
    data = path.read_bytes()
    if sound < len(data):
        with damaged_beside(path).open("ab") as file:
            file.write(data[sound:])
        with path.open("r+b") as file:
            file.truncate(sound)
            os.fsync(file.fileno())
    if sound > LONG:
        write_whole(path, record)
    return record


def damaged_beside(path: Path) -> Path:
    """Where what was damaged in a journal is kept, for whoever can mend it by hand."""
    return path.with_name(f"{path.name}.damaged")


def _read(path: Path) -> tuple[Record, int]:
    """The record, and how many bytes of the file are sound."""
    data = path.read_bytes()
    end = data.find(b"\n") + 1
    try:
        record = _head(json.loads(data[:end]))
    except _DAMAGES as error:
        raise ValueError(f"{path}: is no journal of the annotator, or its head is damaged: {error}") from error
    while (after := data.find(b"\n", end) + 1) > 0:
        try:
            record = _next(record, json.loads(data[end:after]))
        except _DAMAGES:
            break
        end = after
    return record, end


def _head(value: dict[str, Any]) -> Record:
    if value["format"] != FORMAT:
        raise ValueError(f"expected the format {FORMAT}, got {value['format']!r}")
    height, width = value["hw"]
    return Record(value["image"], (height, width), Past.beginning(moment_of(value["moment"])), value["revision"], float(value["seconds"]))


def _next(record: Record, value: dict[str, Any]) -> Record:
    past = record.past
    if value["do"] == "undo":
        if past.undo_name is None:
            raise ValueError("nothing to undo")
        past = past.moved(-1)
    elif value["do"] == "redo":
        if past.redo_name is None:
            raise ValueError("nothing to redo")
        past = past.moved(1)
    else:
        past = past.then(value["do"], moment_of(value["change"], past.present))
    return Record(record.image, record.hw, past, value["revision"], float(value["seconds"]))


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n"
