"""COCO's panoptic files: things, stuff and crowds by the colours of a PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, write_colours, write_json, write_photo

NUMBERS = {"person": 70_000, "dog": 300, "crowd": 5, "sky": 66_000}


def write_panoptic(root: Path, *, split: str = "train", year: str = "") -> Path:
    colours = np.zeros((*HW, 3), np.uint8)
    sky = np.zeros(HW, np.bool_)
    sky[-2:] = True
    for mask, name in ((LEFT, "person"), (RIGHT, "crowd"), (INNER, "dog"), (sky, "sky")):
        number = NUMBERS[name]
        colours[mask] = number % 256, number // 256 % 256, number // 65536
    write_photo(root / f"{split}{year}" / "000000000042.jpg")
    write_colours(root / "annotations" / f"panoptic_{split}{year}" / "000000000042.png", colours)
    segments = [
        {"id": NUMBERS["sky"], "category_id": 187, "iscrowd": 0},
        {"id": NUMBERS["person"], "category_id": 1, "iscrowd": 0},
        {"id": NUMBERS["crowd"], "category_id": 1, "iscrowd": 1},
        {"id": NUMBERS["dog"], "category_id": 18, "iscrowd": 0},
    ]
    content = {
        "images": [{"id": 42, "file_name": "000000000042.jpg", "height": HW[0], "width": HW[1]}],
        "annotations": [{"image_id": 42, "file_name": "000000000042.png", "segments_info": segments}],
        "categories": [{"id": 1, "isthing": 1}, {"id": 18, "isthing": 1}, {"id": 187, "isthing": 0}],
    }
    write_json(root / "annotations" / f"panoptic_{split}{year}.json", content)
    return root


@pytest.mark.parametrize("year", ["", "2017"])
def test_things_are_objects_crowds_are_ignored_and_stuff_comes_last(tmp_path: Path, year: str) -> None:
    (photo,) = known_set("COCO").open(write_panoptic(tmp_path, year=year), "train").photos

    sample = read_layered(photo)

    assert [node.is_stuff for node in sample.objects.values()] == [False, False, True]
    np.testing.assert_array_equal(sample.mask(0), LEFT)
    np.testing.assert_array_equal(sample.mask(1), INNER)
    np.testing.assert_array_equal(sample.ignored(), RIGHT & ~INNER)
    np.testing.assert_array_equal(photo.read().labels, np.where(INNER, 2, np.where(RIGHT, 255, LEFT)))


def test_the_other_split_is_not_mixed_in(tmp_path: Path) -> None:
    write_panoptic(tmp_path, split="train")

    with pytest.raises(ValueError, match=r"expected annotations/panoptic_val\.json or annotations/panoptic_val2017\.json"):
        known_set("COCO").open(tmp_path, "val")


def test_an_entry_without_segments_is_told(tmp_path: Path) -> None:
    root = write_panoptic(tmp_path)
    write_json(root / "annotations" / "panoptic_train.json", {"annotations": [{"file_name": "000000000042.png"}]})
    (photo,) = known_set("COCO").open(root, "train").photos

    with pytest.raises(ValueError, match=r"000000000042\.jpg: its entry in panoptic_train\.json has no segments_info"):
        photo.read()


@pytest.mark.parametrize("content", [{"annotations": []}, {"annotations": [{"image_id": 1}]}])
def test_files_without_names_are_refused(tmp_path: Path, content: object) -> None:
    root = write_panoptic(tmp_path)
    write_json(root / "annotations" / "panoptic_train.json", content)

    with pytest.raises(ValueError, match="expected annotations with"):
        known_set("COCO").open(root, "train")
