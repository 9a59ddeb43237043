"""COCO JSON: one file for all images, with run lengths, which are exact, or polygons."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from clickcut.core.boxes import Box
from clickcut.data.annotated import Annotated, ObjectClass
from clickcut.data.coco import shape_of
from clickcut.data.exchange.found import Found, NamedClass, gathered
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.outlines import parts_of
from clickcut.data.exchange.source import Source
from clickcut.data.exchange.written import WrittenFile
from clickcut.data.photos import Problem
from clickcut.data.rle import Rle
from clickcut.data.shapes import Piece

NAME: Final = "annotations.json"

Segmentation = Callable[[Piece, tuple[int, int]], Any]


def with_run_lengths(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    yield _written(annotated, lambda piece, hw: {"size": list(hw), "counts": Rle.around(piece, hw).text})


def with_polygons(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """A polygon a part, of which COCO takes the union; holes hang on the outline by cuts of no width."""

    def polygons(piece: Piece, hw: tuple[int, int]) -> list[list[float]]:
        return [part.joined().round(3).ravel().tolist() for part in parts_of(piece, tolerance)]

    yield _written(annotated, polygons)


def read_coco(source: Source, images: ImageNames, image: str | None) -> Iterator[Annotated | Problem]:
    """The objects of the COCO files of a source; crowds, which are no single objects, are told of as problems."""
    for name in source.names:
        if PurePosixPath(name).suffix.lower() == ".json":
            try:
                content = _content(source.read(name), name)
            except ValueError as error:
                yield Problem(name, str(error))
            else:
                yield from _annotated(content, images, image)


def _written(annotated: Iterable[Annotated], segmentation: Segmentation) -> WrittenFile:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    classes: tuple[ObjectClass, ...] = ()
    for image_id, one in enumerate(annotated, start=1):
        classes = one.classes
        height, width = one.hw
        images.append({"id": image_id, "file_name": one.image, "height": height, "width": width})
        for item in one.objects:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": item.class_id,
                    "iscrowd": 0,
                    "area": item.piece.area,
                    "bbox": _xywh(item.box),
                    "segmentation": segmentation(item.piece, one.hw),
                    **({"name": item.name} if item.name else {}),
                }
            )
    categories = [{"id": known.id, "name": known.name, "supercategory": "", "color": list(known.colour)} for known in classes]
    info = {"description": "objects cut out with clickcut", "version": "1.0"}
    content = {"info": info, "licenses": [], "images": images, "annotations": annotations, "categories": categories}
    return WrittenFile(NAME, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _xywh(box: Box) -> list[int]:
    return [box.left, box.top, box.width, box.height]


def _content(data: bytes, name: str) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is broken JSON: {error}") from error
    for key in ("images", "annotations"):
        entries = content.get(key) if isinstance(content, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f"{name}: expected COCO's list of {key}, found none")
    return dict(content)


def _annotated(content: dict[str, Any], images: ImageNames, image: str | None) -> Iterator[Annotated | Problem]:
    by_image = defaultdict[str, list[dict[str, Any]]](list)
    for annotation in content["annotations"]:
        by_image[str(annotation.get("image_id"))].append(annotation)
    classes = _classes(content.get("categories"))
    for entry in content["images"]:
        name = str(entry.get("file_name") or entry.get("coco_url") or entry.get("id"))
        try:
            meant = image or images.find(name)
            hw = images.hw_of(meant)
            if (entry.get("height", hw[0]), entry.get("width", hw[1])) != hw:
                stated = f"{entry.get('width')} x {entry.get('height')}"
                raise ValueError(f"{name}: is said to have {stated} pixels, but the image (turned upright) has {hw[1]} x {hw[0]}")
        except ValueError as error:
            yield Problem(name, str(error))
            continue
        found: list[Found] = []
        for annotation in by_image.get(str(entry.get("id")), []):
            try:
                found.append(_found(annotation, hw, classes))
            except ValueError as error:
                yield Problem(name, f"{name}, annotation {annotation.get('id')}: {error}")
        if found:
            yield gathered(meant, hw, found, classes.values())


def _found(annotation: dict[str, Any], hw: tuple[int, int], classes: dict[str, NamedClass]) -> Found:
    if annotation.get("iscrowd"):
        raise ValueError("is a crowd, expected a single object")
    shape = shape_of(annotation.get("segmentation"))
    piece = None if shape is None else shape.piece(hw)
    if piece is None:
        raise ValueError("draws no pixel of the image, expected a segmentation that does")
    class_name, colour = classes.get(str(annotation.get("category_id")), ("", None))
    name = annotation.get("name")
    return Found(piece, class_name, colour, name if isinstance(name, str) else "")


def _classes(categories: Any) -> dict[str, NamedClass]:
    """Names and colours by the category's id."""
    listed = categories if isinstance(categories, list) else []
    known = [one for one in listed if isinstance(one, dict) and {"id", "name"} <= one.keys()]
    return {str(one["id"]): (str(one["name"]), _colour(one.get("color"))) for one in known}


def _colour(value: Any) -> tuple[int, int, int] | None:
    if not (isinstance(value, list) and len(value) == 3 and all(type(part) is int and 0 <= part <= 255 for part in value)):
        return None
    return value[0], value[1], value[2]
