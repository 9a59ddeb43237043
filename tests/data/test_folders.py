"""Labelled folders: photos and label maps find each other by name, and what is missing is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import write_image
from clickcut.data.folders import labelled_photos
from tests.data.photos import ellipses, ramp, write_folder, write_photo


def test_photos_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_photo(tmp_path, name, ramp((8, 9)), ellipses((8, 9)))

    assert [photo.id for photo in labelled_photos(tmp_path)] == ["a", "b", "c"]


def test_a_photo_and_its_mask_may_have_other_suffixes(tmp_path: Path) -> None:
    write_photo(tmp_path, "a", ramp((8, 9)), ellipses((8, 9)))
    (tmp_path / "images" / "a.png").unlink()
    write_image(tmp_path / "images" / "a.JPG", ramp((8, 9)))

    (photo,) = labelled_photos(tmp_path)

    assert photo.image_path.name == "a.JPG"
    assert photo.labels_path.name == "a.png"


def test_reading_gives_pixels_and_labels_as_written(tmp_path: Path) -> None:
    labels = ellipses((20, 30))
    labels[0] = 255
    write_photo(tmp_path, "a", ramp((20, 30)), labels)

    sample = labelled_photos(tmp_path)[0].read()

    assert sample.id == "a"
    np.testing.assert_array_equal(sample.image, ramp((20, 30)))
    np.testing.assert_array_equal(sample.labels, labels)


def test_reading_refuses_a_mask_of_another_size(tmp_path: Path) -> None:
    write_photo(tmp_path, "a", ramp((20, 30)), ellipses((20, 31)))

    with pytest.raises(ValueError, match=r"a\.png"):
        labelled_photos(tmp_path)[0].read()


def test_files_that_are_no_images_are_passed_over(tmp_path: Path) -> None:
    write_folder(tmp_path, 2)
    (tmp_path / "images" / "notes.txt").write_text("about the photos")
    (tmp_path / "masks" / "spare.png").write_bytes(b"a mask without a photo")

    assert len(labelled_photos(tmp_path)) == 2


@pytest.mark.parametrize("missing", ["", "images", "masks"])
def test_a_missing_folder_is_named(tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "set"
    for name in {"images", "masks"} - {missing}:
        if missing:
            (folder / name).mkdir(parents=True)

    with pytest.raises(ValueError, match=f"{folder / missing}: expected a folder with images/ and masks/"):
        labelled_photos(folder)


def test_photos_without_a_mask_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    for name in ("photo1", "photo2"):
        (tmp_path / "masks" / f"{name}.png").unlink()

    with pytest.raises(ValueError, match=r"2 photos have no mask of the same name, the first is photo1\.png"):
        labelled_photos(tmp_path)


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()

    with pytest.raises(ValueError, match="expected photos, found none"):
        labelled_photos(tmp_path)
