"""The journal of an evaluation: one line an object, on disk as soon as it is measured, so that an interrupted one goes on where it was.

Of several ranks the first writes ``journal.jsonl`` and each other one a part beside it, ``journal-1.jsonl`` and so on, until all is joined.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from clickcut.core.files import replacing
from clickcut.evaluate.results import ObjectResult

NOT_COMPARED: Final = frozenset({"threads", "batch", "ranks"})
"""Settings that change times and roundings alone: an interrupted run may go on with others."""


class OtherSettingsError(ValueError):
    """A journal was written with other settings than those of this evaluation."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a journal tells: the versions of each run that wrote it, the objects done, and how many bytes its whole lines take."""

    versions: tuple[Mapping[str, str], ...] = ()
    objects: Mapping[tuple[str, int], ObjectResult] = field(default_factory=dict)
    num_bytes: int = 0

    @property
    def told_versions(self) -> dict[str, str]:
        """The versions that all objects were measured with; where runs differed, all of them, the oldest first."""
        names = dict.fromkeys(name for run in self.versions for name in run)
        return {name: ", then ".join(dict.fromkeys(run[name] for run in self.versions if name in run)) for name in names}


class Journal:
    """An open journal, to be used in a ``with`` block. It changes as objects are added.

    Its first line holds the settings; a journal with others is refused. A last line that was cut off by a kill is dropped. ``done`` are
    the results in it and in those ``beside`` it, which other ranks wrote or are writing.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], versions: Mapping[str, str], *, beside: Sequence[Path] = ()) -> None:
        self.past = read_journal(path, settings) if path.exists() else Past()
        others = [read_journal(other, settings).objects for other in beside]
        self.done = {key: result for objects in (*others, self.past.objects) for key, result in objects.items()}
        self._path = path
        self._start = {"settings": dict(settings), "versions": dict(versions)}
        self._file: BinaryIO | None = None

    def __enter__(self) -> Journal:
        self._file = self._path.open("r+b" if self._path.exists() else "xb")
        self._file.truncate(self.past.num_bytes)
        self._file.seek(0, os.SEEK_END)
        if not self.past.versions or self.past.versions[-1] != self._start["versions"]:
            self._write(self._start)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, result: ObjectResult) -> None:
        """Keeps one more result, and returns when it is on the disk."""
        self._write(result.to_json())
        self.done[result.key] = result

    def _write(self, value: Mapping[str, Any]) -> None:
        assert self._file is not None, "a journal is written in a with block"
        self._file.write(json.dumps(value, allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: Path, settings: Mapping[str, Any]) -> Past:
    """What a journal of these settings tells; ValueError where it has others, or is none."""
    if not path.is_file():
        raise ValueError(f"{path}: expected the journal of an evaluation, found a folder")
    versions: list[Mapping[str, str]] = []
    objects: dict[tuple[str, int], ObjectResult] = {}
    # What follows the last line break was cut off while it was written.
    whole, line_break, _ = path.read_bytes().rpartition(b"\n")
    for number, line in enumerate(whole.split(b"\n") if line_break else [], start=1):
        try:
            value = json.loads(line)
            if "settings" in value:
                _refuse_others(path, value["settings"], settings)
                versions.append(dict(value["versions"]))
            elif not versions:
                raise ValueError("no settings come before it")
            else:
                result = ObjectResult.from_json(value)
                objects[result.key] = result
        except OtherSettingsError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path}, line {number}: not a line of an evaluation's journal ({error}); remove the file, or name another folder"
            ) from error
    return Past(tuple(versions), objects, len(whole) + len(line_break))


def part_of(path: Path, rank: int) -> Path:
    """Where a rank writes what will be part of the journal ``path``; the first one writes that itself."""
    return path if rank == 0 else path.with_stem(f"{path.stem}-{rank}")


def parts_of(path: Path) -> tuple[Path, ...]:
    """The journal ``path`` and all parts beside it, from however many ranks, as far as they are there."""
    parts = (part for part in path.parent.glob(f"{path.stem}-*{path.suffix}") if part.stem.removeprefix(f"{path.stem}-").isdecimal())
    return tuple(part for part in (path, *sorted(parts)) if part.exists())


def join_parts(path: Path) -> None:
    """Makes one journal of all parts, which are then gone; interrupted, it leaves nothing lost, and some lines twice at most."""
    parts = parts_of(path)
    if parts == (path,):
        return
    with replacing(path) as file:
        for part in parts:
            whole, line_break, _ = part.read_bytes().rpartition(b"\n")
            file.write(whole + line_break)
    for part in parts:
        if part != path:
            part.unlink()


def _refuse_others(path: Path, written: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    then, now = _flat(written), _flat(json.loads(json.dumps(settings)))
    names = [name for name in dict.fromkeys((*then, *now)) if name not in NOT_COMPARED]
    differing = [name for name in names if then.get(name) != now.get(name)]
    if differing:
        told = "; ".join(f"{name} was {then.get(name, 'not stated')}, now {now.get(name, 'not stated')}" for name in differing)
        raise OtherSettingsError(
            f"{path} belongs to an evaluation with other settings ({told}); name another folder, or remove that file to start anew"
        )


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted names."""
    flat: dict[str, Any] = {}
    for name, item in value.items():
        flat |= _flat(item, f"{prefix}{name}.") if isinstance(item, dict) else {f"{prefix}{name}": item}
    return flat
