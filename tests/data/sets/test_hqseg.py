"""HQSeg-44K: sub-sets with folders of their own, and images and masks in one folder told apart by their endings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.photos import Split
from clickcut.data.sets.hqseg import SUBSETS
from clickcut.data.sets.known import known_set
from tests.data.sets.official import LEFT, RIGHT, write_grey, write_photo


@pytest.mark.parametrize("split", ["train", "val"])
def test_all_sub_sets_are_read(tmp_path: Path, split: Split) -> None:
    for subset in SUBSETS[split]:
        write_photo(tmp_path / subset.images / "a.jpg")
        write_grey(tmp_path / subset.masks / "a.png", (LEFT, 255), (RIGHT, 100))

    found = known_set("HQSeg-44K").open(tmp_path, split)

    assert [photo.id for photo in found.photos] == [f"{subset.name}/a" for subset in SUBSETS[split]]
    for photo in found.photos:
        np.testing.assert_array_equal(photo.read().labels, LEFT)
    assert not found.problems


def test_sub_sets_that_are_not_there_are_told(tmp_path: Path) -> None:
    write_photo(tmp_path / "DIS5K" / "DIS-VD" / "im" / "a.jpg")
    write_grey(tmp_path / "DIS5K" / "DIS-VD" / "gt" / "a.png", (LEFT, 255))

    found = known_set("HQSeg-44K").open(tmp_path, "val")

    assert [problem.name for problem in found.problems] == ["COIFT", "HRSOD", "ThinObject5K-TE"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected HQSeg-44K's DIS5K/"):
        known_set("HQSeg-44K").open(tmp_path, "train")
