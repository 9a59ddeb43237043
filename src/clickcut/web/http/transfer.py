"""Export to the formats of other tools and import from them, in a folder that is being served."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from clickcut.data.annotated import Annotated
from clickcut.data.exchange.formats import FORMATS, imported, written
from clickcut.data.exchange.source import of_bytes
from clickcut.data.exchange.written import WrittenFile, to_zip
from clickcut.data.photos import Problem
from clickcut.web.annotations import annotated_of, check_size, cut_outs_of, known_classes, names_of, read_annotations
from clickcut.web.cutting.edits import added
from clickcut.web.cutting.store import Store
from clickcut.web.folder.listing import ListedImage
from clickcut.web.refusal import Refusal

_KINDS: Final = {".png": "image/png", ".json": "application/json", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8"}
_NUM_TOLD: Final = 100
"""Of what an import passes over."""


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """A file for download; closing ``content`` deletes it."""

    name: str
    kind: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: all of the folder, an image, or one of its objects by id."""

    format: str
    image: str | None = None
    object_id: int | None = None
    undone: bool = True


def format_views() -> list[dict[str, Any]]:
    """What can be written and read."""
    return [
        {"name": one.name, "title": one.title, "suffix": one.suffix, "can_import": True, "lossy": one.is_lossy, "note": one.note}
        for one in FORMATS.values()
    ]


def export(store: Store, wanted: Wanted) -> Export:
    """The file that holds it: a single one as it is, several as a zip archive."""
    files = written(wanted.format, _chosen(store, wanted))
    try:
        first = list(islice(files, 8))
        single = [file for file in first if not file.is_extra]
        if not single:
            raise Refusal("nothing_to_export", "no object is finished here")
        if len(first) < 8 and len(single) == 1 and wanted.image is not None:
            return _one_file(store, single[0])
        return _archive(store, wanted, iter([*first, *files]))
    except Refusal:
        raise
    except ValueError as error:
        raise Refusal("invalid", str(error)) from error


def _archive(store: Store, wanted: Wanted, files: Iterator[WrittenFile]) -> Export:
    content = _temporary(store)
    try:
        to_zip(files, content)
    except BaseException:
        content.close()
        raise
    content.seek(0)
    what = store.workspace.name if wanted.image is None else PurePosixPath(store.workspace.image(wanted.image).name).stem
    return Export(f"{what}-{wanted.format}.zip", "application/zip", content)


def _one_file(store: Store, file: WrittenFile) -> Export:
    content = _temporary(store)
    content.write(file.content)
    content.seek(0)
    name = PurePosixPath(file.name)
    return Export(name.name, _KINDS.get(name.suffix.lower(), "application/octet-stream"), content)


def _temporary(store: Store) -> BinaryIO:
    # Beside the cache, as the system's own folder for temporary files is often small and in memory.
    folder = store.workspace.own / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def _chosen(store: Store, wanted: Wanted) -> Iterator[Annotated]:
    workspace = store.workspace
    if wanted.image is None:
        if wanted.object_id is not None:
            raise Refusal("invalid", "an object is one of an image: name the image too")
        yield from read_annotations(workspace.root, only_done=not wanted.undone)
        return
    image = workspace.image(wanted.image)
    with store.working_on(image) as work:
        record, masks = work.record, work.bench.masks
    annotated = annotated_of(record, known_classes(workspace.own), masks, image=image, pixels=workspace.pixels)
    if wanted.object_id is None:
        yield annotated
        return
    ids = [cut_out.id for cut_out in record.past.present.objects]
    if wanted.object_id not in ids:
        raise Refusal("no_such_object", f"there is no object {wanted.object_id} in {image.name}")
    yield annotated.only(ids.index(wanted.object_id))


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: ``images`` those that got objects; ``skipped`` names what was passed over, and why."""

    images: tuple[ListedImage, ...]
    num_objects: int
    skipped: tuple[tuple[str, str], ...]


def import_into(store: Store, data: bytes, *, name: str, form: str | None, image: str | None) -> Imported:
    """Adds the objects of a file, or of a zip archive of files, behind those that are there; one change of each image."""
    workspace = store.workspace
    target = None if image is None else workspace.image(image).name
    images: list[ListedImage] = []
    skipped: list[tuple[str, str]] = []
    num_objects = 0
    try:
        for one in imported(of_bytes(data, name), names_of(workspace.images, workspace.pixels), form, target):
            if isinstance(one, Problem):
                skipped.append((one.name, one.what))
                continue
            try:
                if one.objects:
                    images.append(_add(store, one))
                    num_objects += len(one.objects)
            except ValueError as error:
                skipped.append((one.image, str(error)))
    except Refusal:
        raise
    except ValueError as error:
        raise Refusal("invalid", str(error)) from error
    return Imported(tuple(images), num_objects, tuple(skipped[:_NUM_TOLD]))


def _add(store: Store, annotated: Annotated) -> ListedImage:
    workspace = store.workspace
    image = workspace.image(annotated.image)
    with store.working_on(image) as work:
        check_size(annotated, work.bench.subject.hw)
        cut_outs = cut_outs_of(annotated, workspace.classes, work.bench.masks, store.settings.settings)
        work.change("import", None, lambda moment: added(moment, cut_outs)).settle()
        workspace.summaries.note(image.id, work.record)
    return image
