"""Cityscapes: instances by 16-bit values, groups that are ignored, and stuff."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, write_photo


def test_instances_are_objects_groups_are_ignored_and_the_road_is_stuff(tmp_path: Path) -> None:
    name = "frankfurt_000000_000294"
    write_photo(tmp_path / "leftImg8bit" / "val" / "frankfurt" / f"{name}_leftImg8bit.png")
    values = np.full(HW, 7, np.uint16)  # road
    values[0], values[LEFT], values[RIGHT], values[INNER] = 3, 26_000, 24, 26_001
    folder = tmp_path / "gtFine" / "val" / "frankfurt"
    folder.mkdir(parents=True)
    Image.fromarray(values).save(folder / f"{name}_gtFine_instanceIds.png")

    (photo,) = known_set("Cityscapes").open(tmp_path, "val").photos

    sample = read_layered(photo)
    assert photo.id == f"frankfurt/{name}"
    assert [node.is_stuff for node in sample.objects.values()] == [False, False, True]
    np.testing.assert_array_equal(sample.mask(0), LEFT)
    np.testing.assert_array_equal(sample.mask(1), INNER)
    np.testing.assert_array_equal(sample.mask(2), values == 7)
    np.testing.assert_array_equal(sample.ignored(), (values == 3) | (values == 24))
    np.testing.assert_array_equal(photo.read().labels == 255, sample.ignored())
