"""labelme's files: each kind of shape, images beside or inside, groups, and what is broken told by file and shape."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from clickcut.core.masks import LabelMap, Mask
from clickcut.data.labelme import open_labelme
from tests.data.formats import HW, covered, labelme, shape, write_photo_only
from tests.data.photos import ramp


def as_base64(pixels: Any) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def labels_of(folder: Path, *shapes: dict[str, Any], **more: Any) -> LabelMap:
    write_photo_only(folder / "a.png")
    (folder / "a.json").write_text(labelme(shapes, **more))
    (photo,) = open_labelme(folder, [folder / "a.json"], folder).photos
    sample = photo.read()
    assert sample.id == "a"
    np.testing.assert_array_equal(sample.image, ramp(HW))
    return sample.labels


MASK = as_base64(np.full((4, 6), 255, np.uint8))
Y, X = np.ogrid[: HW[0], : HW[1]]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (shape("polygon", [[3, 2], [12, 2], [12, 10], [3, 10]]), covered(HW, 2, 3, 10, 12)),
        (shape("rectangle", [[12, 10], [3, 2]]), covered(HW, 2, 3, 10, 12)),
        (shape("rectangle", [[3, 2], [12, 2], [12, 10], [3, 10]]), covered(HW, 2, 3, 10, 12)),
        (shape("circle", [[10, 9], [13, 13]]), (Y + 0.5 - 9) ** 2 + (X + 0.5 - 10) ** 2 <= 25),
        (shape("mask", [[5, 3], [10, 6]], mask=MASK), covered(HW, 3, 5, 7, 11)),
        ({"label": "cat", "points": [[3, 2], [12, 2], [12, 10], [3, 10]]}, covered(HW, 2, 3, 10, 12)),  # old files name no type
    ],
)
def test_each_kind_of_shape_is_drawn(tmp_path: Path, one: dict[str, Any], expected: Mask) -> None:
    np.testing.assert_array_equal(labels_of(tmp_path, one), expected.astype(np.uint8))


def test_shapes_of_one_label_and_group_are_one_object(tmp_path: Path) -> None:
    corners = ([[0, 0], [5, 5]], [[10, 10], [15, 15]], [[20, 2], [24, 6]])
    shapes = [shape("rectangle", points, group=group) for points, group in zip(corners, (1, 1, 2), strict=True)]

    labels = labels_of(tmp_path, *shapes)

    assert labels[2, 2] == labels[12, 12] == 1
    assert labels[3, 21] == 2


def test_ignored_regions_background_points_and_lines_are_no_objects(tmp_path: Path) -> None:
    labels = labels_of(
        tmp_path,
        shape("rectangle", [[0, 0], [5, 5]], label="__ignore__"),
        shape("rectangle", [[6, 6], [9, 9]], label="_background_"),
        shape("point", [[10, 10]]),
        shape("linestrip", [[10, 10], [15, 15], [16, 10]]),
    )

    np.testing.assert_array_equal(labels, 255 * covered(HW, 0, 0, 5, 5).astype(np.uint8))


def test_an_image_inside_the_file_needs_none_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(labelme([shape("rectangle", [[0, 0], [5, 5]])], imageData=as_base64(ramp(HW))))

    sample = open_labelme(tmp_path, [tmp_path / "a.json"], tmp_path).photos[0].read()

    np.testing.assert_array_equal(sample.image, ramp(HW))
    np.testing.assert_array_equal(sample.labels, covered(HW, 0, 0, 5, 5))


def test_an_image_beside_the_folder_of_files_is_found_by_either_slash(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "images" / "a.png")
    path = tmp_path / "annotations" / "a.json"
    path.parent.mkdir()
    for name in ("../images/a.png", "..\\images\\a.png"):
        path.write_text(labelme([shape("rectangle", [[0, 0], [5, 5]])], imagePath=name))

        assert open_labelme(path.parent, [path], tmp_path).photos[0].read().labels.max() == 1


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "C:\\secret.png"])
def test_an_image_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    write_photo_only(tmp_path / "secret.png")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.json").write_text(labelme([], imagePath=name))

    with pytest.raises(ValueError, match=r"a\.json names .*, which is not within"):
        open_labelme(folder, [folder / "a.json"], folder).photos[0].read()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is broken JSON"),
        ("[" * 100_000, "is broken JSON"),
        ("[]", "expected labelme's 'shapes'"),
        (json.dumps({"shapes": [3], "imagePath": "a.png"}), "each of its shapes to be an object"),
        (json.dumps({"shapes": []}), "expected 'imagePath' or 'imageData'"),
        (labelme([], imagePath="b.png"), "no such file"),
        (labelme([], imageData="AAAA"), "is not an image"),
        (labelme([], imageData="A"), "no base64"),
        (labelme([], imageHeight=30, imageWidth=20), r"says 20 x 30 pixels, but its image \(turned upright\) has 30 x 20"),
        (labelme([shape("polygon", [[1, 2], [3, 4]])]), r"shape 1 \(cat\): .*three or more pairs"),
        (labelme([{**shape("polygon", []), "points": [["a", 2]]}]), "should be pairs x, y"),
        (labelme([shape("polygon", [])]), "finite numbers, and one at least"),
        (labelme([shape("rectangle", [[1, 2]])]), "two corners"),
        (labelme([shape("circle", [[1, 2]])]), "a centre and a point"),
        (labelme([shape("mask", [[1, 2]])]), "its PNG as base64"),
        (labelme([shape("mask", [[1, 2]], mask="AAAA")]), "embedded mask is not an image"),
        (labelme([shape("cube", [[1, 2]])]), "is a 'cube', expected one of polygon"),
    ],
)
def test_a_broken_file_is_one_line_that_names_it(tmp_path: Path, text: str, told: str) -> None:
    write_photo_only(tmp_path / "a.png")
    (tmp_path / "a.json").write_text(text)

    with pytest.raises(ValueError, match=told) as raised:
        open_labelme(tmp_path, [tmp_path / "a.json"], tmp_path).photos[0].read()

    assert "a.json" in str(raised.value) or "b.png" in str(raised.value)
    assert "\n" not in str(raised.value)
