"""What was cut out in a folder, read without any server, and further objects added to it: for export, import and other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from clickcut.data.annotated import Annotated, AnnotatedObject, ObjectClass
from clickcut.data.exchange.names import ImageNames
from clickcut.data.shapes import Piece
from clickcut.web.cutting.edits import added as added_to
from clickcut.web.folder.classes import ClassList, read_classes
from clickcut.web.folder.listing import OWN_FOLDER, ListedImage, images_of
from clickcut.web.folder.pixels import Pixels
from clickcut.web.folder.summaries import Summaries, journal_of
from clickcut.web.folder.workspace import Workspace, opened
from clickcut.web.record.cuts import Cut
from clickcut.web.record.journal import Journal, Record, read_journal
from clickcut.web.record.mask_files import MaskFiles
from clickcut.web.record.moments import CutOut, Moment, Trail
from clickcut.web.record.settings import Settings


def read_annotations(folder: Path, *, only_done: bool = False) -> Iterator[Annotated]:
    """The images of a folder that hold finished objects or are marked as done, in the folder's order; a server may be at work there.

    Images that are gone from the folder come last, without ``path`` and ``pixels``. ValueError where a journal or a mask is damaged.
    """
    own = folder / OWN_FOLDER
    if not own.is_dir():
        return
    works, pixels = own / "work", Pixels(own / "cache" / "pixels")
    classes = known_classes(own)
    present = {image.id: image for image in images_of(folder)}
    gone = sorted(path.name for path in works.iterdir() if path.name not in present) if works.is_dir() else []
    for known in [*present, *gone]:
        journal = journal_of(works, known)
        if not journal.is_file():
            continue
        record = read_journal(journal)
        moment = record.past.present
        if moment.done or (moment.objects and not only_done):
            yield annotated_of(record, classes, MaskFiles(works / known / "masks"), image=present.get(known), pixels=pixels)


def known_classes(own: Path) -> tuple[ObjectClass, ...]:
    """The classes of a folder, whose own files lie in ``own``; a list that was lost costs the names, not the masks."""
    listed = read_classes(own / "classes.json")
    used = Summaries(own / "work", own / "summaries.json").class_ids
    lost = sorted(used - {one.id for one in listed})
    return (
        *(ObjectClass(one.id, one.name, one.rgb) for one in listed),
        *(ObjectClass(class_id, f"class {class_id}", listed[0].rgb) for class_id in lost),
    )


def annotated_of(
    record: Record, classes: tuple[ObjectClass, ...], masks: MaskFiles, *, image: ListedImage | None, pixels: Pixels
) -> Annotated:
    """An image's finished objects as the value that formats are written from."""
    moment = record.past.present
    objects = tuple(_object(cut_out, masks.read(cut_out.mask)) for cut_out in moment.objects)
    part = None if image is None else partial(pixels.part, image)
    # Uploads lie in a hidden folder, which is no place for what is made of them.
    name = record.image.removeprefix(f"{OWN_FOLDER}/")
    return Annotated(name, record.hw, objects, classes, moment.done, None if image is None else image.path, part)


def image_names(folder: Path) -> ImageNames:
    """All images of a folder by name, for imports; their sizes are read when they are asked for."""
    return names_of(images_of(folder), Pixels(folder / OWN_FOLDER / "cache" / "pixels"))


def names_of(images: Sequence[ListedImage], pixels: Pixels) -> ImageNames:
    by_name = {image.name: image for image in images}
    return ImageNames(by_name, lambda name: pixels.hw(by_name[name]))


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
