"""ADE20K: objects and their parts by the blue of several files, as the field's list names them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, write_colours, write_photo, write_pickle

FOLDER = "images/ADE/training/urban/street"


def write_ade20k(root: Path) -> dict[str, Any]:
    write_photo(root / FOLDER / "ADE_train_00000001.jpg")
    whole, parts = np.zeros((*HW, 3), np.uint8), np.zeros((*HW, 3), np.uint8)
    whole[..., 0] = 40  # the class, which says nothing of objects
    whole[LEFT, 2], whole[RIGHT, 2], parts[INNER, 2] = 1, 2, 3
    write_colours(root / FOLDER / "ADE_train_00000001_seg.png", whole)
    write_colours(root / FOLDER / "ADE_train_00000001_parts_1.png", parts)
    layers = [
        {"mask_name": "ADE_train_00000001_seg.png", "instance_to_class": {}, "object_instances": [2], "stuff_instances": [1]},
        {"mask_name": "ADE_train_00000001_parts_1.png", "instance_to_class": {}, "object_instances": [3, 9], "stuff_instances": []},
    ]
    listed: dict[str, Any] = {"ADE_train_00000001": {"folder": PurePosixPath(FOLDER), "layers": layers}}
    write_pickle(root / "train-annotations-object-segmentation.pkl", listed)
    return listed


def test_objects_of_all_layers_come_before_stuff(tmp_path: Path) -> None:
    write_ade20k(tmp_path)

    (photo,) = known_set("ADE20K").open(tmp_path, "train").photos

    sample = read_layered(photo)
    assert [node.is_stuff for node in sample.objects.values()] == [False, False, True]
    for number, mask in enumerate((RIGHT, INNER, LEFT)):
        np.testing.assert_array_equal(sample.mask(number), mask)
    np.testing.assert_array_equal(photo.read().labels, np.where(INNER, 2, RIGHT))


@pytest.mark.parametrize(
    "change",
    [{"folder": "../.."}, {"layers": [{"mask_name": "/etc/x.png", "object_instances": [], "stuff_instances": []}]}, {"layers": [{}]}],
)
def test_a_list_that_leads_elsewhere_or_lacks_something_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    listed = write_ade20k(tmp_path)
    listed["ADE_train_00000001"] |= change
    write_pickle(tmp_path / "train-annotations-object-segmentation.pkl", listed)

    with pytest.raises(ValueError, match=r"segmentation\.pkl: expected a folder and layers for each photo"):
        known_set("ADE20K").open(tmp_path, "train")
