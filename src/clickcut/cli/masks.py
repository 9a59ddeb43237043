"""``clickcut export-masks`` and ``import-masks``: what was cut out in a folder, into the formats of other tools and out of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from clickcut.cli.progress import progress
from clickcut.core.files import replacing
from clickcut.core.progress import Advance
from clickcut.data.annotated import Annotated
from clickcut.data.exchange.formats import Format, format_called, imported, recognised, written
from clickcut.data.exchange.source import opened
from clickcut.data.exchange.written import to_folder
from clickcut.data.photos import Problem
from clickcut.web.annotations import add_annotations, image_names, read_annotations
from clickcut.web.folder.listing import OWN_FOLDER

_TOLD_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is written beside the masks themselves, and where files may be in the way."""

    tolerance: float
    done_only: bool = False
    images: bool = False
    overwrite: bool = False


@dataclass(slots=True)
class _Passed:
    """Counts what passes by on its way from a reader to a writer."""

    images: int = 0
    objects: int = 0
    sources: list[Annotated] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def counted(self, annotated: Iterable[Annotated], *, kept: bool = False) -> Iterator[Annotated]:
        for one in annotated:
            self.images, self.objects = self.images + 1, self.objects + len(one.objects)
            if kept:
                self.sources.append(Annotated(one.image, one.hw, (), (), path=one.path))
            yield one

    def sound(self, entries: Iterable[Annotated | Problem]) -> Iterator[Annotated]:
        for entry in entries:
            if isinstance(entry, Problem):
                self.problems.append(entry)
            else:
                yield entry


def run_export(folder: Path, name: str, out: Path, options: ExportOptions) -> None:
    """Writes what was cut out in ``folder`` below ``out``."""
    chosen = format_called(name)
    if not (folder / OWN_FOLDER).is_dir():
        raise ValueError(f"{folder}: expected a folder that was annotated, found no {OWN_FOLDER} in it; clickcut annotate {folder} begins")
    if out.exists() and not out.is_dir():
        raise ValueError(f"--out {out}: is a file, expected a folder")
    if out.is_dir() and any(out.iterdir()) and not options.overwrite:
        raise ValueError(f"--out {out}: is not empty; choose another folder, or say --overwrite to write over files of the same names")
    passed = _Passed()
    annotated = read_annotations(folder, only_done=options.done_only)
    files = written(name, passed.counted(annotated, kept=options.images), options.tolerance)
    count = 0
    with _bar("export") as advance:
        for count, path in enumerate(to_folder(files, out), start=1):
            advance(count, None, path.name)
    copied = _copied(passed.sources, chosen, out)
    if not passed.images:
        state = "done" if options.done_only else "annotated"
        print(f"no image of {folder} is {state} yet: the files in {out} hold nothing", file=sys.stderr)
    beside = f" and {_counted(copied, 'image', 'images')}" if options.images else ""
    told = f"{_counted(passed.objects, 'object', 'objects')} of {_counted(passed.images, 'image', 'images')} as {chosen.title}"
    print(f"wrote {_counted(count, 'file', 'files')}{beside} into {out}: {told} ({chosen.note})")


def run_import(folder: Path, source: Path, name: str | None, image: str | None) -> None:
    """Adds the objects in ``source`` behind those that are there already, and tells what could not be read."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder of images, found {'a file' if folder.exists() else 'nothing there'}")
    names = image_names(folder)
    meant = None if image is None else names.find(image)
    files = opened(source)
    chosen = recognised(files) if name is None else format_called(name)
    passed = _Passed()
    with _bar("import") as advance:
        found = passed.counted(passed.sound(imported(files, names, chosen.name, meant)))

        def shown() -> Iterator[Annotated]:
            for one in found:
                yield one
                advance(passed.images, None, one.image)

        num_images, num_objects = add_annotations(folder, shown())
    for problem in passed.problems[:_TOLD_PROBLEMS]:
        print(f"clickcut: left out: {problem}", file=sys.stderr)
    if len(passed.problems) > _TOLD_PROBLEMS:
        print(f"clickcut: left out: {len(passed.problems) - _TOLD_PROBLEMS} more", file=sys.stderr)
    if not num_objects:
        raise ValueError(f"{source}: taken for {chosen.title}, expected objects of images in {folder}, found none")
    print(f"added {_counted(num_objects, 'object', 'objects')} to {_counted(num_images, 'image', 'images')} of {folder}")


def _bar(name: str) -> AbstractContextManager[Advance]:
    """For people who wait; a log file gains nothing from it."""
    return progress(name) if sys.stderr.isatty() else nullcontext(lambda done, total, note: None)


def _copied(sources: Iterable[Annotated], chosen: Format, out: Path) -> int:
    """Copies image files as they are to where the format's readers look for them."""
    count = 0
    for one in sources:
        target = out / chosen.image_folder / one.image
        if one.path is None or (target.exists() and target.samefile(one.path)):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as file:
            file.write(one.path.read_bytes())
        count += 1
    return count


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
