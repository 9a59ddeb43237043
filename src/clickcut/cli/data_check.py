"""``clickcut data check``: known sets read whole, beside what was published of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.cli.progress import progress
from clickcut.core.files import replacing
from clickcut.core.images import write_image
from clickcut.data.check import checked
from clickcut.data.contact_sheet import contact_sheet
from clickcut.data.photos import Problem, Split
from clickcut.data.sets.compare import Comparison
from clickcut.data.sets.config_yml import read_config
from clickcut.data.sets.known import KNOWN_SETS, known_set
from clickcut.data.sets.known_set import KnownSet

DIFFERS: Final = 1
_MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Places:
    """Where sets lie: below a folder, or where a config.yml of the field says."""

    root: Path | None
    config: Path | None

    def __post_init__(self) -> None:
        if (self.root is None) == (self.config is None):
            raise ValueError("expected --root DIR or --config config.yml, one of them, to say where the sets lie")

    def of(self, known: KnownSet) -> Path:
        if self.root is not None:
            return self.root
        assert self.config is not None, "one of them is"
        return read_config(self.config, Path.cwd()).root(known)


@dataclass(frozen=True, slots=True)
class Written:
    """Files that a check leaves behind."""

    sheet: Path | None
    broken: Path


def run(names: Sequence[str], places: Places, split: Split | None, written: Written) -> int:
    """Prints a line a set and gives the exit status: 1 where numbers differ or something is broken."""
    if not names:
        raise ValueError(f"expected names of sets, such as GrabCut, got none; known are {', '.join(KNOWN_SETS)}")
    if written.sheet is not None and len(names) > 1:
        raise ValueError(f"--sheet: is a picture of one set, got {len(names)}")
    known = [known_set(name) for name in names]
    compared = [_compared(one, places, split) for one in known]
    problems = [(one.known.name, problem) for one in compared for problem in one.findings.problems]
    if problems:
        _list_broken(problems, written.broken)
    if written.sheet is not None and (photos := compared[0].findings.photos_with_objects):
        write_image(written.sheet, contact_sheet(photos))
        print(f"wrote {written.sheet}")
    return 0 if all(one.fits for one in compared) else DIFFERS


def _compared(known: KnownSet, places: Places, split: Split | None) -> Comparison:
    """Reads one set and prints its line."""
    meant = split or known.default_split
    labelled = known.open(places.of(known), meant)
    with progress(f"reading {known.name}") as advance:
        comparison = Comparison(known, meant, checked(labelled, advance=advance))
    print(comparison.line(), flush=True)
    for note in labelled.notes:
        print(f"  {note}")
    return comparison


def _list_broken(problems: Sequence[tuple[str, Problem]], path: Path) -> None:
    """All of them into a file, and the first ones for the person who waits."""
    lines = [f"{name}: {problem}" for name, problem in problems]
    with replacing(path) as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
    for line in lines[:_MOST_TOLD]:
        print(f"  {line}", file=sys.stderr)
    more = f"and {len(lines) - _MOST_TOLD} more; " if len(lines) > _MOST_TOLD else ""
    print(f"  {more}all are listed in {path}", file=sys.stderr)
