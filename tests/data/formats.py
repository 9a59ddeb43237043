"""Small sets in the layouts of other tools, written for a test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from clickcut.core.images import write_image
from clickcut.core.masks import Mask
from tests.data.photos import ramp

HW = (20, 30)


def write_photo_only(path: Path, hw: tuple[int, int] = HW) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, ramp(hw))


def write_coco(
    folder: Path,
    segmentations: Mapping[str, Sequence[Any]],
    *,
    hw: tuple[int, int] = HW,
    json_name: str = "annotations/instances.json",
    image_folder: str = "images",
    crowd: Sequence[tuple[str, int]] = (),
) -> Path:
    """A COCO file of photos by file name, with the segmentations of each; ``crowd`` names those that are one."""
    for name in segmentations:
        write_photo_only(folder / image_folder / name, hw)
    images = [{"id": 10 + row, "file_name": name, "height": hw[0], "width": hw[1]} for row, name in enumerate(segmentations)]
    annotations = [
        {"id": 100 * row + k, "image_id": 10 + row, "category_id": 1, "segmentation": one, "iscrowd": int((name, k) in crowd)}
        for row, (name, some) in enumerate(segmentations.items())
        for k, one in enumerate(some)
    ]
    path = folder / json_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"info": {}, "images": images, "annotations": annotations[::-1], "categories": [{"id": 1, "name": "cat"}]}))
    return path


def labelme(shapes: Sequence[Mapping[str, Any]], **more: Any) -> str:
    return json.dumps({"version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": "a.png", "imageData": None, **more})


def shape(kind: str, points: Sequence[Sequence[float]], label: str = "cat", group: int | None = None, **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "group_id": group, "shape_type": kind, "flags": {}, **more}


def square(left: float, top: float, side: float) -> list[float]:
    return [left, top, left + side, top, left + side, top + side, left, top + side]


def covered(hw: tuple[int, int], top: int, left: int, bottom: int, right: int) -> Mask:
    mask = np.zeros(hw, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def packed(mask: Mask) -> str:
    """COCO's packed text of a mask, written for tests by the format's description in ``clickcut.data.rle``."""
    return "".join(_characters(number) for number in _differences(run_lengths(mask)))


def run_lengths(mask: Mask) -> list[int]:
    flat = mask.T.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    ends = [0, *changes.tolist(), flat.size]
    runs = [b - a for a, b in pairwise(ends)]
    return [0, *runs] if flat[0] else runs


def _differences(runs: list[int]) -> list[int]:
    return [run - runs[index - 2] if index > 2 else run for index, run in enumerate(runs)]


def _characters(number: int) -> str:
    text = ""
    while True:
        group, number = number & 31, number >> 5
        is_last = number == (-1 if group & 16 else 0)
        text += chr(48 + group + (0 if is_last else 32))
        if is_last:
            return text
