"""COCO's panoptic annotation: a JSON file that says what each region is, and a PNG a photo whose colours are the regions' ids."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from clickcut.core.images import read_image
from clickcut.core.masks import Mask
from clickcut.data.json_index import elements
from clickcut.data.photos import inside
from clickcut.data.shapes import Piece, piece_of


@dataclass(frozen=True, slots=True)
class PanopticPhoto:
    """The file of a photo's regions, and the ids of those that are things and of those that are stuff; crowds are neither."""

    path: Path
    things: tuple[int, ...]
    stuff: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """What a photo of ``hw`` shows: the pieces of its things, the masks of its stuff."""

    hw: tuple[int, int]
    things: tuple[Piece, ...]
    stuff: tuple[Mask, ...]


def panoptic_photos(path: Path, folder: Path) -> dict[str, PanopticPhoto]:
    """The photos of a panoptic file by the stem of their name; their PNGs lie in ``folder``."""
    photos: dict[str, tuple[Path, list[tuple[int, int]]]] = {}
    is_thing: dict[int, bool] = {}
    for name, value, _start, _end in elements(path, ("annotations", "categories")):
        try:
            if name == "annotations":
                segments = [(int(one["id"]), int(one["category_id"])) for one in value["segments_info"] if not one.get("iscrowd")]
                file = inside(folder, folder, str(value["file_name"]))
                photos[PurePosixPath(file.name).stem] = file, segments
            elif name == "categories":
                is_thing[int(value["id"])] = bool(value["isthing"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: expected the {name} of COCO's panoptic format, got {str(value)[:60]} ({error})") from error
    if not photos or not is_thing:
        raise ValueError(f"{path}: expected annotations and categories of COCO's panoptic format, found {len(photos)} and {len(is_thing)}")
    return {stem: _photo(file, segments, is_thing, path) for stem, (file, segments) in photos.items()}


def read_regions(photo: PanopticPhoto) -> Regions:
    """Reads a photo's regions; an id is R + 256 G + 65536 B."""
    colours = read_image(photo.path).astype(np.int64)
    ids = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]
    pieces = (piece_of(ids == number) for number in photo.things)
    stuff = tuple(ids == number for number in photo.stuff)
    return Regions((ids.shape[0], ids.shape[1]), tuple(piece for piece in pieces if piece is not None), stuff)


def _photo(file: Path, segments: list[tuple[int, int]], is_thing: dict[int, bool], path: Path) -> PanopticPhoto:
    unknown: list[Any] = [category for _, category in segments if category not in is_thing]
    if unknown:
        raise ValueError(f"{path}: {file.name} has regions of category {unknown[0]}, which the file does not list")
    things = tuple(number for number, category in segments if is_thing[category])
    return PanopticPhoto(file, things, tuple(number for number, category in segments if not is_thing[category]))
