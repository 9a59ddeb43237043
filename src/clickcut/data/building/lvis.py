"""Where LVIS's annotations of each photo lie in its JSON file, so that a worker reads those of its own photos alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clickcut.data.coco import indexed, shape_of
from clickcut.data.json_index import value_at
from clickcut.data.shapes import Piece


@dataclass(frozen=True, slots=True)
class LvisPhoto:
    """A photo's annotations: first and beyond last byte of each in the file ``path``."""

    path: Path
    spans: tuple[tuple[int, int], ...]


def lvis_photos(path: Path) -> dict[str, LvisPhoto]:
    """The photos of an LVIS file by the stem of their name, those without annotations too."""
    images, pairs_N2, image_ids = indexed(path)
    spans: dict[object, list[tuple[int, int]]] = {image["id"]: [] for image in images}
    for image_id, (start, end) in zip(image_ids, pairs_N2.tolist(), strict=True):
        if image_id not in spans:
            raise ValueError(f"{path}: has annotations of image {image_id}, which the file does not list")
        spans[image_id].append((start, end))
    return {_stem(image, path): LvisPhoto(path, tuple(spans[image["id"]])) for image in images}


def read_pieces(photo: LvisPhoto, hw: tuple[int, int]) -> list[Piece]:
    """The masks of a photo of ``hw``, in the file's order; what covers no pixel is left out.

    A pixel belongs to a polygon when its centre does; pycocotools, which the field uses, decides otherwise for some pixels of the outline.
    """
    pieces: list[Piece] = []
    for start, end in photo.spans:
        annotation = value_at(photo.path, start, end)
        try:
            shape = shape_of(annotation.get("segmentation"))
            piece = None if shape is None else shape.piece(hw)
        except ValueError as error:
            raise ValueError(f"{photo.path}: {error} (annotation {annotation.get('id')})") from error
        if piece is not None:
            pieces.append(piece)
    return pieces


def _stem(image: dict[str, object], path: Path) -> str:
    name = image.get("file_name") or image.get("coco_url")
    if not isinstance(name, str):
        raise ValueError(f"{path}: expected images with 'coco_url' or 'file_name', got {image}")
    return PurePosixPath(name).stem
