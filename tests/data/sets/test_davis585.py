"""DAVIS-585: several objects of a frame, each with masks to begin with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.photos import StartedPhoto
from clickcut.data.sets.known import known_set
from tests.data.sets.official import INNER, LEFT, RIGHT, write_grey, write_photo


def write_sequence(root: Path) -> Path:
    write_photo(root / "bear" / "00009.jpg")
    for name, mask, sp, stm in (("object1", LEFT, INNER, RIGHT), ("object2", RIGHT, LEFT, INNER)):
        write_grey(root / "bear" / f"{name}_00009.png", (mask, 255))
        write_grey(root / "bear" / f"init_sp_{name}_00009.png", (sp, 255))
        write_grey(root / "bear" / f"init_stm_{name}_00009.png", (stm, 255))
    return root


@pytest.mark.parametrize(("name", "starts"), [("DAVIS-585", (INNER, LEFT)), ("davis585-stm", (RIGHT, INNER))])
def test_every_object_is_a_photo_with_a_starting_mask(tmp_path: Path, name: str, starts: tuple[np.ndarray, np.ndarray]) -> None:
    photos = known_set(name).open(write_sequence(tmp_path), "val").photos

    assert [photo.id for photo in photos] == ["bear/object1_00009", "bear/object2_00009"]
    for photo, mask, start in zip(photos, (LEFT, RIGHT), starts, strict=True):
        assert isinstance(photo, StartedPhoto)
        np.testing.assert_array_equal(photo.read().labels, mask)
        np.testing.assert_array_equal(photo.start_mask(1), start)


def test_an_object_without_its_starting_mask_is_told(tmp_path: Path) -> None:
    (write_sequence(tmp_path) / "bear" / "init_sp_object2_00009.png").unlink()

    found = known_set("DAVIS-585").open(tmp_path, "val")

    assert len(found.photos) == 1
    assert [problem.name for problem in found.problems] == ["bear/object2_00009"]


def test_an_object_that_is_none_has_no_starting_mask(tmp_path: Path) -> None:
    photo = known_set("DAVIS-585").open(write_sequence(tmp_path), "val").photos[0]

    assert isinstance(photo, StartedPhoto)
    with pytest.raises(ValueError, match="expected object 1, its only one, got 2"):
        photo.start_mask(2)
