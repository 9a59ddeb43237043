"""RITM's combined annotation: layers, hierarchy and stuff, and files that do not fit together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clickcut.data.layered import OverlappingPhoto, drawn_stuff, read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, png_array, write_coco_lvis, write_pickle


def test_objects_parts_and_stuff_come_as_they_were_combined(tmp_path: Path) -> None:
    (photo,) = known_set("COCO+LVIS").open(write_coco_lvis(tmp_path), "train").photos

    sample = read_layered(photo)

    for number, mask in enumerate((LEFT, RIGHT, INNER)):
        np.testing.assert_array_equal(sample.mask(number), mask)
    assert (sample.objects[1].children, sample.objects[2].parent, sample.roots) == ((2,), 1, (0, 1, 3))
    assert [node.is_stuff for node in sample.objects.values()] == [False, False, False, True]


def test_read_flat_a_part_lies_over_its_whole_and_stuff_is_background(tmp_path: Path) -> None:
    (photo,) = known_set("COCO+LVIS").open(write_coco_lvis(tmp_path), "train").photos

    np.testing.assert_array_equal(photo.read().labels, np.where(INNER, 3, np.where(RIGHT, 2, LEFT)))


def test_stuff_that_is_not_drawn_goes(tmp_path: Path) -> None:
    (photo,) = known_set("COCO+LVIS").open(write_coco_lvis(tmp_path), "train").photos

    without = drawn_stuff(read_layered(photo), 0.0, np.random.default_rng(0))

    assert tuple(without.objects) == (0, 1, 2)
    assert without.background()[-1].all()


def entry(num: Any, nodes: Any) -> dict[str, Any]:
    return {"num_instance_masks": num, "hierarchy": nodes}


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ([1], "expected a dictionary of photos, got list"),
        ({"a": 3}, "expected num_instance_masks and hierarchy for 'a'"),
        ({"a": entry(1, {0: {"parent": 5}})}, "object 0 is a part of 5, of 1 objects"),
        ({"a": entry(2, {0: {"parent": 1}, 1: {"parent": 0}})}, "is a part of itself"),
        ({"../../../a": entry(1, {})}, "which is not within"),
    ],
)
def test_lists_that_make_no_sense_are_refused(tmp_path: Path, listed: object, told: str) -> None:
    write_coco_lvis(tmp_path)
    write_pickle(tmp_path / "train" / "hannotation.pickle", listed)

    with pytest.raises(ValueError, match=told):
        known_set("COCO+LVIS").open(tmp_path, "train")


PNG = png_array(np.zeros(HW, np.uint8))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (([PNG], [(0, 1), (0, 2)]), "expected 3 objects or more, got 2"),
        (([PNG], [(0, 1), (0, 2), (1, 1)]), "names value 1 in layer 1, of 1 layers"),
        (([], []), "expected 1 to 256 layers, got 0"),
        (([b"no png"], [(0, 1)] * 3), "layer 0 is not an image"),
        (([png_array(np.zeros((5, 5), np.uint8))], [(0, 1)] * 3), "layer 0 is 5 wide and 5 high"),
        (7, "expected layers and objects"),
    ],
)
def test_layers_that_do_not_fit_are_told_with_their_file(tmp_path: Path, content: object, told: str) -> None:
    (photo,) = known_set("COCO+LVIS").open(write_coco_lvis(tmp_path), "train").photos
    write_pickle(tmp_path / "train" / "masks" / "000000000009.pickle", content)

    with pytest.raises(ValueError, match=rf"000000000009\.pickle.*{told}"):
        photo.read()


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def test_a_list_that_would_run_something_is_refused(tmp_path: Path) -> None:
    write_coco_lvis(tmp_path)
    write_pickle(tmp_path / "train" / "hannotation.pickle", {"a": Harmful()})

    with pytest.raises(ValueError, match="nothing that a file names is run"):
        known_set("COCO+LVIS").open(tmp_path, "train")


def test_its_photos_say_that_objects_overlap(tmp_path: Path) -> None:
    (photo,) = known_set("COCO+LVIS").open(write_coco_lvis(tmp_path), "train").photos

    assert isinstance(photo, OverlappingPhoto)
