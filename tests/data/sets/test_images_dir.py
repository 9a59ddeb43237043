"""RITM's folder of own photos: a mask a photo or one an object."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.sets.official import INNER, LEFT, RIGHT, write_grey, write_photo


def test_each_mask_is_an_object_and_128_is_ignored_for_all(tmp_path: Path) -> None:
    write_photo(tmp_path / "images" / "a.jpg")
    write_grey(tmp_path / "masks" / "a_10.png", (INNER, 255))
    write_grey(tmp_path / "masks" / "a_2.png", (LEFT, 128), (RIGHT, 200))

    (photo,) = known_set("ImagesDir").open(tmp_path, "train").photos

    sample = read_layered(photo)
    np.testing.assert_array_equal(sample.target(0), np.where(LEFT, -1, RIGHT))
    np.testing.assert_array_equal(sample.target(1), np.where(LEFT, -1, INNER))
    np.testing.assert_array_equal(photo.read().labels, np.where(LEFT, 255, np.where(INNER, 2, RIGHT)))


def test_a_number_at_a_photos_own_name_is_no_object(tmp_path: Path) -> None:
    for name in ("cat", "cat_1", "dog"):
        write_photo(tmp_path / "images" / f"{name}.jpg")
    for name in ("cat", "cat_1"):
        write_grey(tmp_path / "masks" / f"{name}.png", (LEFT, 255))

    found = known_set("ImagesDir").open(tmp_path, "train")

    assert [(photo.id, len(photo.files)) for photo in found.photos] == [("cat", 2), ("cat_1", 2)]
    assert [str(problem) for problem in found.problems] == ["dog.jpg has no mask"]
