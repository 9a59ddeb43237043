"""Every format that objects are written in and read from, by name, and telling by the files themselves which one they are in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Final

from clickcut.data.annotated import Annotated, ObjectClass
from clickcut.data.exchange.coco_file import read_coco, with_polygons, with_run_lengths
from clickcut.data.exchange.labelme_files import labelme_masks, labelme_polygons, read_labelme
from clickcut.data.exchange.mask_images import cutouts, label_maps, object_masks, read_mask_images
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.outlines import TOLERANCE
from clickcut.data.exchange.source import Source
from clickcut.data.exchange.voc_files import OBJECTS, read_voc, voc_files
from clickcut.data.exchange.written import WrittenFile
from clickcut.data.exchange.yolo_files import read_yolo, yolo_files
from clickcut.data.photos import IMAGE_SUFFIXES, Problem

Write = Callable[[Iterable[Annotated], float], Iterator[WrittenFile]]
Read = Callable[[Source, ImageNames, str | None], Iterator[Annotated | Problem]]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write objects and to read them back.

    ``suffix`` is how a single file of it ends, ``image_folder`` where its readers look for the images, "" for beside the labels. With
    ``is_lossy`` not all comes back, and ``note`` says what is lost.
    """

    name: str
    title: str
    suffix: str
    image_folder: str
    is_lossy: bool
    note: str
    write: Write
    read: Read


_OVERLAPS: Final = "where objects overlap, the later one alone is kept"
_POLYGONS: Final = "filled again, the polygons give the same pixels; holes and parts hang together by cuts of no width"
_COLOURS: Final = "classes lose their colours"
_LOST: Final = "objects lose their names and classes their colours"


def _all() -> Iterator[Format]:
    exact = "exact, for pycocotools and what is built on it"
    numbers = f"an image each, 1 for the first object and so on, 16 bits beyond 254; {_OVERLAPS}"
    voc = f"16 bits beyond 254 objects; {_OVERLAPS}; {_LOST}"
    grey, own = "255 on the object, 0 elsewhere", "the object's own pixels, in its box"
    png, json, text, xml = ".png", ".json", ".txt", ".xml"
    yield Format("label-map", "Label maps (PNG)", png, "images", True, numbers, label_maps, read_mask_images)
    yield Format("masks", "Masks, one an object (PNG)", png, "images", False, grey, object_masks, read_mask_images)
    yield Format("cutouts", "Cut-outs (transparent PNG)", png, "images", False, own, cutouts, read_mask_images)
    yield Format("coco-rle", "COCO JSON, run lengths", json, "images", False, exact, with_run_lengths, read_coco)
    yield Format("coco-polygons", "COCO JSON, polygons", json, "images", False, _POLYGONS, with_polygons, read_coco)
    yield Format("voc", "Pascal VOC", xml, "JPEGImages", True, voc, voc_files, read_voc)
    yield Format("yolo", "YOLO segmentation", text, "images", True, f"{_POLYGONS}; {_LOST}", yolo_files, read_yolo)
    yield Format("labelme", "labelme JSON, polygons", json, "", True, f"{_POLYGONS}; {_COLOURS}", labelme_polygons, read_labelme)
    yield Format("labelme-masks", "labelme JSON, masks", json, "", True, f"exact masks; {_COLOURS}", labelme_masks, read_labelme)


FORMATS: Final[dict[str, Format]] = {one.name: one for one in _all()}

_NUM_JUDGED: Final = 200
_BEGINNING: Final = 2**16


def format_called(name: str) -> Format:
    """ValueError names what there is, and what was probably meant."""
    if name in FORMATS:
        return FORMATS[name]
    near = get_close_matches(name, FORMATS, 1)
    raise ValueError(f"expected a format, one of {', '.join(FORMATS)}, got {name!r}" + (f"; did you mean {near[0]}?" if near else ""))


def written(name: str, annotated: Iterable[Annotated], tolerance: float = TOLERANCE) -> Iterator[WrittenFile]:
    """The files of a format, made one after the other; ``tolerance`` is by how many pixels polygons may leave the outline, 0 for none."""
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise ValueError(f"expected a tolerance of 0 pixels or more, got {tolerance}")
    return format_called(name).write(_of_one_list(annotated), tolerance)


def imported(source: Source, images: ImageNames, name: str | None = None, image: str | None = None) -> Iterator[Annotated | Problem]:
    """The objects in a source's files, image by image, and what could not be read.

    Without a format's ``name`` it is told by the files. ``image`` is the one that is meant, whatever the files say.
    """
    chosen = recognised(source) if name is None else format_called(name)
    return chosen.read(source, images, image)


def recognised(source: Source) -> Format:
    """The format of a source's files; ValueError where none fits."""
    suffixes = {PurePosixPath(name).suffix.lower() for name in source.names}
    if any(OBJECTS in PurePosixPath(name).parts for name in source.names):
        return FORMATS["voc"]
    if ".json" in suffixes:
        return _json_format(source)
    texts = [PurePosixPath(name) for name in source.names if name.lower().endswith(".txt")]
    if texts and (suffixes & {".yaml", ".yml"} or not suffixes & IMAGE_SUFFIXES or any("labels" in path.parts for path in texts)):
        return FORMATS["yolo"]
    if suffixes & IMAGE_SUFFIXES:
        return FORMATS["label-map"]
    listed = ", ".join(source.names[:5]) or "nothing"
    raise ValueError(f"expected masks as PNG, COCO or labelme JSON, Pascal VOC or YOLO files, found {listed}")


def _json_format(source: Source) -> Format:
    names = [name for name in source.names if name.lower().endswith(".json")]
    for name in names[:_NUM_JUDGED]:
        data = source.read(name)
        if b'"shapes"' in data[:_BEGINNING] or (b'"shapes"' in data and b'"annotations"' not in data):
            return FORMATS["labelme"]
        if b'"annotations"' in data and b'"images"' in data:
            return FORMATS["coco-rle"]
    raise ValueError(f"expected COCO's or labelme's JSON, found neither in {', '.join(names[:3])}")


def _of_one_list(annotated: Iterable[Annotated]) -> Iterator[Annotated]:
    """The images with one list of classes for all so far, so that a number means the same in each of their files."""
    classes: dict[int, ObjectClass] = {}
    for one in annotated:
        for known in one.classes:
            if classes.setdefault(known.id, known) != known:
                raise ValueError(
                    f"{one.image}: class {known.id} is {known.name!r} here, and {classes[known.id].name!r} in an image before it"
                )
        yield replace(one, classes=tuple(classes.values()))
