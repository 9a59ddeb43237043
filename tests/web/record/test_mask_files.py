"""Kept masks: written once, read to the pixel, and named by what they hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.web.record.cuts import cut_of
from clickcut.web.record.mask_files import MaskFiles
from tests.web.live import disk


def test_a_mask_comes_back_from_the_disk(tmp_path: Path) -> None:
    cut = cut_of(disk((90, 130), (40, 70), 21))
    assert cut is not None

    kept = MaskFiles(tmp_path / "masks").keep(cut)
    read = MaskFiles(tmp_path / "masks").read(kept)

    assert (kept.box, kept.area) == (cut.box, cut.mask.sum())
    assert (read.mask == cut.mask).all()


def test_the_same_mask_is_one_file_and_another_place_another(tmp_path: Path) -> None:
    files = MaskFiles(tmp_path)
    here, there = cut_of(np.ones((2, 3), np.bool_)), cut_of(np.ones((2, 3), np.bool_), top=1)
    assert here is not None
    assert there is not None

    assert files.keep(here) == files.keep(here)
    assert files.keep(here) != files.keep(there)
    assert len(list(tmp_path.iterdir())) == 2


def test_other_programs_see_it_as_a_picture(tmp_path: Path) -> None:
    cut = cut_of(disk((90, 130), (40, 70), 21))
    assert cut is not None

    kept = MaskFiles(tmp_path).keep(cut)

    with Image.open(tmp_path / f"{kept.digest}.png") as image:
        assert (image.mode, image.size) == ("1", (43, 43))


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    cut = cut_of(np.ones((2, 3), np.bool_))
    assert cut is not None
    kept = MaskFiles(tmp_path).keep(cut)
    path = tmp_path / f"{kept.digest}.png"

    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=kept.digest):
        MaskFiles(tmp_path).read(kept)
    path.unlink()
    with pytest.raises(ValueError, match=kept.digest):
        MaskFiles(tmp_path).read(kept)


def test_clearing_leaves_the_masks_that_are_used_and_nothing_else(tmp_path: Path) -> None:
    files = MaskFiles(tmp_path)
    cuts = [cut_of(np.ones((2, 3), np.bool_), top=top) for top in range(3)]
    used, *_ = [files.keep(cut) for cut in cuts if cut is not None]
    (tmp_path / ".0123.png.89ab.part").write_bytes(b"half of it")

    assert files.clear({used.digest}) == 3

    assert [path.name for path in tmp_path.iterdir()] == [f"{used.digest}.png"]


def test_clearing_a_folder_that_was_never_made_does_nothing(tmp_path: Path) -> None:
    assert MaskFiles(tmp_path / "masks").clear(set()) == 0
