"""What a folder is taken for, and what is said of one that is nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clickcut.core.images import write_label_map, write_mask
from clickcut.data.opening import open_labelled
from tests.data.formats import HW, covered, labelme, shape, square, write_coco, write_photo_only
from tests.data.photos import ellipses, write_folder


def write_objects(at: Path) -> None:
    write_photo_only(at / "img" / "a.png")
    (at / "Masks").mkdir()
    write_mask(at / "Masks" / "a_1.png", covered(HW, 1, 1, 5, 5))


def write_yolo(at: Path) -> None:
    write_photo_only(at / "images" / "a.png")
    (at / "labels").mkdir()
    (at / "labels" / "a.txt").write_text("0 0 0 1 0 1 1")


def write_labelme(at: Path, below: str = "") -> None:
    write_photo_only(at / below / "a.png")
    (at / below / "a.json").write_text(labelme([shape("rectangle", [[0, 0], [5, 5]])]))


def write_beside(at: Path) -> None:
    write_photo_only(at / "a.jpg")
    write_label_map(at / "a.png", ellipses(HW))


def write_split(at: Path) -> None:
    write_folder(at / "train", 2)
    write_folder(at / "valid", 1)


def write_split_below(at: Path) -> None:
    for split in ("train", "val"):
        write_photo_only(at / "images" / split / "a.png")
        (at / "masks" / split).mkdir(parents=True)
        write_label_map(at / "masks" / split / "a.png", ellipses(HW))


def write_two_coco(at: Path) -> None:
    for split in ("train", "val"):
        write_coco(at, {f"{split}.png": [[square(1, 1, 5)]]}, json_name=f"annotations/instances_{split}2017.json", image_folder=split)


def write_coco_once(at: Path) -> None:
    write_coco(at, {"a.png": [[square(1, 1, 5)]]})


LAYOUTS = [
    pytest.param(lambda at: write_folder(at, 2), "label maps (images/ + masks/)", id="label maps"),
    pytest.param(write_objects, "one mask an object (img/ + Masks/)", id="a mask an object"),
    pytest.param(write_coco_once, "COCO JSON (instances.json)", id="COCO"),
    pytest.param(write_two_coco, "COCO JSON (instances_train2017.json)", id="two COCO files"),
    pytest.param(write_yolo, "YOLO polygons (images/ + labels/*.txt)", id="YOLO"),
    pytest.param(write_labelme, "labelme JSON", id="labelme"),
    pytest.param(lambda at: write_labelme(at, "images"), "labelme JSON", id="labelme below"),
    pytest.param(write_beside, "label maps (photos and masks side by side)", id="side by side"),
    pytest.param(write_split, "label maps (images/ + masks/)", id="split folders"),
    pytest.param(write_split_below, "label maps (train/ + train/)", id="split folders below"),
]


@pytest.mark.parametrize(("write", "told"), LAYOUTS)
def test_a_folder_is_recognised_by_what_lies_in_it(tmp_path: Path, write: Callable[[Path], object], told: str) -> None:
    write(tmp_path)

    found = open_labelled(tmp_path)

    assert (found.format, found.problems) == (told, ())
    assert all(photo.read().labels.any() for photo in found.photos)


def test_a_split_is_what_was_asked_for(tmp_path: Path) -> None:
    write_split(tmp_path / "folders")
    write_two_coco(tmp_path / "coco")

    assert [len(open_labelled(tmp_path / "folders", split).photos) for split in ("train", "val")] == [2, 1]
    assert [photo.id for photo in open_labelled(tmp_path / "coco", "val").photos] == ["val/val"]


def test_a_file_may_be_named_itself(tmp_path: Path) -> None:
    path = write_coco(tmp_path / "coco", {"a.png": [[square(1, 1, 5)]]})
    write_labelme(tmp_path)
    write_yolo(tmp_path / "yolo")
    (tmp_path / "yolo" / "my.yaml").write_text("train: images\n")

    assert open_labelled(path).photos[0].read().labels.any()
    assert open_labelled(tmp_path / "a.json").photos[0].read().labels.any()
    assert open_labelled(tmp_path / "yolo" / "my.yaml").photos[0].read().labels.any()


def write_several_coco(at: Path) -> None:
    for name in ("one", "two"):
        write_coco(at, {"a.png": [[square(1, 1, 5)]]}, json_name=f"{name}.json")


def write_masks_of_others(at: Path) -> None:
    write_folder(at, 2)
    for path in list((at / "masks").iterdir()):
        path.rename(path.with_stem(f"other {path.stem}"))


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda at: at.mkdir(), "found an empty folder"),
        (lambda at: write_photo_only(at / "images" / "a.png"), "nearest: there is images/, but no masks/ beside it"),
        (lambda at: write_photo_only(at / "masks" / "a.png"), "nearest: there is masks/, but no images/ beside it"),
        (write_masks_of_others, "nearest: 2 photos in images/, but no mask in masks/ has the name of one"),
        (lambda at: write_photo_only(at / "a.png"), "found a.png; nearest: 1 photos, none of which has a mask beside it"),
        (write_several_coco, r"nearest: several COCO files could be meant \(one.json, two.json\): name the file itself"),
        (lambda at: write_photo_only(at / "train" / "images" / "a.png"), "nearest: in train/: there is images/, but no masks/"),
    ],
)
def test_what_is_nothing_is_told_with_what_came_nearest(tmp_path: Path, write: Callable[[Path], object], told: str) -> None:
    write(tmp_path / "set")

    with pytest.raises(ValueError, match=told) as raised:
        open_labelled(tmp_path / "set")

    assert str(raised.value).startswith(f"{tmp_path / 'set'}: expected images/ and masks/ (label maps, or a mask an object), COCO")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", json.dumps({"hello": 1}), "a.json holds neither COCO's 'images' and 'annotations' nor labelme's 'shapes'"),
        ("a.csv", "1,2", "found a file of 3 bytes"),
    ],
)
def test_a_file_that_is_nothing_is_told(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(ValueError, match=told):
        open_labelled(tmp_path / name)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: expected a folder or file of labelled photos, found nothing there"):
        open_labelled(tmp_path / "nowhere")
