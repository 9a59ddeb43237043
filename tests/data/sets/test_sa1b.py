"""SA-1B: a JSON of run lengths beside each photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW, packed
from tests.data.sets.official import INNER, LEFT, RIGHT, write_json, write_photo


def test_objects_that_overlap_are_all_there(tmp_path: Path) -> None:
    write_photo(tmp_path / "sa_000020" / "sa_223750.jpg")
    annotations = [{"id": n, "segmentation": {"size": list(HW), "counts": packed(mask)}} for n, mask in enumerate((RIGHT, INNER, LEFT))]
    image = {"image_id": 223750, "height": HW[0], "width": HW[1], "file_name": "sa_223750.jpg"}
    write_json(tmp_path / "sa_000020" / "sa_223750.json", {"image": image, "annotations": annotations})

    (photo,) = known_set("SA-1B").open(tmp_path, "train").photos

    sample = read_layered(photo)
    assert photo.id == "sa_000020/sa_223750"
    for number, mask in enumerate((RIGHT, INNER, LEFT)):
        np.testing.assert_array_equal(sample.mask(number), mask)
    np.testing.assert_array_equal(photo.read().labels, np.where(INNER, 2, np.where(LEFT, 3, RIGHT)))


@pytest.mark.parametrize("content", [{}, [], {"annotations": [{"segmentation": {"size": [5, 5], "counts": "0"}}]}])
def test_a_file_of_something_else_is_named(tmp_path: Path, content: object) -> None:
    write_photo(tmp_path / "sa_1.jpg")
    write_json(tmp_path / "sa_1.json", content)

    with pytest.raises(ValueError, match=r"sa_1\.json: expected annotations with a segmentation each"):
        known_set("SA-1B").open(tmp_path, "train").photos[0].read()
