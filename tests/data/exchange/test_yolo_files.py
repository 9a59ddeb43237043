"""YOLO's text files and sheets, as written and as other tools write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.annotated import Annotated, AnnotatedObject
from clickcut.data.exchange.formats import written
from clickcut.data.exchange.source import Folder
from clickcut.data.exchange.written import to_folder
from clickcut.data.exchange.yolo_files import class_names
from clickcut.data.opening import open_labelled
from clickcut.data.shapes import piece_of
from tests.data.exchange.objects import CLASSES, HW, PARTS, PIXEL, RING, annotated, masks_of, names_of, read_back, read_files, told
from tests.data.formats import covered, write_photo_only

SQUARE = b"0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5"
COVERED = covered(HW, 6, 9, 12, 18)


def test_an_object_is_a_line_with_its_class_from_0_and_shares_of_the_sides() -> None:
    one = annotated(masks=[COVERED, RING])

    files = {file.name: file.content.decode() for file in written("yolo", [one, annotated("b.jpg", [])], 0)}

    lines = files["labels/a.txt"].splitlines()
    assert lines[0] == "0 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5"
    assert lines[1].startswith("1 ")
    assert files["labels/b.txt"] == ""
    assert files["data.yaml"] == 'path: .\ntrain: images\nval: images\nnames:\n  0: "cat"\n  1: "coffee cup"\n'


def test_training_reads_what_is_exported(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "images" / "a.jpg", HW)
    list(to_folder(written("yolo", [annotated()]), tmp_path))

    (photo,) = open_labelled(tmp_path).photos

    np.testing.assert_array_equal(photo.read().labels, annotated().label_map())


def test_nothing_is_lost_in_images_of_20000_pixels_a_side() -> None:
    hw = (19_999, 20_000)
    piece = piece_of(np.random.default_rng(0).random((199, 199)) < 0.9, top=19_800, left=19_801)
    assert piece is not None
    one = Annotated("a.jpg", hw, (AnnotatedObject(piece, 3),), CLASSES)

    back, problems = read_files(names_of(one), {file.name: file.content for file in written("yolo", [one])})

    assert problems == []
    np.testing.assert_array_equal(back["a.jpg"].objects[0].piece.inside, piece.inside)


@pytest.mark.parametrize(
    ("sheet", "names"),
    [
        ("names: [cat, 'a, b', \"c\"]  # all\nnc: 3", {0: "cat", 1: "a, b", 2: "c"}),
        ("nc: 2\nnames: {0: cat, 5: 'dog''s'}\n", {0: "cat", 5: "dog's"}),
        ('names:\n  0: cat\n  # more\n  7: "d: e"\ntrain: x\n  1: no', {0: "cat", 7: "d: e"}),
        ("names:\n- cat\n- dog # good\nnc: 2\n- no", {0: "cat", 1: "dog"}),
        ("names:\n    - cat\n    - dog\n", {0: "cat", 1: "dog"}),
        ("names: [\n  cat,\n  dog,\n]\n", {0: "cat", 1: "dog"}),
        ("train: images\n", {}),
    ],
)
def test_names_are_read_however_tools_write_them(sheet: str, names: dict[int, str]) -> None:
    assert class_names(sheet) == names


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"data.yaml": b"names: [cat, dog]"}, "dog"),
        ({"labels/classes.txt": b"cat\ndog\n"}, "dog"),
        ({"data.yaml": b"names: [cat]"}, "class 1"),
        ({}, "class 1"),
    ],
)
def test_classes_are_named_by_a_sheet_or_a_list_else_by_number(more: dict[str, bytes], name: str) -> None:
    back, problems = read_files(names_of(annotated()), {"labels/train/a.txt": b"1 " + SQUARE, **more})

    assert problems == []
    assert masks_of(back["a.jpg"]) == [COVERED.tolist()]
    assert told(back["a.jpg"]) == [(name, "")]


def test_lines_that_are_no_polygon_are_told_of_by_number() -> None:
    back, problems = read_files(names_of(annotated()), {"a.txt": b"0 0.5 0.5 0.1 0.1\n\n0 " + SQUARE + b"\n0 1 1 1 1 1 1\ncat"})

    assert masks_of(back["a.jpg"]) == [COVERED.tolist()]
    assert [problem.what.split(":")[0] for problem in problems] == ["a.txt, line 1", "a.txt, line 4", "a.txt, line 5"]


def test_a_folder_is_read_too(tmp_path: Path) -> None:
    list(to_folder(written("yolo", [annotated()]), tmp_path))

    back, problems = read_back(Folder(tmp_path), names_of(annotated()))

    assert problems == []
    assert masks_of(back["a.jpg"]) == [RING.tolist(), PARTS.tolist(), PIXEL.tolist()]
