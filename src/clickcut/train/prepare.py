"""Before a run: what was found is told and drawn, and what is broken is refused, file by file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clickcut.core.files import replacing
from clickcut.core.images import write_image
from clickcut.core.progress import Progress
from clickcut.data.check import Findings, checked
from clickcut.data.contact_sheet import contact_sheet
from clickcut.data.mixture import Part, labelled_parts
from clickcut.data.photos import LabelledSet, Photo, Problem
from clickcut.data.sets.known import open_named
from clickcut.train.log import Tell

SHEET: Final = "data.jpg"
VAL_SHEET: Final = "val.jpg"
BROKEN: Final = "broken.txt"
RECORD: Final = "data.json"
_MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run trains on and is measured on, read whole and found good; ``fingerprint`` tells it from any other data."""

    parts: tuple[tuple[Part, LabelledSet], ...]
    val: LabelledSet | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """Where data lies, where the report goes, and who hears of it."""

    data: Path
    val: Path | None
    out: Path
    tell: Tell
    progress: Progress

    def prepared(self, parts: Sequence[Part], *, resume: bool = False) -> Prepared:
        """Finds and checks the data of a run; ValueError where some of it is broken, whose list goes to ``broken.txt``.

        A run that goes on reads nothing again while no file's size or time has changed; where one has, its pixels must be the same.
        """
        found = labelled_parts(self.data, parts)
        val = None if self.val is None else open_named(self.val, "val")
        if val is not None:
            _refuse_shared(found, val)
        sets = [one for _, one in found] + ([] if val is None else [val])
        stamp = _stamp(photo for one in sets for photo in one.photos)
        before = _record(self.out / RECORD) if resume else {}
        if before.get("stamp") == stamp:
            self.tell(f"{self.data}: checked when the run began, and unchanged")
            return Prepared(found, val, str(before["fingerprint"]))
        fingerprint = self._check(found, val)
        if before and before.get("fingerprint") != fingerprint:
            raise ValueError(f"{self.data}: photos or masks have changed since this run began; begin another one, in another --out folder")
        record = {"stamp": stamp, "fingerprint": fingerprint}
        with replacing(self.out / RECORD) as file:
            file.write(json.dumps(record, indent=1).encode())
        return Prepared(found, val, fingerprint)

    def _check(self, parts: Sequence[tuple[Part, LabelledSet]], val: LabelledSet | None) -> str:
        """Tells, draws or refuses; gives the fingerprint of what is trained on."""
        trained = [self._findings(one) for _, one in parts]
        measured = [] if val is None else [self._findings(val)]
        self._refuse([problem for findings in (*trained, *measured) for problem in findings.problems])
        for sheet, some, option in ((SHEET, trained, "--data"), (VAL_SHEET, measured, "--val")):
            photos = [photo for findings in some for photo in findings.photos_with_objects]
            if some and not photos:
                where = ", ".join(str(findings.labelled.path) for findings in some)
                raise ValueError(f"{option} {where}: expected objects (labels 1 to 254), found none in any photo")
            if photos:
                write_image(self.out / sheet, contact_sheet(photos))
                self.tell(f"masks over photos: {self.out / sheet}")
        return hashlib.sha256("".join(findings.fingerprint for findings in trained).encode()).hexdigest()

    def _findings(self, one: LabelledSet) -> Findings:
        with self.progress(f"checking {one.path.name}") as advance:
            findings = checked(one, advance=advance)
        for line in findings.lines():
            self.tell(line)
        return findings

    def _refuse(self, problems: Sequence[Problem]) -> None:
        path = self.out / BROKEN
        if not problems:
            path.unlink(missing_ok=True)
            return
        with replacing(path) as file:
            file.write("".join(f"{problem}\n" for problem in problems).encode())
        for problem in problems[:_MOST_TOLD]:
            self.tell(f"broken: {problem}")
        if len(problems) > _MOST_TOLD:
            self.tell(f"... and {len(problems) - _MOST_TOLD} more")
        raise ValueError(
            f"{len(problems)} photo{'' if len(problems) == 1 else 's'} cannot be trained on, the first is {problems[0]}; "
            f"mend or remove what {path} lists"
        )


def _refuse_shared(parts: Sequence[tuple[Part, LabelledSet]], val: LabelledSet) -> None:
    """Figures of photos that were trained on say nothing."""
    trained = {photo.image_path.resolve() for _, one in parts for photo in one.photos}
    shared = [photo.image_path for photo in val.photos if photo.image_path.resolve() in trained]
    if shared:
        raise ValueError(f"--val: {len(shared)} of its {len(val.photos)} photos are trained on too, the first is {shared[0]}")


def _stamp(photos: Iterable[Photo]) -> str:
    """Of all files the size and the time of the last change: cheap to look at, and enough to know that nothing happened to them."""
    digest = hashlib.sha256()
    for path in dict.fromkeys(path for photo in photos for path in photo.files):
        try:
            stat = path.stat()
            digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        except OSError:
            digest.update(f"{path.name} missing\n".encode())  # what the check will say
    return digest.hexdigest()


def _record(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) and "fingerprint" in value else {}
