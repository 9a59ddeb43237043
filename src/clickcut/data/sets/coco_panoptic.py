"""COCO's panoptic files: a JSON, and a PNG a photo whose colours number things and stuff (specification 4.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from clickcut.core.images import read_image
from clickcut.data.folders import Sample
from clickcut.data.json_index import elements, value_at
from clickcut.data.layered import LayeredSample
from clickcut.data.photos import LabelledSet, Split, inside
from clickcut.data.sets.layering import Regions, flat, layered_of, pieces_of
from clickcut.data.sets.layout import first_of, listed_set, same_hw, those_there

_YEAR: Final = "2017"


@dataclass(frozen=True, slots=True)
class PanopticFile:
    """The JSON, and which categories are things."""

    path: Path
    things: frozenset[int]


@dataclass(frozen=True, slots=True)
class PanopticPhoto:
    """A photo, its numbered colours, and where its entry lies in the JSON. Crowds are ignored; the field takes them for background."""

    id: str
    image_path: Path
    colours_path: Path
    file: PanopticFile
    span: tuple[int, int]

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.colours_path, self.file.path

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        regions = numbered(self.colours_path)
        same_hw(self.colours_path, regions, (image.shape[0], image.shape[1]))
        things, stuff, crowds = self._segments()
        ignored = np.isin(regions, crowds) if crowds else None
        return layered_of(self.id, image, pieces_of(regions, things), stuff=pieces_of(regions, stuff), ignored=ignored)

    def _segments(self) -> tuple[list[int], list[int], list[int]]:
        """Numbers of things, of stuff and of crowds."""
        found: tuple[list[int], list[int], list[int]] = ([], [], [])
        try:
            for segment in value_at(self.file.path, *self.span)["segments_info"]:
                kind = 2 if segment.get("iscrowd") else 0 if segment["category_id"] in self.file.things else 1
                found[kind].append(int(segment["id"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{self.image_path}: its entry in {self.file.path.name} has no segments_info as COCO's: {error}") from error
        return found


def numbered(path: Path) -> Regions:
    """The numbers (H, W) that colours stand for: red, and 256 times green, and 65536 times blue."""
    numbers: Regions = read_image(path).astype(np.int64) @ np.array([1, 256, 65536])
    return numbers


def open_coco_panoptic(root: Path, split: Split) -> LabelledSet:
    """A COCO folder with ``annotations/panoptic_{split}.json`` and its folder of PNGs, with or without the year in the names."""
    path = first_of(root, *(f"annotations/panoptic_{split}{year}.json" for year in ("", _YEAR)))
    colours = first_of(root, *(f"annotations/panoptic_{split}{year}" for year in ("", _YEAR)))
    images = first_of(root, *(f"{folder}{split}{year}" for folder in ("", "images/") for year in ("", _YEAR)))
    entries, things = _indexed(path)
    file = PanopticFile(path, things)
    photos = [
        PanopticPhoto(Path(name).stem, inside(root, images, f"{Path(name).stem}.jpg"), inside(root, colours, name), file, span)
        for name, span in sorted(entries.items())
    ]
    return listed_set(root, f"COCO panoptic ({path.name})", *those_there(photos))


def _indexed(path: Path) -> tuple[Mapping[str, tuple[int, int]], frozenset[int]]:
    """Where the entry of each PNG lies, and the categories that are things."""
    entries: dict[str, tuple[int, int]] = {}
    things: set[int] = set()
    for member, value, start, end in elements(path, ("annotations", "categories")):
        if member == "annotations":
            entries[_text(path, value, "file_name")] = (start, end)
        elif member == "categories" and isinstance(value, dict) and value.get("isthing"):
            things.add(int(value["id"]))
    if not entries:
        raise ValueError(f"{path}: expected annotations with a 'file_name' each, found none")
    return entries, frozenset(things)


def _text(path: Path, value: Any, key: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get(key), str):
        raise ValueError(f"{path}: expected annotations with {key!r} each, got {str(value)[:60]}")
    return str(value[key])
