"""OpenImages: a mask an object, of other sizes than the photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.layered import read_layered
from clickcut.data.sets.known import known_set
from tests.data.formats import HW
from tests.data.sets.official import LEFT, RIGHT, write_grey, write_photo, write_pickle


def write_open_images(root: Path, masks: dict[str, list[str]]) -> None:
    listed = {"image_id_to_masks": masks, "dataset_samples": list(masks)}
    write_pickle(root / "val" / "val-annotations-object-segmentation_clean.pkl", listed)


def test_photo_and_masks_are_brought_to_their_least_size(tmp_path: Path) -> None:
    large = np.kron(LEFT, np.ones((2, 2), np.bool_))
    write_photo(tmp_path / "val" / "images" / "0001.jpg", (2 * HW[0], HW[1] + 10))
    write_grey(tmp_path / "val" / "masks" / "0001_m_0.png", (large, 255), hw=(2 * HW[0], 2 * HW[1]))
    write_grey(tmp_path / "val" / "masks" / "0001_m_1.png", (RIGHT, 1))
    write_open_images(tmp_path, {"0001": ["0001_m_0.png", "0001_m_1.png"]})

    (photo,) = known_set("OpenImages").open(tmp_path, "val").photos

    sample = read_layered(photo)
    assert sample.hw == HW
    np.testing.assert_array_equal(sample.mask(0), LEFT)
    np.testing.assert_array_equal(sample.mask(1), RIGHT)


def test_a_list_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    write_photo(tmp_path / "val" / "images" / "0001.jpg")
    (tmp_path / "val" / "masks").mkdir()
    write_open_images(tmp_path, {"0001": ["/etc/passwd"]})

    with pytest.raises(ValueError, match="which is not within"):
        known_set("OpenImages").open(tmp_path, "val")
