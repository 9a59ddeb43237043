"""SBD's MATLAB files: instance maps, the sparse objects that are not trained on, and files that were made to harm."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from clickcut.data.sets import sbd
from clickcut.data.sets.known import known_set
from clickcut.data.sets.sbd import instance_map
from tests.data.formats import HW
from tests.data.sets.official import INNER, LEFT, RIGHT, write_sbd


def test_every_number_of_a_map_is_an_object(tmp_path: Path) -> None:
    write_sbd(tmp_path / "SBD" / "dataset", {"2008_000002": [LEFT, RIGHT, INNER], "2008_000007": [LEFT]})

    found = known_set("SBD").open(tmp_path, "val")

    assert [photo.id for photo in found.photos] == ["2008_000002", "2008_000007"]
    np.testing.assert_array_equal(found.photos[0].read().labels, np.where(INNER, 3, np.where(RIGHT, 2, LEFT)))


def test_sparse_objects_are_measured_on_but_not_trained_on(tmp_path: Path) -> None:
    sparse = np.zeros(HW, np.bool_)
    sparse[0, 0] = sparse[-1, -1] = True
    write_sbd(tmp_path, {"a": [LEFT, sparse]}, split="train")
    known = known_set("SBD")

    measured, trained = known.open(tmp_path, "train").photos[0], known.open_to_train(tmp_path, "train").photos[0]

    assert set(np.unique(measured.read().labels)) == {0, 1, 2}
    np.testing.assert_array_equal(trained.read().labels, LEFT)


def test_photos_that_are_listed_but_not_there_are_told(tmp_path: Path) -> None:
    write_sbd(tmp_path, {"a": [LEFT], "b": [LEFT]})
    (tmp_path / "inst" / "b.mat").unlink()

    found = known_set("SBD").open(tmp_path, "val")

    assert [photo.id for photo in found.photos] == ["a"]
    assert [str(problem) for problem in found.problems] == [f"b lacks {tmp_path / 'inst' / 'b.mat'}"]


def test_a_list_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    write_sbd(tmp_path / "SBD", {"a": [LEFT]})
    (tmp_path / "SBD" / "val.txt").write_text("../../a\n")

    with pytest.raises(ValueError, match="which is not within"):
        known_set("SBD").open(tmp_path / "SBD", "val")


@pytest.mark.parametrize("content", [b"", b"no matlab", bytes(126) + b"IM" + b"\x0f\0\0\0\x10\0\0\0" + b"x" * 16])
def test_files_that_are_no_maps_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mat").write_bytes(content)

    with pytest.raises(ValueError, match=r"a\.mat: expected a MATLAB file with GTinst\.Segmentation"):
        instance_map(tmp_path / "a.mat")


def test_a_file_without_a_map_is_named(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"GTcls": 1})

    with pytest.raises(ValueError, match=r"a\.mat: expected a MATLAB file with GTinst\.Segmentation"):
        instance_map(tmp_path / "a.mat")


def test_a_small_file_cannot_unpack_to_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbd, "_MOST_BYTES", 1 << 20)
    packed = zlib.compress(bytes(2 << 20))
    (tmp_path / "a.mat").write_bytes(bytes(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(packed)) + packed)

    with pytest.raises(ValueError, match="it unpacks to more than 1 MiB"):
        instance_map(tmp_path / "a.mat")
