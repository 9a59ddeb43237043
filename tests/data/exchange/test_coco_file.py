"""COCO JSON as pycocotools reads it, and files of other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clickcut.core.masks import Mask
from clickcut.data.exchange.formats import written
from clickcut.data.opening import open_labelled
from clickcut.data.rle import Rle
from tests.data.exchange.objects import HW, PARTS, PIXEL, RING, annotated, masks_of, names_of, read_files, told
from tests.data.formats import covered, square, write_photo_only


def content_of(name: str, tolerance: float = 0.25) -> dict[str, Any]:
    (file,) = written(name, [annotated(), annotated("b.jpg", [PARTS])], tolerance)
    return dict(json.loads(file.content))


def as_run_lengths(mask: Mask) -> dict[str, Any]:
    return {"size": list(HW), "counts": [int(n) for n in Rle.around(annotated(masks=[mask]).objects[0].piece, HW).counts]}


def coco(*annotations: dict[str, Any], **image: Any) -> dict[str, bytes]:
    numbered = [{"id": k, "image_id": 5, "category_id": 2, **one} for k, one in enumerate(annotations, start=1)]
    images = [{"id": 5, "file_name": "photos/a.jpg", "height": HW[0], "width": HW[1], **image}]
    content = {"images": images, "annotations": numbered, "categories": [{"id": 2, "name": "cat"}]}
    return {"instances.json": json.dumps(content).encode()}


@pytest.mark.parametrize("name", ["coco-rle", "coco-polygons"])
def test_pycocotools_reads_masks_of_iou_1(name: str, tmp_path: Path) -> None:
    coco_api = pytest.importorskip("pycocotools.coco")
    theirs = pytest.importorskip("pycocotools.mask")
    (tmp_path / "a.json").write_text(json.dumps(content_of(name)))

    api = coco_api.COCO(str(tmp_path / "a.json"))

    loaded = api.loadAnns(api.getAnnIds(imgIds=[1]))
    assert [one["category_id"] for one in loaded] == [3, 7, 3]
    for one, mask in zip(loaded, (RING, PARTS, PIXEL), strict=True):
        shown = theirs.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert theirs.iou([api.annToRLE(one)], [shown], [0]).tolist() == [[1.0]]
        assert one["area"] == theirs.area(shown)
        assert one["bbox"] == theirs.toBbox(shown).tolist()


def test_names_of_objects_and_colours_of_classes_stand_beside_what_coco_knows() -> None:
    content = content_of("coco-rle")

    assert content["images"][1] == {"id": 2, "file_name": "b.jpg", "height": 24, "width": 36}
    assert content["categories"][1] == {"id": 7, "name": "coffee cup", "supercategory": "", "color": [200, 100, 0]}
    assert [one.get("name") for one in content["annotations"]] == [None, "number 1", None, None]
    assert [one["id"] for one in content["annotations"]] == [1, 2, 3, 4]


def test_a_larger_tolerance_gives_fewer_corners() -> None:
    y, x = np.ogrid[:200, :300]
    disk = annotated("a.jpg", [(y - 100) ** 2 + (x - 150) ** 2 < 80**2])

    def num_numbers(tolerance: float) -> int:
        (file,) = written("coco-polygons", [disk], tolerance)
        return len(json.loads(file.content)["annotations"][0]["segmentation"][0])

    assert num_numbers(1) < num_numbers(0.25) / 2 < num_numbers(0) / 2


def test_training_reads_what_is_exported(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "images" / "a.jpg", HW)
    (file,) = written("coco-rle", [annotated()])
    (tmp_path / file.name).write_bytes(file.content)

    (photo,) = open_labelled(tmp_path).photos

    np.testing.assert_array_equal(photo.read().labels, annotated().label_map())


def test_polygons_run_lengths_and_images_of_other_folders_are_read() -> None:
    files = coco(
        {"segmentation": [square(2, 3, 4)]}, {"segmentation": as_run_lengths(RING)}, {"segmentation": [square(0, 0, 1)], "category_id": 9}
    )

    back, problems = read_files(names_of(annotated("sets/a.jpg")), files)

    assert problems == []
    assert masks_of(back["sets/a.jpg"]) == [covered(HW, 3, 2, 7, 6).tolist(), RING.tolist(), covered(HW, 0, 0, 1, 1).tolist()]
    assert told(back["sets/a.jpg"]) == [("cat", ""), ("cat", ""), ("object", "")]


def test_crowds_and_objects_without_pixels_are_told_of_and_left_out() -> None:
    files = coco(
        {"segmentation": as_run_lengths(RING), "iscrowd": 1},
        {"segmentation": []},
        {"segmentation": [square(100, 100, 4)]},
        {"segmentation": {"size": [3, 3], "counts": [9]}},
        {"segmentation": [square(2, 3, 4)]},
    )

    back, problems = read_files(names_of(annotated()), files)

    assert masks_of(back["a.jpg"]) == [covered(HW, 3, 2, 7, 6).tolist()]
    texts = [problem.what for problem in problems]
    assert texts[0] == "photos/a.jpg, annotation 1: is a crowd, expected a single object"
    assert ["draws no pixel" in text for text in texts] == [False, True, True, False]
    assert "of 3 x 3 pixels" in texts[3]


def test_sizes_that_belong_to_the_image_before_it_was_turned_are_told_of() -> None:
    back, (problem,) = read_files(names_of(annotated()), coco({"segmentation": [square(2, 3, 4)]}, height=36, width=24))

    assert back == {}
    assert problem.what == "photos/a.jpg: is said to have 24 x 36 pixels, but the image (turned upright) has 36 x 24"
