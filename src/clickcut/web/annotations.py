"""What was cut out in a folder, read without any server, and further objects added to it: for export, import and other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from clickcut.core.boxes import Box
from clickcut.core.images import Rgb
from clickcut.data.annotated import Annotated, AnnotatedObject, ObjectClass
from clickcut.data.shapes import Piece
from clickcut.web.classes import ClassList, NamedClass, read_classes
from clickcut.web.cuts import Cut
from clickcut.web.edits import added as added_to
from clickcut.web.journal import Journal, Record, read_journal
from clickcut.web.listing import OWN_FOLDER, ListedImage, images_of
from clickcut.web.mask_files import MaskFiles
from clickcut.web.moments import CutOut, Moment, Trail
from clickcut.web.pixels import Pixels
from clickcut.web.settings import Settings
from clickcut.web.summaries import journal_of
from clickcut.web.workspace import Workspace, opened


def read_annotations(folder: Path) -> Iterator[Annotated]:
    """The images of a folder that hold finished objects or are marked as done, in the folder's order; a server may be at work there.

    Images that are gone from the folder come last, without ``path`` and ``pixels``. ValueError where a journal or a mask is damaged.
    """
    own = folder / OWN_FOLDER
    if not own.is_dir():
        return
    classes, works, pixels = read_classes(own / "classes.json"), own / "work", Pixels(own / "cache" / "pixels")
    present = {image.id: image for image in images_of(folder)}
    gone = sorted(path.name for path in works.iterdir() if path.name not in present) if works.is_dir() else []
    for known in [*present, *gone]:
        journal = journal_of(works, known)
        if journal.is_file():
            record = read_journal(journal)
            moment = record.past.present
            if moment.objects or moment.done:
                yield annotated_of(record, moment, classes, MaskFiles(works / known / "masks"), image=present.get(known), pixels=pixels)


def annotated_of(
    record: Record, moment: Moment, classes: Sequence[NamedClass], masks: MaskFiles, *, image: ListedImage | None, pixels: Pixels
) -> Annotated:
    """An image's finished objects as the value that formats are written from."""
    known = [ObjectClass(one.id, one.name, one.rgb) for one in classes]
    # A class list that was lost costs its names, not the masks.
    for class_id in sorted({cut.class_id for cut in moment.objects} - {one.id for one in known}):
        known.append(ObjectClass(class_id, f"class {class_id}", classes[0].rgb))
    objects = tuple(_object(cut_out, masks.read(cut_out.mask)) for cut_out in moment.objects)
    part = None if image is None else partial(_part, pixels, image)
    return Annotated(record.image, record.hw, objects, tuple(known), moment.done, None if image is None else image.path, part)


def add_annotations(folder: Path, imported: Iterable[Annotated]) -> tuple[int, int]:
    """Adds objects behind those that are there, classes by their name; gives how many images and objects. ValueError while a server has
    the folder open, and where an image is unknown or of another size."""
    with opened([folder]) as workspace:
        num_images = num_objects = 0
        for annotated in imported:
            add_to_image(workspace, annotated)
            num_images, num_objects = num_images + 1, num_objects + len(annotated.objects)
        return num_images, num_objects


def add_to_image(workspace: Workspace, annotated: Annotated) -> None:
    """Adds the objects of one image, which no session is on, as one change in its journal."""
    image = workspace.image(annotated.image)
    folder, hw = workspace.folder_of(image), workspace.pixels.hw(image)
    check_size(annotated, hw)
    journal = Journal(folder / "journal.jsonl")
    settings = workspace.settings(Settings()).settings
    record = read_journal(journal.path) if journal.path.exists() else Record.beginning(image.name, hw, Moment.first(settings))
    check_size(annotated, record.hw)
    added = added_to(record.past.present, cut_outs_of(annotated, workspace.classes, MaskFiles(folder / "masks"), settings))
    after = Record(record.image, record.hw, record.past.then("import", added), record.revision + 1, record.seconds)
    try:
        journal.write(record, after, "import")
    finally:
        journal.close()
    workspace.summaries.note(image.id, after)


def cut_outs_of(annotated: Annotated, classes: ClassList, masks: MaskFiles, settings: Settings) -> list[CutOut]:
    """Imported objects as the annotator's own, their masks on the disk; their ids are given when they are added."""
    names = {one.id: one for one in annotated.classes}
    made = []
    for one in annotated.objects:
        known = names[one.class_id]
        class_id = classes.id_of(known.name.strip()[:80], "#{:02x}{:02x}{:02x}".format(*known.colour))
        mask = masks.keep(Cut(one.piece.box, np.ascontiguousarray(one.piece.inside)))
        made.append(CutOut(0, one.name[:200], class_id, mask, Trail(settings, start=mask), (), "import"))
    return made


def check_size(annotated: Annotated, hw: tuple[int, int]) -> None:
    if annotated.hw != hw:
        raise ValueError(
            f"{annotated.image}: the labels are of {annotated.hw[1]} x {annotated.hw[0]} pixels, "
            f"but the image (turned upright) of {hw[1]} x {hw[0]}"
        )


def _object(cut_out: CutOut, cut: Cut) -> AnnotatedObject:
    return AnnotatedObject(Piece(cut.box, cut.mask), cut_out.class_id, cut_out.name)


def _part(pixels: Pixels, image: ListedImage, box: Box) -> Rgb:
    return pixels.part(image, box)
