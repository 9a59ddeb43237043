"""labelme's JSON files: one an image, with polygons, rectangles, circles and masks; the image beside it or inside."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from clickcut.core.images import Rgb, decode_image, read_image
from clickcut.core.masks import Mask
from clickcut.data.folders import Sample
from clickcut.data.painting import Shapes, painted
from clickcut.data.photos import LabelledSet, inside
from clickcut.data.shapes import Disk, Piece, Pixels, Polygons, Shape, piece_of

_IGNORED: Final = "__ignore__"
_BACKGROUND: Final = "_background_"
"""Labels to which labelme's own converters give these meanings."""


@dataclass(frozen=True, slots=True)
class LabelmePhoto:
    """An image's JSON file within ``root``."""

    id: str
    json_path: Path
    root: Path

    @property
    def image_path(self) -> Path:
        """The JSON file, which names the image or holds it: which of the two, only reading tells."""
        return self.json_path

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.json_path,)

    def read(self) -> Sample:
        content = _content(self.json_path)
        image = self._image(content)
        hw = (image.shape[0], image.shape[1])
        stated = (content.get("imageHeight"), content.get("imageWidth"))
        if all(isinstance(side, int) for side in stated) and stated != hw:
            raise ValueError(
                f"{self.json_path} says {stated[1]} x {stated[0]} pixels, but its image (turned upright) has {hw[1]} x {hw[0]}"
            )
        try:
            return Sample(self.id, image, painted(shapes_of(content), hw))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ValueError(f"{self.json_path}: {error if isinstance(error, ValueError) else 'a shape lacks a part'}") from error

    def _image(self, content: dict[str, Any]) -> Rgb:
        """The image inside if there is one, as labelme prefers it too; else the one that is named."""
        data = content.get("imageData")
        if data:
            try:
                return decode_image(base64.b64decode(data, validate=False), f"the imageData of {self.json_path}")
            except (binascii.Error, TypeError) as error:
                raise ValueError(f"{self.json_path}: its imageData is no base64 text") from error
        name = content.get("imagePath")
        if not isinstance(name, str):
            raise ValueError(f"{self.json_path}: expected 'imagePath' or 'imageData', found neither")
        try:
            path = inside(self.root, self.json_path.parent, name)
        except ValueError as error:
            raise ValueError(f"{self.json_path} {error}") from error
        return read_image(path)


def open_labelme(folder: Path, json_paths: list[Path], root: Path) -> LabelledSet:
    """The JSON files of a folder; images may lie anywhere within ``root``."""
    return LabelledSet(folder, "labelme JSON", tuple(LabelmePhoto(path.stem, path, root) for path in json_paths))


def shapes_of(content: dict[str, Any]) -> Shapes:
    """The shapes of a file; those of one label and group are one object, and points and lines, which cover nothing, none."""
    labelled, ignored = labelled_shapes(content)
    return Shapes(tuple(one.shape for one in labelled), ignored)


@dataclass(frozen=True, slots=True)
class LabelledShape:
    """An object with its label and what people wrote of it."""

    shape: Shape
    label: str
    description: str = ""


def labelled_shapes(content: dict[str, Any]) -> tuple[tuple[LabelledShape, ...], tuple[Shape, ...]]:
    """The objects of a file with their labels, and the shapes that are to be ignored."""
    objects: dict[Any, list[LabelledShape]] = {}
    ignored: list[Shape] = []
    for index, item in enumerate(content["shapes"]):
        kind, label, group = str(item.get("shape_type") or "polygon"), str(item.get("label") or ""), item.get("group_id")
        if label == _BACKGROUND or kind in ("point", "points", "line", "linestrip"):
            continue
        if kind not in _READ:
            raise ValueError(f"shape {index + 1} is a {kind!r}, expected one of {', '.join(_READ)}")
        try:
            shape = _READ[kind](item)
        except ValueError as error:
            raise ValueError(f"shape {index + 1} ({label}): {error}") from error
        if label == _IGNORED:
            ignored.append(shape)
        else:
            one = LabelledShape(shape, label, str(item.get("description") or ""))
            objects.setdefault(index if group is None else (label, str(group)), []).append(one)
    return tuple(_as_one(some) for some in objects.values()), tuple(ignored)


def _as_one(some: list[LabelledShape]) -> LabelledShape:
    if len(some) == 1:
        return some[0]
    return replace(some[0], shape=Joined(tuple(one.shape for one in some)))


@dataclass(frozen=True, slots=True)
class Joined:
    """Several shapes that are one object."""

    shapes: tuple[Shape, ...]

    def piece(self, hw: tuple[int, int]) -> Piece | None:
        mask = np.zeros(hw, np.bool_)
        for shape in self.shapes:
            if (piece := shape.piece(hw)) is not None:
                mask[piece.box.slices] |= piece.inside
        return piece_of(mask)


def _content(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
    return content_of(data, str(path))


def content_of(data: bytes, path: str) -> dict[str, Any]:
    """The JSON of a file whose ``path`` errors name; ValueError where it holds no shapes."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is broken JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
        raise ValueError(f"{path}: expected labelme's 'shapes', found none")
    if not all(isinstance(item, dict) for item in content["shapes"]):
        raise ValueError(f"{path}: expected each of its shapes to be an object")
    return content


def _polygon(item: dict[str, Any]) -> Shape:
    return Polygons.of([_flat(item)])


def _rectangle(item: dict[str, Any]) -> Shape:
    """Two corners; newer files give all four."""
    values = _flat(item)
    if len(values) not in (4, 8):
        raise ValueError(f"a rectangle has two corners, or all four, got {len(values) // 2}")
    xs, ys = (min(values[0::2]), max(values[0::2])), (min(values[1::2]), max(values[1::2]))
    return Polygons.of([[xs[0], ys[0], xs[1], ys[0], xs[1], ys[1], xs[0], ys[1]]])


def _circle(item: dict[str, Any]) -> Shape:
    """The centre and a point of the rim."""
    values = _flat(item)
    if len(values) != 4:
        raise ValueError(f"a circle has a centre and a point of its rim, got {len(values) // 2} points")
    x, y, rim_x, rim_y = values
    return Disk(x, y, float(np.hypot(rim_x - x, rim_y - y)))


def _mask(item: dict[str, Any]) -> Shape:
    """An embedded PNG, not 0 on the object, whose first pixel lies at the first of two points."""
    left, top = _flat(item)[:2]
    try:
        data = base64.b64decode(item["mask"])
    except (KeyError, binascii.Error, TypeError) as error:
        raise ValueError("a mask holds its PNG as base64 text, found none") from error
    mask: Mask = decode_image(data, "its embedded mask")[:, :, 0] > 0
    return Pixels(mask, int(top), int(left))


_READ: Final[dict[str, Callable[[dict[str, Any]], Shape]]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "circle": _circle,
    "mask": _mask,
}


def _flat(item: dict[str, Any]) -> list[float]:
    try:
        points = np.asarray(item.get("points"), np.float64).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise ValueError(f"its points should be pairs x, y, got {str(item.get('points'))[:40]}") from error
    if len(points) == 0 or not np.isfinite(points).all():
        raise ValueError("its points should be finite numbers, and one at least")
    return [float(value) for value in points.ravel()]
