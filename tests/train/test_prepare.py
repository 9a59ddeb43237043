"""Before a run: a report, a sheet and a list of what is broken, and the same data when it goes on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import read_image, write_label_map
from clickcut.core.progress import lines_by
from clickcut.data.mixture import Part
from clickcut.train.prepare import Preparation
from tests.data.photos import ellipses, write_folder
from tests.train.small import Told

PARTS = (Part("one", 1.0), Part("two", 2.0))


def preparation(tmp_path: Path, data: Path, val: Path | None = None) -> tuple[Preparation, Told]:
    told = Told()
    (tmp_path / "out").mkdir(exist_ok=True)
    return Preparation(data, val, tmp_path / "out", told, lines_by(told)), told


def test_a_folder_of_ones_own_is_told_and_drawn(tmp_path: Path) -> None:
    prepare, told = preparation(tmp_path, write_folder(tmp_path / "mine", 3), write_folder(tmp_path / "val", 2))

    prepared = prepare.prepared(PARTS)

    assert [(part.folder, part.weight, len(one.photos)) for part, one in prepared.parts] == [("mine", 1.0, 3)]
    assert told.lines == [
        "checking mine: 0 of 3",
        "checking mine: 3 of 3",
        f"{tmp_path / 'mine'}: label maps (images/ + masks/)",
        "  3 photos, 6 objects, 2 to 2 a photo, 2 in the middle",
        "  sizes: 3 different ones, from 64 x 48 to 64 x 50",
        "  objects: 0 tiny ones (under 0.5% of their photo, 0% of all)",
        "checking val: 0 of 2",
        "checking val: 2 of 2",
        f"{tmp_path / 'val'}: label maps (images/ + masks/)",
        "  2 photos, 4 objects, 2 to 2 a photo, 2 in the middle",
        "  sizes: 2 different ones, from 64 x 48 to 64 x 49",
        "  objects: 0 tiny ones (under 0.5% of their photo, 0% of all)",
        f"masks over photos: {tmp_path / 'out' / 'data.jpg'}",
        f"masks over photos: {tmp_path / 'out' / 'val.jpg'}",
    ]
    assert read_image(tmp_path / "out" / "data.jpg").shape == (256 + 22 + 12, 3 * (256 + 6) + 6, 3)


def test_the_sets_of_a_recipe_are_checked_one_by_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_folder(tmp_path / "sets" / name, 2)
    prepare, told = preparation(tmp_path, tmp_path / "sets")

    prepared = prepare.prepared(PARTS)

    assert [part for part, _ in prepared.parts] == list(PARTS)
    assert {"checking one: 2 of 2", "checking two: 2 of 2"} <= set(told.lines)


def test_broken_photos_are_all_listed_in_a_file_and_twenty_of_them_told(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "mine", 30)
    for index in range(25):
        (data / "images" / f"photo{index}.png").write_bytes(b"no image")
    prepare, told = preparation(tmp_path, data)

    with pytest.raises(ValueError, match=r"25 photos cannot be trained on, the first is .*; mend or remove what .*broken\.txt lists"):
        prepare.prepared(PARTS)

    assert len((tmp_path / "out" / "broken.txt").read_text().splitlines()) == 25
    assert sum(line.startswith("broken: ") for line in told.lines) == 20
    assert told.lines[-1] == "... and 5 more"
    assert not (tmp_path / "out" / "data.json").exists()


def test_a_broken_val_photo_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    val = write_folder(tmp_path / "val", 2)
    (val / "masks" / "photo1.png").unlink()
    prepare, _ = preparation(tmp_path, write_folder(tmp_path / "mine", 3), val)

    with pytest.raises(ValueError, match=r"1 photo cannot be trained on, the first is photo1\.png has no mask"):
        prepare.prepared(PARTS)


def test_when_all_is_mended_the_list_goes(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "mine", 3)
    (data / "images" / "photo1.png").write_bytes(b"no image")
    prepare, _ = preparation(tmp_path, data)
    with pytest.raises(ValueError, match="cannot be trained on"):
        prepare.prepared(PARTS)
    (data / "images" / "photo1.png").unlink()

    prepare.prepared(PARTS)

    assert not (tmp_path / "out" / "broken.txt").exists()


def test_label_maps_without_any_object_are_refused(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "mine", 2)
    for index in range(2):
        write_label_map(data / "masks" / f"photo{index}.png", np.zeros((48 + index, 64), np.uint8))
    prepare, _ = preparation(tmp_path, data)

    with pytest.raises(ValueError, match=r"--data .*mine: expected objects \(labels 1 to 254\), found none in any photo"):
        prepare.prepared(PARTS)


def test_files_that_were_only_copied_are_read_again_and_found_the_same(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "mine", 2)
    prepare, _ = preparation(tmp_path, data)
    before = prepare.prepared(PARTS)
    os.utime(data / "masks" / "photo1.png", ns=(0, 0))
    prepare, told = preparation(tmp_path, data)

    after = prepare.prepared(PARTS, resume=True)

    assert after.fingerprint == before.fingerprint
    assert "checking mine: 2 of 2" in told.lines


def test_a_run_does_not_go_on_with_other_masks(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "mine", 2)
    preparation(tmp_path, data)[0].prepared(PARTS)
    write_label_map(data / "masks" / "photo1.png", ellipses((49, 64), 1))

    with pytest.raises(ValueError, match="photos or masks have changed since this run began"):
        preparation(tmp_path, data)[0].prepared(PARTS, resume=True)


def test_a_val_photo_that_is_trained_on_is_refused(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "mine", 2)

    with pytest.raises(ValueError, match="--val: 2 of its 2 photos are trained on too"):
        preparation(tmp_path, data, data)[0].prepared(PARTS)
