"""COCO and LVIS files: every kind of segmentation, images wherever they lie, and what is broken told by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clickcut.core.images import write_image
from clickcut.data.coco import open_coco
from clickcut.data.photos import LabelledSet
from tests.data.formats import HW, covered, packed, run_lengths, square, write_coco, write_photo_only
from tests.data.photos import ramp

RECTANGLE = covered(HW, 2, 3, 10, 12)


def opened(path: Path, root: Path) -> LabelledSet:
    found = open_coco(path, root)
    assert not found.problems
    return found


def test_polygons_and_both_kinds_of_run_lengths_give_the_same_object(tmp_path: Path) -> None:
    polygon = [[3, 2, 12, 2, 12, 10, 3, 10]]
    plain = {"size": list(HW), "counts": run_lengths(RECTANGLE)}
    path = write_coco(tmp_path, {"a.png": [polygon], "b.png": [plain], "c.png": [{"size": list(HW), "counts": packed(RECTANGLE)}]})

    samples = [photo.read() for photo in opened(path, tmp_path).photos]

    assert [sample.id for sample in samples] == ["images/a", "images/b", "images/c"]
    for sample in samples:
        np.testing.assert_array_equal(sample.labels, RECTANGLE.astype(np.uint8))
        np.testing.assert_array_equal(sample.image, ramp(HW))


def test_objects_that_overlap_are_both_seen_and_crowds_are_ignored(tmp_path: Path) -> None:
    some = [[square(0, 0, 18)], [square(4, 4, 5)], {"size": list(HW), "counts": run_lengths(covered(HW, 0, 15, 20, 30))}]
    path = write_coco(tmp_path, {"a.png": some}, crowd=[("a.png", 2)])

    labels = opened(path, tmp_path).photos[0].read().labels

    small, large = labels[5, 5], labels[12, 12]
    assert {small, large} == {1, 2}
    assert labels[10, 16] == large
    assert labels[5, 25] == 255


def test_an_image_without_annotations_and_empty_segmentations_have_no_object(tmp_path: Path) -> None:
    path = write_coco(tmp_path, {"a.png": [[], [[]]], "b.png": [], "c.png": [[square(1, 1, 5)]]})

    labels = [photo.read().labels for photo in opened(path, tmp_path).photos]

    assert [int(one.max()) for one in labels] == [0, 0, 1]


@pytest.mark.parametrize(
    ("json_name", "image_folder"),
    [
        ("annotations/instances_train2017.json", "train2017"),
        ("annotations/instances_train2017.json", "images/train2017"),
        ("train/_annotations.coco.json", "train"),
        ("labels.json", "data"),
        ("result.json", "."),
    ],
)
def test_images_are_found_where_tools_put_them(tmp_path: Path, json_name: str, image_folder: str) -> None:
    path = write_coco(tmp_path, {"a.png": [[square(1, 1, 5)]]}, json_name=json_name, image_folder=image_folder)

    assert opened(path, tmp_path).photos[0].read().labels.max() == 1


def test_lvis_names_its_images_by_address(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "train2017" / "000000000009.png")
    images = [{"id": 9, "coco_url": "http://images.cocodataset.org/train2017/000000000009.png", "height": HW[0], "width": HW[1]}]
    annotations = [{"id": 1, "image_id": 9, "category_id": 5, "segmentation": [square(1, 1, 5)], "area": 25.0}]
    path = tmp_path / "lvis_v1_train.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations}))

    found = opened(path, tmp_path)

    assert found.format == "LVIS JSON (lvis_v1_train.json)"
    assert found.photos[0].id == "train2017/000000000009"
    assert found.photos[0].read().labels.max() == 1


def test_names_in_any_writing_are_found_escaped_or_not(tmp_path: Path) -> None:
    path = write_coco(tmp_path, {"Käse 猫.png": [[square(1, 1, 5)]], "b.png": [[square(2, 2, 5)]]})
    for text in (path.read_text(), json.dumps(json.loads(path.read_text()), ensure_ascii=False, indent=1)):
        path.write_text(text, encoding="utf-8")

        assert [photo.read().id for photo in opened(path, tmp_path).photos] == ["images/Käse 猫", "images/b"]


def test_a_missing_image_is_told_when_it_is_read(tmp_path: Path) -> None:
    path = write_coco(tmp_path, {"a.png": [], "b.png": [[square(1, 1, 5)]]})
    (tmp_path / "images" / "a.png").unlink()

    with pytest.raises(ValueError, match=r"no such file: .*images/a\.png"):
        opened(path, tmp_path).photos[0].read()


def test_an_image_of_another_size_than_stated_is_refused(tmp_path: Path) -> None:
    path = write_coco(tmp_path, {"a.png": [[square(1, 1, 5)]]})
    write_image(tmp_path / "images" / "a.png", ramp((30, 20)))

    with pytest.raises(ValueError, match=r"a\.png is 20 wide and 30 high \(turned upright\), but instances\.json says 30 and 20"):
        opened(path, tmp_path).photos[0].read()


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "..\\secret.png", "C:\\secret.png", "x/../../secret.png", ""])
def test_images_outside_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "set"
    path = write_coco(folder, {"a.png": [[square(1, 1, 5)]]}, json_name="instances.json", image_folder=".")
    write_photo_only(tmp_path / "secret.png")
    content = json.loads(path.read_text())
    content["images"].append({"id": 99, "file_name": name})
    path.write_text(json.dumps(content))

    found = open_coco(path, folder)

    assert [photo.id for photo in found.photos] == ["a"]
    (problem,) = found.problems
    assert "image 99 of instances.json" in str(problem)


@pytest.mark.parametrize(
    ("segmentation", "told"),
    [
        ([[1, 2, 3]], "three or more pairs"),
        ({"size": [20, 30], "counts": [5]}, "add up to the 20 x 30"),
        ({"size": [30, 20], "counts": [600]}, "run lengths are of 20 x 30 pixels"),
        ("polygon", "should be polygons or run lengths"),
        ([[1, 2, "x", 4, 5, 6]], "numbers x, y"),
    ],
)
def test_a_broken_segmentation_names_image_and_annotation(tmp_path: Path, segmentation: Any, told: str) -> None:
    path = write_coco(tmp_path, {"a.png": [segmentation]})

    with pytest.raises(ValueError, match=told) as raised:
        opened(path, tmp_path).photos[0].read()

    assert "a.png" in str(raised.value)
    assert "instances.json" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"images": [', "is broken JSON"),
        ('{"images": [{"id": 1},]}', "is broken JSON"),
        ("[1, 2]", "is broken JSON"),
        ('{"images": [], "annotations": []}', "its list of them is empty"),
        ('{"images": [{"name": "a"}], "annotations": []}', "expected images with 'id' each"),
        ('{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]}', "has a 'segmentation'"),
        ("[" * 100_000, "is broken JSON"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.json").write_text(text)

    with pytest.raises(ValueError, match=told):
        open_coco(tmp_path / "a.json", tmp_path)


def test_what_belongs_to_no_image_and_what_is_listed_twice_is_told(tmp_path: Path) -> None:
    path = write_coco(tmp_path, {"a.png": [[square(1, 1, 5)]]})
    content = json.loads(path.read_text())
    content["images"].append(content["images"][0])
    content["annotations"].append({"id": 7, "image_id": 1234, "segmentation": [square(1, 1, 5)]})
    path.write_text(json.dumps(content))

    found = open_coco(path, tmp_path)

    assert found.notes == ("1 annotations belong to no image of instances.json",)
    assert any("more than once" in str(problem) for problem in found.problems)


@pytest.mark.slow
def test_a_hundred_thousand_annotations_are_found_by_image_without_being_kept(tmp_path: Path) -> None:
    count = 20_000
    images = [{"id": index, "file_name": f"{index}.png", "height": HW[0], "width": HW[1]} for index in range(count)]
    annotations = [
        {"id": index, "image_id": index % count, "segmentation": [square(index // count, 1, 2)]} for index in reversed(range(5 * count))
    ]
    (tmp_path / "a.json").write_text(json.dumps({"annotations": annotations, "images": images}))
    write_photo_only(tmp_path / "7.png")

    found = open_coco(tmp_path / "a.json", tmp_path)

    assert len(found.photos) == count
    assert set(np.unique(found.photos[7].read().labels)) == {0, 1, 2, 3, 4, 5}
