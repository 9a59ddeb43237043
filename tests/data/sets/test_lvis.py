"""LVIS: photos of COCO's two splits in its folders, and objects that lie under others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW, covered, square
from tests.data.sets.official import write_json, write_photo

LARGE, SMALL = covered(HW, 2, 2, 18, 18), covered(HW, 5, 5, 10, 10)


def write_lvis(root: Path, name: str, split: str) -> Path:
    """A photo of train2017, with a square on a square, and one of val2017 without objects."""
    write_photo(root / "train" / "images" / "000000000030.jpg")
    write_photo(root / "val" / "images" / "000000000139.jpg")
    images = [
        {"id": 30, "height": HW[0], "width": HW[1], "coco_url": "http://images.cocodataset.org/train2017/000000000030.jpg"},
        {"id": 139, "height": HW[0], "width": HW[1], "coco_url": "http://images.cocodataset.org/val2017/000000000139.jpg"},
    ]
    annotations = [
        {"id": 1, "image_id": 30, "category_id": 3, "segmentation": [square(2, 2, 16)]},
        {"id": 2, "image_id": 30, "category_id": 5, "segmentation": [square(5, 5, 5)]},
    ]
    write_json(root / split / name, {"images": images, "annotations": annotations})
    return root


@pytest.mark.parametrize(
    ("known", "name", "split"),
    [("LVIS", "lvis_val.json", "val"), ("LVIS-v1", "lvis_val.json", "val"), ("lvis_v1", "lvis_v1_train.json", "train")],
)
def test_photos_of_both_of_cocos_splits_are_found(tmp_path: Path, known: str, name: str, split: str) -> None:
    found = known_set(known).open(write_lvis(tmp_path, name, split), "val" if split == "val" else "train")

    assert [photo.id for photo in found.photos] == ["train/images/000000000030", "val/images/000000000139"]
    assert not found.problems


def test_an_object_under_another_is_whole_in_the_layers(tmp_path: Path) -> None:
    photo = known_set("LVIS").open(write_lvis(tmp_path, "lvis_val.json", "val"), "val").photos[0]

    sample = read_layered(photo)

    np.testing.assert_array_equal(sample.mask(0), LARGE)
    np.testing.assert_array_equal(sample.mask(1), SMALL)
    np.testing.assert_array_equal(photo.read().labels, np.where(SMALL, 2, LARGE))


def test_photos_that_are_not_there_are_told(tmp_path: Path) -> None:
    root = write_lvis(tmp_path, "lvis_val.json", "val")
    (root / "val" / "images" / "000000000139.jpg").unlink()

    found = known_set("LVIS").open(root, "val")

    assert len(found.photos) == 1
    assert [problem.name for problem in found.problems] == ["val/images/000000000139"]
