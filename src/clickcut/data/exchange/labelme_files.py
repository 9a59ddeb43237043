"""labelme's JSON, a file an image: polygons, which people can go on editing there, or masks, which are exact."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from clickcut.data.annotated import Annotated, AnnotatedObject
from clickcut.data.exchange.found import Found, gathered
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.outlines import parts_of
from clickcut.data.exchange.pngs import encoded
from clickcut.data.exchange.source import Source
from clickcut.data.exchange.written import WrittenFile, with_stems
from clickcut.data.labelme import content_of, labelled_shapes
from clickcut.data.photos import Problem

_VERSION = "5.5.0"
"""Of the format, which labelme asks for."""

Shapes = Callable[[AnnotatedObject], list[dict[str, Any]]]


def labelme_polygons(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """A polygon a part, those of one object in one group; holes hang on the outline by cuts of no width."""

    def polygons(item: AnnotatedObject) -> list[dict[str, Any]]:
        rings = [part.joined().round(3).tolist() for part in parts_of(item.piece, tolerance)]
        return [{"points": ring, "shape_type": "polygon", "mask": None} for ring in rings]

    return _files(annotated, polygons)


def labelme_masks(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """A mask an object, as labelme itself keeps what its AI tools find."""

    def mask(item: AnnotatedObject) -> list[dict[str, Any]]:
        box = item.box
        png = encoded(item.piece.inside.view(np.uint8) * np.uint8(255))
        corners = [[box.left, box.top], [box.right - 1, box.bottom - 1]]
        return [{"points": corners, "shape_type": "mask", "mask": base64.b64encode(png).decode()}]

    return _files(annotated, mask)


def read_labelme(source: Source, images: ImageNames, image: str | None) -> Iterator[Annotated | Problem]:
    """The objects of each JSON file, whose image is the one that it names or else the one that is called like it."""
    for name in source.names:
        if PurePosixPath(name).suffix.lower() != ".json":
            continue
        try:
            content = content_of(source.read(name), name)
            meant = image or _image_of(name, content, images)
            hw = images.hw_of(meant)
            stated = (content.get("imageHeight") or hw[0], content.get("imageWidth") or hw[1])
            if stated != hw:
                raise ValueError(f"{name} says {stated[1]} x {stated[0]} pixels, but its image (turned upright) has {hw[1]} x {hw[0]}")
            labelled, ignored = labelled_shapes(content)
        except ValueError as error:
            yield Problem(name, str(error))
            continue
        pieces = [(one, one.shape.piece(hw)) for one in labelled]
        found = [Found(piece, one.label, None, one.description) for one, piece in pieces if piece is not None]
        lost = len(labelled) - len(found) + len(ignored)
        if lost:
            yield Problem(name, f"{name}: {lost} shapes are to be ignored or draw no pixel of the image")
        if found:
            yield gathered(meant, hw, found)


def _files(annotated: Iterable[Annotated], shapes_of: Shapes) -> Iterator[WrittenFile]:
    """Each file stands where its image does, as labelme expects it."""
    for stem, one in with_stems(annotated):
        shapes = []
        for number, item in enumerate(one.objects, start=1):
            drawn = shapes_of(item)
            shared: dict[str, Any] = {
                "label": one.class_of(item).name,
                "group_id": number if len(drawn) > 1 else None,
                "description": item.name,
                "flags": {},
            }
            shapes += [{**shared, **shape} for shape in drawn]
        content: dict[str, Any] = {
            "version": _VERSION,
            "flags": {},
            "shapes": shapes,
            "imagePath": PurePosixPath(one.image).name,
            "imageData": None,
            "imageHeight": one.hw[0],
            "imageWidth": one.hw[1],
        }
        yield WrittenFile(f"{stem}.json", json.dumps(content, ensure_ascii=False, indent=1).encode())


def _image_of(name: str, content: dict[str, Any], images: ImageNames) -> str:
    """In the file's folder by the name inside, or by the file's own."""
    path, inside = PurePosixPath(name), content.get("imagePath")
    tried = [str(path.with_suffix(""))]
    if isinstance(inside, str) and inside.strip():
        last = PurePosixPath(inside.replace("\\", "/")).name
        tried = [str(path.with_name(last)) if last else inside, *tried]
    return images.find(next((candidate for candidate in tried if images.knows(candidate)), tried[0]))
