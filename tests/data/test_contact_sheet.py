"""Contact sheets: masks lie over their photos, and sheets stay small however many photos there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.data.contact_sheet import NUM_PHOTOS, contact_sheet, tinted
from clickcut.data.folders import Sample, labelled_photos
from tests.data.photos import write_folder


def test_objects_are_tinted_each_in_its_own_colour_and_the_rest_is_the_photo() -> None:
    labels = np.zeros((40, 60), np.uint8)
    labels[5:15, 5:15], labels[20:30, 40:50], labels[35:] = 1, 9, 255
    grey = np.full((40, 60, 3), 120, np.uint8)

    picture = tinted(Sample("a", grey, labels)).astype(int)

    np.testing.assert_array_equal(picture[labels == 0], 120)
    first, second = picture[10, 10], picture[25, 45]
    assert np.abs(first - second).max() > 50
    assert np.abs(first - 120).max() > 40
    assert (picture[5, 10] == 255).all()
    assert set(np.unique(picture[36:])) == {60, 160}  # stripes
    assert (grey == 120).all()


@pytest.mark.parametrize(("num_photos", "rows", "columns"), [(1, 1, 1), (3, 1, 3), (7, 2, 5), (50, 4, 5)])
def test_a_sheet_has_as_many_tiles_as_it_needs_and_twenty_at_most(tmp_path: Path, num_photos: int, rows: int, columns: int) -> None:
    photos = labelled_photos(write_folder(tmp_path, num_photos))

    height, width = contact_sheet(photos).shape[:2]

    assert (height - 6) / (256 + 22 + 6) == rows
    assert (width - 6) / (256 + 6) == columns
    assert NUM_PHOTOS == 20


def test_a_tile_shows_its_photo_with_its_objects(tmp_path: Path) -> None:
    photos = labelled_photos(write_folder(tmp_path, 1))  # bright ellipses on dark, 48 x 64

    sheet = contact_sheet(photos)

    tile = sheet[6 : 6 + 256, 6 : 6 + 256].astype(int)
    assert np.ptp(tile[128, 64]) > 60  # the left ellipse is coloured
    assert tile[:20].min() == 250  # paper above a photo that is wider than high


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expected photos for a contact sheet, got none"):
        contact_sheet([])
