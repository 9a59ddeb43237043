"""The combined annotation COCO+LVIS of one photo: its objects in layers, their hierarchy, and COCO's stuff (specification 4.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clickcut.data.building.field_pickles import write_pickle
from clickcut.data.building.hierarchy import hierarchy_of
from clickcut.data.building.lvis import LvisPhoto, read_pieces
from clickcut.data.building.merging import merged, stuff_around
from clickcut.data.building.panoptic import PanopticPhoto, read_regions
from clickcut.data.packing import Layer, packed
from clickcut.data.shapes import Piece

HierarchyEntry = dict[str, Any]
"""What ``hannotation.pickle`` holds of a photo: ``num_instance_masks`` and ``hierarchy``."""


@dataclass(frozen=True, slots=True)
class CombinedPhoto:
    """A photo that both annotations have, by the stem of its name."""

    stem: str
    coco: PanopticPhoto
    lvis: LvisPhoto


def build_photo(photo: CombinedPhoto, masks: Path) -> tuple[str, HierarchyEntry | None]:
    """Writes a photo's masks into the folder ``masks`` and gives its stem and entry, None where it has neither object nor stuff."""
    regions = read_regions(photo.coco)
    objects = merged(regions.things, read_pieces(photo.lvis, regions.hw))
    stuff = stuff_around(regions.stuff, objects)
    if not objects and not stuff:
        return photo.stem, None
    layers, places = packed([*objects, *stuff], regions.hw)
    write_pickle(masks / f"{photo.stem}.pickle", ([_png(layer) for layer in layers], places))
    return photo.stem, entry_of(objects)


def entry_of(objects: Sequence[Piece]) -> HierarchyEntry:
    """The entry of a photo; stuff has ids from ``num_instance_masks`` on and no place in the hierarchy."""
    hierarchy = {
        number: None if node.is_alone else {"children": node.children, "parent": node.parent, "node_level": node.level}
        for number, node in enumerate(hierarchy_of(objects))
    }
    return {"num_instance_masks": len(objects), "hierarchy": hierarchy}


def _png(layer: Layer) -> NDArray[np.uint8]:
    """A PNG file as an array of its bytes, as OpenCV makes and reads it."""
    is_written, data = cv2.imencode(".png", layer)
    assert is_written, "a uint8 image in memory"
    return np.asarray(data, np.uint8).ravel()
