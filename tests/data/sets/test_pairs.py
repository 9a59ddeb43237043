"""Benchmarks of an image and a mask a photo: what their masks' values mean, and how names are matched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import read_label_map
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, write_colours, write_grey, write_our_grabcut, write_photo

ALL = np.ones(HW, np.bool_)


@pytest.mark.parametrize(("name", "images", "masks"), [("GrabCut", "data_GT", "boundary_GT"), ("Berkeley", "images", "masks")])
def test_the_band_of_grabcut_and_berkeley_is_ignored(tmp_path: Path, name: str, images: str, masks: str) -> None:
    write_photo(tmp_path / images / "a.jpg")
    write_grey(tmp_path / masks / "a.bmp", (LEFT, 64), (RIGHT, 128), (INNER, 255))

    (photo,) = known_set(name).open(tmp_path, "val").photos

    expected = np.where(INNER, 1, np.where(RIGHT, 255, 0))
    np.testing.assert_array_equal(photo.read().labels, expected)
    assert photo.files == (tmp_path / images / "a.jpg", tmp_path / masks / "a.bmp")


@pytest.mark.parametrize("name", ["DAVIS", "COCO_MVal", "HARD"])
def test_any_colour_is_the_object_in_davis_and_coco(tmp_path: Path, name: str) -> None:
    write_photo(tmp_path / "img" / "bear_00009.jpg")
    colours = np.zeros((*HW, 3), np.uint8)
    colours[LEFT, 0], colours[RIGHT, 1] = 1, 200
    write_colours(tmp_path / "gt" / "bear_00009.png", colours)

    (photo,) = known_set(name).open(tmp_path, "val").photos

    np.testing.assert_array_equal(photo.read().labels, LEFT | RIGHT)


def test_brats_has_one_object_above_zero(tmp_path: Path) -> None:
    write_photo(tmp_path / "image" / "case.png")
    write_grey(tmp_path / "annotation" / "case.png", (LEFT, 1), (RIGHT, 255))

    (photo,) = known_set("BraTS").open(tmp_path, "val").photos

    np.testing.assert_array_equal(photo.read().labels, LEFT | RIGHT)


def test_pieces_of_sstem_are_objects_and_touch_at_corners(tmp_path: Path) -> None:
    write_photo(tmp_path / "raw" / "00.tif")
    corner = np.zeros(HW, np.bool_)
    corner[12:14, 10:13] = True  # touches LEFT's last pixel by a corner
    write_grey(tmp_path / "mitochondria" / "00.png", (LEFT | corner, 255), (RIGHT, 255))

    (photo,) = known_set("ssTEM").open(tmp_path, "val").photos

    labels = photo.read().labels
    assert {int(labels[LEFT].min()), int(labels[corner].max())} == {1}
    assert set(np.unique(labels)) == {0, 1, 2}


@pytest.mark.parametrize(("name", "below", "split"), [("OAIZIB", "test", "val"), ("OAI", "train", "train")])
def test_each_value_of_oai_is_an_object(tmp_path: Path, name: str, below: str, split: str) -> None:
    write_photo(tmp_path / below / "image" / "9.png")
    write_grey(tmp_path / below / "annotations" / "9.png", (LEFT, 1), (RIGHT, 4), (INNER, 255))
    known = known_set(name)

    (photo,) = known.open(tmp_path, known.default_split).photos

    assert known.default_split == split
    np.testing.assert_array_equal(photo.read().labels, np.where(INNER, 3, np.where(RIGHT, 2, LEFT)))


def test_names_are_matched_up_to_the_images_first_dot(tmp_path: Path) -> None:
    write_photo(tmp_path / "img" / "a.small.jpg")
    write_photo(tmp_path / "img" / "b.jpg")
    write_grey(tmp_path / "gt" / "a.png", (LEFT, 1))

    found = known_set("DAVIS").open(tmp_path, "val")

    assert [photo.id for photo in found.photos] == ["a"]
    assert [str(problem) for problem in found.problems] == ["b.jpg has no mask b.* in gt/"]


def test_a_mask_of_another_size_is_told(tmp_path: Path) -> None:
    write_photo(tmp_path / "img" / "a.jpg", (21, 30))
    write_grey(tmp_path / "gt" / "a.png", (LEFT, 1))

    with pytest.raises(ValueError, match=r"a\.png is 30 wide and 20 high, but its photo \(turned upright\) is 30 wide and 21 high"):
        known_set("DAVIS").open(tmp_path, "val").photos[0].read()


def test_a_folder_of_something_else_is_told_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()

    with pytest.raises(ValueError, match="expected data_GT and boundary_GT, lacks data_GT and boundary_GT; found img"):
        known_set("GrabCut").open(tmp_path, "val")


@pytest.mark.slow
def test_our_copy_of_grabcut_reads_the_same_in_the_official_layout(shared: Path, tmp_path: Path) -> None:
    masks = shared / "data" / "eval" / "grabcut" / "masks"

    found = known_set("grabcut").open(write_our_grabcut(shared, tmp_path), "val")

    assert [photo.id for photo in found.photos] == sorted(path.stem for path in masks.iterdir())
    for photo in found.photos:
        np.testing.assert_array_equal(photo.read().labels, read_label_map(masks / f"{photo.id}.png"))
