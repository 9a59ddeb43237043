"""COCO and LVIS JSON: one file of annotations for a folder of images, with polygons or run lengths, and crowds, which are ignored."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from clickcut.core.images import read_image
from clickcut.data.folders import Sample
from clickcut.data.json_index import elements, value_at
from clickcut.data.painting import Shapes, painted
from clickcut.data.photos import LabelledSet, Problem, doubled, inside
from clickcut.data.rle import Rle
from clickcut.data.shapes import Polygons, Shape

_NUM_TRIED: Final = 50


class Annotations:
    """Where the annotations of each image lie in a file."""

    def __init__(self, path: Path, spans: Sequence[tuple[int, int]]) -> None:
        self.path = path
        self._spans = spans

    def of(self, first: int, beyond: int) -> list[dict[str, Any]]:
        return [value_at(self.path, *self._spans[index]) for index in range(first, beyond)]


class _Spans(Sequence[tuple[int, int]]):
    """Pairs of numbers in 16 bytes each."""

    def __init__(self, pairs_N2: NDArray[np.int64]) -> None:
        self._pairs = pairs_N2

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: Any) -> Any:
        start, end = self._pairs[index]
        return int(start), int(end)


@dataclass(frozen=True, slots=True, eq=False)
class CocoPhoto:
    """An image of a COCO file, whose annotations are those from ``first`` to ``beyond``."""

    id: str
    image_path: Path
    hw: tuple[int, int] | None
    annotations: Annotations
    first: int
    beyond: int

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.annotations.path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        hw = (image.shape[0], image.shape[1])
        if self.hw is not None and self.hw != hw:
            raise ValueError(
                f"{self.image_path} is {hw[1]} wide and {hw[0]} high (turned upright), but {self.annotations.path.name} says "
                f"{self.hw[1]} and {self.hw[0]}"
            )
        try:
            return Sample(self.id, image, painted(self.shapes(), hw))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.image_path}: {error}, in {self.annotations.path.name}") from error

    def shapes(self) -> Shapes:
        objects: list[Shape] = []
        ignored: list[Shape] = []
        for annotation in self.annotations.of(self.first, self.beyond):
            try:
                shape = shape_of(annotation.get("segmentation"))
            except ValueError as error:
                raise ValueError(f"{error} (annotation {annotation.get('id')})") from error
            if shape is not None:
                (ignored if annotation.get("iscrowd") else objects).append(shape)
        return Shapes(tuple(objects), tuple(ignored))


class ImagePlace(Protocol):
    """How an image's entry leads to its file: its name as seen from ``base``."""

    @property
    def base(self) -> Path: ...

    def name(self, image: dict[str, Any]) -> str: ...


def open_coco(path: Path, root: Path, place: ImagePlace | None = None) -> LabelledSet:
    """The photos of a COCO or LVIS file, whose images lie somewhere within ``root``: at their ``place``, or where most are found."""
    images, pairs_N2, image_ids = indexed(path)
    if not images:
        raise ValueError(f"{path}: expected images, its list of them is empty")
    rows = {image["id"]: row for row, image in enumerate(images)}
    row_of = np.array([rows.get(image_id, len(images)) for image_id in image_ids], np.int64)
    order = np.argsort(row_of, kind="stable")
    annotations = Annotations(path, _Spans(pairs_N2[order]))
    bounds = np.searchsorted(row_of[order], np.arange(len(images) + 1))
    place = place or _place(images, path, root)
    photos: list[CocoPhoto] = []
    problems = [Problem(str(image_id), f"{path.name} lists image {image_id} more than once") for image_id in _doubled_ids(images)]
    for row, image in enumerate(images):
        try:
            found = inside(root, place.base, place.name(image))
        except ValueError as error:
            problems.append(Problem(f"image {image['id']} of {path.name}", str(error)))
            continue
        name = str(PurePosixPath(found.relative_to(root).as_posix()).with_suffix(""))
        photos.append(CocoPhoto(name, found, _stated_hw(image), annotations, int(bounds[row]), int(bounds[row + 1])))
    problems += [Problem(name, f"{path.name} lists {name} more than once") for name in doubled(photo.id for photo in photos)]
    lost = int(np.count_nonzero(row_of == len(images)))
    notes = (f"{lost} annotations belong to no image of {path.name}",) if lost else ()
    kind = "LVIS JSON" if any("coco_url" in image and "file_name" not in image for image in images[:1]) else "COCO JSON"
    return LabelledSet(path, f"{kind} ({path.name})", tuple(photos), tuple(problems), notes)


def indexed(path: Path) -> tuple[list[dict[str, Any]], NDArray[np.int64], list[Any]]:
    """The images of a file, and where each annotation lies and to which image it belongs."""
    images: list[dict[str, Any]] = []
    places, image_ids = array("q"), list[Any]()
    has_shapes = False
    for name, value, start, end in elements(path, ("images", "annotations")):
        if name not in ("images", "annotations"):
            continue
        key = "id" if name == "images" else "image_id"
        if not isinstance(value, dict) or not isinstance(value.get(key), (int, str)):
            raise ValueError(f"{path}: expected {name} with {key!r} each, got {str(value)[:60]}")
        if name == "images":
            # Texts come as bytes; only an image's names matter, and its id as it is compared with the annotations'.
            images.append({kept: _as_meant(value[kept]) if kept != "id" else value[kept] for kept in _KEPT if kept in value})
        else:
            places.extend((start, end))
            image_ids.append(value["image_id"])
            has_shapes = has_shapes or bool(value.get("segmentation"))
    if image_ids and not has_shapes:
        raise ValueError(f"{path}: none of its {len(image_ids)} annotations has a 'segmentation'; boxes and captions alone draw no object")
    return images, np.array(places, np.int64).reshape(-1, 2), image_ids


_KEPT: Final = ("id", "file_name", "coco_url", "height", "width")


def _as_meant(value: Any) -> Any:
    """A text whose bytes came as characters; one that was escaped in the file came as it is."""
    if not isinstance(value, str):
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def shape_of(segmentation: Any) -> Shape | None:
    """The shape of an annotation, None where it has none (an empty list, as some tools write for a deleted object)."""
    if not segmentation:
        return None
    if isinstance(segmentation, dict):
        return Rle.of(segmentation)
    if not isinstance(segmentation, list):
        raise ValueError(f"a segmentation should be polygons or run lengths, got {str(segmentation)[:40]}")
    if not isinstance(segmentation[0], (list, dict)):
        segmentation = [segmentation]  # one polygon without the list around it, as some tools write
    return Polygons.of([ring for ring in segmentation if ring])


def _stated_hw(image: dict[str, Any]) -> tuple[int, int] | None:
    height, width = image.get("height"), image.get("width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0 else None


def _doubled_ids(images: Iterable[dict[str, Any]]) -> list[str]:
    return doubled(str(image["id"]) for image in images)


@dataclass(frozen=True, slots=True)
class _Place:
    """How an image's name leads to its file: which folder it starts from, and how many of the last parts of its address count."""

    base: Path
    num_parts: int | None

    def name(self, image: dict[str, Any]) -> str:
        address = image.get("file_name") or image.get("coco_url")
        if not isinstance(address, str):
            raise ValueError("has neither a 'file_name' nor a 'coco_url'")
        if "://" in address:
            address = address.split("://", 1)[1].split("/", 1)[-1]
        if self.num_parts is None or ".." in address:
            return address
        return "/".join(address.replace("\\", "/").split("/")[-self.num_parts :])


def _place(images: Sequence[dict[str, Any]], path: Path, root: Path) -> _Place:
    """Where most of some images are found: as named, or by the last parts of their name, beside the file or in folders about it."""
    tried = images[:: max(1, len(images) // _NUM_TRIED)][:_NUM_TRIED]
    around = [base for base in (path.parent, path.parent.parent) if base == root or root in base.parents]
    stems = [word for word in path.stem.replace(".", "_").split("_") if word]
    words = dict.fromkeys((*stems, *(word.rstrip("0123456789") for word in stems)))
    names = ["", "images", "Images", "imgs", "data", "JPEGImages", *words, *(f"images/{word}" for word in words)]
    places = [_Place(base / name, parts) for base in around for name in names if (base / name).is_dir() for parts in (None, 2, 1)]
    return max(places, key=lambda place: sum(_is_there(image, place, root) for image in tried))


def _is_there(image: dict[str, Any], place: _Place, root: Path) -> bool:
    try:
        return inside(root, place.base, place.name(image)).is_file()
    except (ValueError, OSError):
        return False
