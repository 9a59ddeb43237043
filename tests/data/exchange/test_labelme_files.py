"""labelme's JSON: as labelme writes it, and what it writes."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from clickcut.data.exchange.formats import written
from clickcut.data.exchange.written import to_folder
from clickcut.data.opening import open_labelled
from tests.data.exchange.objects import HW, PARTS, PIXEL, RING, annotated, masks_of, names_of, read_files, told
from tests.data.formats import covered, labelme, shape, write_photo_only


def content_of(name: str, image: str = "cats/a.jpg") -> dict[str, Any]:
    (file,) = written(name, [annotated(image)])
    assert file.name == "cats/a.json"
    return dict(json.loads(file.content))


def test_a_file_names_its_image_beside_it() -> None:
    content = content_of("labelme")

    assert (content["imagePath"], content["imageHeight"], content["imageWidth"], content["imageData"]) == ("a.jpg", 24, 36, None)


def test_the_parts_of_an_object_are_polygons_of_one_group() -> None:
    shapes = content_of("labelme")["shapes"]

    assert [(one["label"], one["group_id"], one["description"], one["shape_type"]) for one in shapes] == [
        ("cat", 1, "", "polygon"),
        ("cat", 1, "", "polygon"),
        ("coffee cup", 2, "number 1", "polygon"),
        ("coffee cup", 2, "number 1", "polygon"),
        ("coffee cup", 2, "number 1", "polygon"),
        ("cat", None, "", "polygon"),
    ]


def test_a_mask_is_a_png_between_its_first_and_its_last_pixel() -> None:
    one = content_of("labelme-masks")["shapes"][0]

    assert (one["shape_type"], one["points"], one["group_id"]) == ("mask", [[3, 2], [7, 6]], None)
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(one["mask"]))))
    np.testing.assert_array_equal(pixels > 0, RING[2:7, 3:8])


@pytest.mark.parametrize("name", ["labelme", "labelme-masks"])
def test_training_reads_what_is_exported(name: str, tmp_path: Path) -> None:
    write_photo_only(tmp_path / "a.jpg", HW)
    list(to_folder(written(name, [annotated()]), tmp_path))

    (photo,) = open_labelled(tmp_path).photos

    np.testing.assert_array_equal(photo.read().labels, annotated().label_map())


def test_labelmes_own_shapes_groups_and_descriptions_are_read() -> None:
    shapes = [
        shape("rectangle", [[3, 2], [12, 10]], label="box", description="the left one"),
        shape("polygon", [[0, 0], [2, 0], [2, 2], [0, 2]], group=1),
        shape("polygon", [[4, 4], [6, 4], [6, 6], [4, 6]], group=1),
    ]

    back, problems = read_files(names_of(annotated()), {"a.json": labelme(shapes, imagePath="..\\photos\\a.jpg").encode()})

    assert problems == []
    assert masks_of(back["a.jpg"]) == [covered(HW, 2, 3, 10, 12).tolist(), (covered(HW, 0, 0, 2, 2) | covered(HW, 4, 4, 6, 6)).tolist()]
    assert told(back["a.jpg"]) == [("box", "the left one"), ("cat", "")]


def test_the_image_beside_the_file_is_meant_before_others_of_its_name() -> None:
    images = names_of(annotated("cats/a.jpg"), annotated("dogs/a.jpg"))

    back, problems = read_files(images, {"dogs/a.json": labelme([shape("rectangle", [[3, 2], [12, 10]])], imagePath="a.jpg").encode()})

    assert problems == []
    assert list(back) == ["dogs/a.jpg"]


def test_the_files_own_name_is_tried_where_the_one_inside_is_unknown() -> None:
    back, _ = read_files(
        names_of(annotated()), {"a.json": labelme([shape("rectangle", [[3, 2], [12, 10]])], imagePath="IMG_1.heic").encode()}
    )

    assert list(back) == ["a.jpg"]


def test_what_is_ignored_or_draws_nothing_is_told_of() -> None:
    shapes = [
        shape("rectangle", [[0, 0], [5, 5]], label="__ignore__"),
        shape("rectangle", [[100, 100], [105, 105]]),
        shape("rectangle", [[3, 2], [12, 10]]),
    ]

    back, (problem,) = read_files(names_of(annotated()), {"a.json": labelme(shapes).encode()})

    assert len(back["a.jpg"].objects) == 1
    assert problem.what == "a.json: 2 shapes are to be ignored or draw no pixel of the image"


def test_masks_come_back_one_by_one() -> None:
    back, _ = read_files(names_of(annotated()), {file.name: file.content for file in written("labelme-masks", [annotated()])})

    assert masks_of(back["a.jpg"]) == [RING.tolist(), PARTS.tolist(), PIXEL.tolist()]
