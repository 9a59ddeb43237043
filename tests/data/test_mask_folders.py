"""Masks in files: label maps and masks an object, their spellings, and what grey values mean."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from clickcut.core.images import write_image, write_label_map, write_mask
from clickcut.data.mask_folders import open_mask_folders, open_side_by_side
from clickcut.data.photos import LabelledSet
from tests.data.formats import HW, covered, write_photo_only
from tests.data.photos import ellipses

FIRST, SECOND = covered(HW, 1, 1, 15, 15), covered(HW, 5, 5, 10, 20)


def write_masks(folder: Path, *masks: str) -> None:
    for index, name in enumerate(masks):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_mask(folder / name, (FIRST, SECOND)[index % 2])


def opened(folder: Path) -> LabelledSet:
    return open_mask_folders(folder, folder / "images", folder / "masks")


@pytest.mark.parametrize(
    "names",
    [
        ("a_1.png", "a_2.png"),
        ("a-0.png", "a-1.png"),
        ("a_9.png", "a_10.png"),
        ("a_mask_1.png", "a_mask_2.png"),
        ("a/first.png", "a/second.png"),
        ("a/2.png", "a/10.png"),
    ],
)
def test_a_mask_an_object_makes_a_label_map_of_them_all(tmp_path: Path, names: tuple[str, str]) -> None:
    write_photo_only(tmp_path / "images" / "a.png")
    write_masks(tmp_path / "masks", *names)

    found = opened(tmp_path)

    # The smaller lies on the larger.
    np.testing.assert_array_equal(found.photos[0].read().labels, np.where(SECOND & ~FIRST, 2, np.where(SECOND, 2, FIRST)))
    assert found.format == "one mask an object (images/ + masks/)"
    assert found.photos[0].files == (tmp_path / "images" / "a.png", *(tmp_path / "masks" / name for name in names))


@pytest.mark.parametrize("name", ["a.png", "a_mask.png", "a-GT.png", "a.labels.png"])
def test_one_mask_may_carry_a_word_behind_its_photos_name(tmp_path: Path, name: str) -> None:
    write_photo_only(tmp_path / "images" / "a.png")
    (tmp_path / "masks").mkdir()
    write_label_map(tmp_path / "masks" / name, ellipses(HW))

    np.testing.assert_array_equal(opened(tmp_path).photos[0].read().labels, ellipses(HW))


def test_a_photos_own_name_goes_before_a_number_behind_anothers(tmp_path: Path) -> None:
    for name in ("a", "a_1"):
        write_photo_only(tmp_path / "images" / f"{name}.png")
    write_masks(tmp_path / "masks", "a.png", "a_1.png")

    assert [len(photo.files) for photo in opened(tmp_path).photos] == [2, 2]


def test_masks_of_0_and_255_are_objects_and_not_ignored_pixels(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_photo_only(tmp_path / "images" / f"{name}.png")
    write_masks(tmp_path / "masks", "a.png", "b.png")

    found = opened(tmp_path)

    assert found.format == "one mask a photo, not 0 on the object (images/ + masks/)"
    np.testing.assert_array_equal(found.photos[0].read().labels, FIRST)


def test_255_is_ignored_where_other_label_maps_of_the_set_have_objects(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_photo_only(tmp_path / "images" / f"{name}.png")
    write_masks(tmp_path / "masks", "a.png")
    write_label_map(tmp_path / "masks" / "b.png", ellipses(HW))

    found = opened(tmp_path)

    assert found.format == "label maps (images/ + masks/)"
    assert set(np.unique(found.photos[0].read().labels)) == {0, 255}


def test_masks_with_soft_edges_are_cut_in_the_middle(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "images" / "a.png", (100, 120))
    mask = 255 * covered((100, 120), 20, 20, 80, 90).astype(np.uint8)
    (tmp_path / "masks").mkdir()
    write_label_map(tmp_path / "masks" / "a.png", cv2.GaussianBlur(mask, (0, 0), 2).astype(np.uint8))

    found = opened(tmp_path)

    assert found.format.startswith("one mask a photo, above 127")
    labels = found.photos[0].read().labels
    assert set(np.unique(labels)) == {0, 1}
    assert np.mean(labels == (mask > 0)) > 0.99


def test_masks_saved_as_jpeg_are_read(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "images" / "a.png")
    (tmp_path / "masks").mkdir()
    write_image(tmp_path / "masks" / "a.jpg", 255 * FIRST.astype(np.uint8))

    assert np.mean(opened(tmp_path).photos[0].read().labels == FIRST) > 0.98


def test_photos_without_a_mask_and_masks_without_a_photo_are_told(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_photo_only(tmp_path / "images" / f"{name}.png")
    write_masks(tmp_path / "masks", "a.png", "elsewhere.png", "c.png", "c_1.png")
    write_photo_only(tmp_path / "images" / "a.jpg")

    found = opened(tmp_path)

    assert [str(problem) for problem in found.problems] == [
        "more than one photo is named a, told apart by their endings alone",
        "b.png has no mask",
        "c.png has more than one mask that could be meant: c.png, c_1.png",
    ]
    assert found.notes == ("1 masks have no photo, the first is elsewhere.png",)


def test_a_folder_for_a_photo_may_be_empty(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "images" / "a.png")
    (tmp_path / "masks" / "a").mkdir(parents=True)

    assert opened(tmp_path).photos[0].read().labels.max() == 0


@pytest.mark.parametrize(("photo", "mask"), [("a.jpg", "a.png"), ("a.png", "a_mask.png"), ("a.jpg", "a_gt.png"), ("a_1.jpg", "a_1.png")])
def test_photos_and_masks_side_by_side_find_each_other(tmp_path: Path, photo: str, mask: str) -> None:
    write_photo_only(tmp_path / photo)
    write_label_map(tmp_path / mask, ellipses(HW))

    found = open_side_by_side(tmp_path)

    assert found is not None
    (one,) = found.photos
    assert one.image_path.name == photo
    np.testing.assert_array_equal(one.read().labels, ellipses(HW))


def test_several_masks_side_by_side_are_objects(tmp_path: Path) -> None:
    write_photo_only(tmp_path / "a.jpg")
    write_masks(tmp_path, "a_mask_1.png", "a_mask_2.png")

    found = open_side_by_side(tmp_path)

    assert found is not None
    assert set(np.unique(found.photos[0].read().labels)) == {0, 1, 2}


def test_numbered_photos_alone_are_no_masks_of_each_other(tmp_path: Path) -> None:
    for name in ("a.png", "a_1.png", "a_2.png"):
        write_photo_only(tmp_path / name)

    assert open_side_by_side(tmp_path) is None
