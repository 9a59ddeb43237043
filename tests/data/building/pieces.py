"""Rectangles as masks, and a small tree of COCO and LVIS files in their official layout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.data.shapes import Piece

HW = (60, 80)
Rectangle = tuple[int, int, int, int]
"""Top, left, bottom, right."""

THING, STUFF = 1, 200


def piece(*rectangle: int) -> Piece:
    box = Box(*rectangle)
    return Piece(box, np.ones(box.hw, np.bool_))


def polygon(top: int, left: int, bottom: int, right: int) -> list[list[float]]:
    return [[left, top, right, top, right, bottom, left, bottom]]


class Tree:
    """What is below a data root: photos with regions of COCO (painted over each other) and objects of LVIS."""

    def __init__(self, root: Path, split: str = "train") -> None:
        self.root, self.split = root, split
        self.annotations: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []
        self.objects: list[dict[str, Any]] = []

    def add(
        self,
        number: int,
        *,
        things: Sequence[Rectangle] = (),
        stuff: Sequence[Rectangle] = (),
        crowds: Sequence[Rectangle] = (),
        lvis: Sequence[Rectangle] | None = None,
    ) -> None:
        """A photo; ``lvis`` None keeps it out of LVIS."""
        folder = self.root / "MSCOCO" / "annotations" / f"panoptic_{self.split}"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{number:012}"
        colours = np.zeros((*HW, 3), np.uint8)
        segments = []
        regions = [(one, STUFF, 0) for one in stuff] + [(one, THING, 0) for one in things] + [(one, THING, 1) for one in crowds]
        for count, ((top, left, bottom, right), category, is_crowd) in enumerate(regions, start=1):
            identity = 70_000 * count + number
            colours[top:bottom, left:right] = (identity % 256, identity // 256 % 256, identity // 65536)
            segments.append({"id": identity, "category_id": category, "iscrowd": is_crowd, "area": 0, "bbox": [0, 0, 1, 1]})
        Image.fromarray(colours).save(folder / f"{name}.png")
        self.annotations.append({"image_id": number, "file_name": f"{name}.png", "segments_info": segments})
        if lvis is not None:
            url = f"http://images.cocodataset.org/train2017/{name}.jpg"
            self.images.append({"id": number, "coco_url": url, "height": HW[0], "width": HW[1]})
            for one in lvis:
                self.objects.append({"id": len(self.objects), "image_id": number, "category_id": 7, "segmentation": polygon(*one)})

    def write(self) -> None:
        categories = [{"id": THING, "isthing": 1, "name": "cat"}, {"id": STUFF, "isthing": 0, "name": "sky"}]
        panoptic = {"images": [], "annotations": self.annotations, "categories": categories}
        (self.root / "MSCOCO" / "annotations" / f"panoptic_{self.split}.json").write_text(json.dumps(panoptic))
        (self.root / "LVIS" / self.split).mkdir(parents=True, exist_ok=True)
        lvis = {"images": self.images, "annotations": self.objects, "categories": []}
        (self.root / "LVIS" / self.split / f"lvis_{self.split}.json").write_text(json.dumps(lvis))
