"""YOLO's polygons: folders and data.yaml as tools write them, shares of the sides, and what is broken told by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.photos import LabelledSet
from clickcut.data.yolo import open_yolo, read_sheet
from tests.data.formats import HW, covered, write_photo_only

HALF = "0 0 0 0.5 0 0.5 0.5 0 0.5"


def write_yolo(folder: Path, names: dict[str, str | None], *, below: str = "") -> Path:
    for name, text in names.items():
        write_photo_only(folder / "images" / below / f"{name}.png")
        if text is not None:
            labels = folder / "labels" / below / f"{name}.txt"
            labels.parent.mkdir(parents=True, exist_ok=True)
            labels.write_text(text)
    return folder


def opened(folder: Path) -> LabelledSet:
    found = open_yolo(folder, "train")
    assert not found.problems
    return found


def test_corners_are_shares_of_the_sides(tmp_path: Path) -> None:
    (photo,) = opened(write_yolo(tmp_path, {"a": f"{HALF}\n\n3 0.5 0.5 1 0.5 1 1 0.5 1\n"})).photos

    expected = covered(HW, 0, 0, 10, 15) + 2 * covered(HW, 10, 15, 20, 30).astype(np.uint8)
    np.testing.assert_array_equal(photo.read().labels, expected)


def test_an_image_without_a_text_file_has_no_object_and_is_counted(tmp_path: Path) -> None:
    found = opened(write_yolo(tmp_path, {"a": HALF, "b": None, "c": ""}))

    assert [int(photo.read().labels.max()) for photo in found.photos] == [1, 0, 0]
    assert found.notes[0].startswith("1 images have no text file")


def test_images_without_any_text_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="none of its 1 images has a text file"):
        open_yolo(write_yolo(tmp_path, {"a": None}), "train")


@pytest.mark.parametrize(
    "sheet",
    [
        "train: images/train\nval: images/val\nnames:\n  0: cat\n",
        "path: .\ntrain: images/train # 8 images\nval: images/val\n",
        "path: ../datasets/coco8-seg\ntrain: images/train\nval: images/val\nnames: [a, b]\n",
        "train: ../images/train\nval: ../images/val\n",
        "path: \"\"\ntrain:\n  - 'images/train'\nval: [images/val]\n",
    ],
)
def test_a_sheet_names_the_images_of_a_split(tmp_path: Path, sheet: str) -> None:
    write_yolo(tmp_path, {"a": HALF}, below="train")
    write_yolo(tmp_path, {"b": HALF, "c": HALF}, below="val")
    (tmp_path / "data.yaml").write_text(sheet)

    assert [photo.id for photo in open_yolo(tmp_path, "train").photos] == ["images/train/a"]
    assert [photo.id for photo in open_yolo(tmp_path, "val").photos] == ["images/val/b", "images/val/c"]


def test_a_sheet_may_name_a_list_of_images(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": HALF, "b": HALF})
    (tmp_path / "some.txt").write_text("./images/b.png\n")
    (tmp_path / "data.yaml").write_text("train: some.txt\n")

    assert [photo.id for photo in opened(tmp_path).photos] == ["images/b"]


def test_a_list_that_leads_out_of_the_folder_is_refused_line_by_line(tmp_path: Path) -> None:
    folder = write_yolo(tmp_path / "set", {"a": HALF})
    (folder / "some.txt").write_text("images/a.png\n../../secret.png\n/etc/passwd\n")
    (folder / "data.yaml").write_text("train: some.txt\n")

    found = open_yolo(folder, "train")

    assert [photo.id for photo in found.photos] == ["images/a"]
    assert len(found.problems) == 2
    assert all("which is not within" in str(problem) for problem in found.problems)


def test_a_sheet_whose_images_are_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("path: /data/other\ntrain: images/train\n")

    with pytest.raises(ValueError, match=r"data\.yaml: names 'images/train', expected a folder of images or a \.txt list"):
        open_yolo(tmp_path, "train")


def test_a_sheet_without_the_split_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("val: images\nnc: 1\n")

    with pytest.raises(ValueError, match=r"expected a line 'train: \.\.\.' that names its images, found val, nc"):
        open_yolo(tmp_path, "train")


def test_texts_and_lists_of_a_sheet_are_read(tmp_path: Path) -> None:
    sheet = tmp_path / "data.yaml"
    sheet.write_text("# a comment\npath: 'a b' # more\ntrain:\n- x\n- \"y\"\nval: [u, v]\nnames:\n  0: cat\n")

    assert read_sheet(sheet) == {"path": ["a b"], "train": ["x", "y"], "val": ["u", "v"], "names": []}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("0 0.5 0.5 0.2 0.2", "holds a box"),
        ("0 0.1 0.1 0.2 0.2", "holds a box"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "three or more pairs"),
        ("0 0.1", "three or more pairs"),
        ("cat 0 0 1 0 1 1", "expected numbers"),
        ("0.5 0 0 1 0 1 1", "expected a class"),
        ("0 0 0 100 0 100 100", "as shares of the image's sides"),
        ("0 0 0 nan 0 1 1", "as shares of the image's sides"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    (photo,) = opened(write_yolo(tmp_path, {"a": f"{HALF}\n{line}"})).photos

    with pytest.raises(ValueError, match=rf"a\.txt, line 2: .*{told}"):
        photo.read()


def test_two_images_with_one_label_file_are_refused(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": HALF})
    write_photo_only(tmp_path / "images" / "a.jpg")

    assert "two images are named images/a" in str(open_yolo(tmp_path, "train").problems[0])
