"""The journal of an evaluation: one line an object, on disk as soon as it is measured, so that an interrupted one goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from clickcut.evaluate.results import ObjectResult

NOT_COMPARED: Final = frozenset({"threads"})
"""Settings that change times alone: an interrupted run may go on with others."""


class OtherSettingsError(ValueError):
    """A journal was written with other settings than those of this evaluation."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a journal tells: the versions of each run that wrote it, the objects done, and how many bytes its whole lines take."""

    versions: tuple[Mapping[str, str], ...] = ()
    objects: Mapping[tuple[str, int], ObjectResult] = field(default_factory=dict)
    num_bytes: int = 0


class Journal:
    """An open journal, to be used in a ``with`` block. It changes as objects are added.

    Its first line holds the settings; a journal with others is refused. A last line that was cut off by a kill is dropped.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], versions: Mapping[str, str]) -> None:
        self.past = read_journal(path, settings) if path.exists() else Past()
        self._path = path
        self._start = {"settings": dict(settings), "versions": dict(versions)}
        self._file: BinaryIO | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The versions that all objects were measured with; where runs differed, all of them, the oldest first."""
        runs = (*self.past.versions, self._start["versions"])
        names = dict.fromkeys(name for run in runs for name in run)
        return {name: ", then ".join(dict.fromkeys(run[name] for run in runs if name in run)) for name in names}

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
