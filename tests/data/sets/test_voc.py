"""Pascal VOC: the field's greys with their collisions, the exact objects beside them, and RITM's list of objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.core.masks import object_ids
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, voc_palette, write_pickle, write_voc

GREY_OF_1 = 38  # of (128, 0, 0), as OpenCV rounds 0.299 * 128
GREY_OF_2 = 75  # of (0, 128, 0)


def places(*some: tuple[np.ndarray, int]) -> np.ndarray:
    values = np.zeros(HW, np.uint8)
    for mask, place in some:
        values[mask] = place
    return values


def test_greys_are_objects_and_the_line_about_them_is_ignored(tmp_path: Path) -> None:
    write_voc(tmp_path / "VOC2012", {"2007_000032": places((LEFT, 1), (RIGHT, 255), (INNER, 2))})

    (photo,) = known_set("PascalVOC").open(tmp_path, "val").photos

    labels = photo.read().labels
    assert object_ids(labels) == (GREY_OF_1, GREY_OF_2)
    np.testing.assert_array_equal(labels == 255, RIGHT & ~INNER)


def test_six_pairs_of_the_first_57_objects_have_one_grey_and_the_exact_reader_keeps_them_apart(tmp_path: Path) -> None:
    row = np.arange(58, dtype=np.uint8)[None].repeat(2, axis=0)
    write_voc(tmp_path, {"a": row})

    by_grey = known_set("PascalVOC").open(tmp_path, "val").photos[0].read().labels[0]
    exact = known_set("PascalVOC-exact").open(tmp_path, "val").photos[0].read().labels[0]

    alike = [(one, other) for one in range(58) for other in range(one + 1, 58) if by_grey[one] == by_grey[other]]
    assert alike == [(1, 16), (3, 18), (6, 21), (9, 24), (39, 54), (42, 57)]
    np.testing.assert_array_equal(exact, np.arange(58))


def test_the_exact_reader_ignores_the_last_place(tmp_path: Path) -> None:
    write_voc(tmp_path, {"a": places((LEFT, 1), (RIGHT, 255))})

    labels = known_set("PascalVOC-exact").open(tmp_path, "val").photos[0].read().labels

    np.testing.assert_array_equal(labels, np.where(RIGHT, 255, LEFT))


@pytest.mark.parametrize("greys", [[GREY_OF_1, GREY_OF_2], [np.uint8(GREY_OF_1), np.array([GREY_OF_2])]])
def test_ritms_list_gives_a_photo_an_object(tmp_path: Path, greys: list[object]) -> None:
    write_voc(tmp_path, {"a": places((LEFT, 1), (RIGHT, 255), (INNER, 2))})
    write_pickle(tmp_path / "ImageSets" / "Segmentation" / "test.pickle", (["a", "a"], greys))

    first, second = known_set("PascalVOC-list").open(tmp_path, "val").photos

    assert (first.id, second.id) == (f"a-{GREY_OF_1}", f"a-{GREY_OF_2}")
    assert object_ids(second.read().labels) == (GREY_OF_2,)
    np.testing.assert_array_equal(first.read().labels == 255, RIGHT & ~INNER)


def test_a_list_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_voc(tmp_path, {"a": places((LEFT, 1))})
    write_pickle(tmp_path / "ImageSets" / "Segmentation" / "test.pickle", (["a", "b"], [1]))

    with pytest.raises(ValueError, match=r"test\.pickle: expected names of images, and as many greys"):
        known_set("PascalVOC-list").open(tmp_path, "val")


def test_the_palette_of_these_tests_is_vocs() -> None:
    palette = np.array(voc_palette()).reshape(-1, 3)

    assert palette[[1, 2, 8, 15, 255]].tolist() == [[128, 0, 0], [0, 128, 0], [64, 0, 0], [192, 128, 128], [224, 224, 192]]
