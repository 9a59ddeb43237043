from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import write_label_map
from clickcut.evaluate.benchmark import benchmark_objects, labels_sha256
from clickcut.evaluate.protocol import Protocol
from tests.evaluate.fakes import HW, labelled_folder

ALL = [("a.png", 1), ("a.png", 7), ("b.png", 1), ("c.png", 3), ("c.png", 254)]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (Protocol(), ALL),
        (Protocol(every=2), [ALL[0], ALL[2], ALL[4]]),
        (Protocol(limit=3), ALL[:3]),
        (Protocol(every=2, limit=2), [ALL[0], ALL[2]]),  # the limit counts what every leaves
        (Protocol(limit=99), ALL),
    ],
)
def test_objects_come_by_photo_and_id_without_ignored_pixels(tmp_path: Path, protocol: Protocol, expected: list[tuple[str, int]]) -> None:
    objects = benchmark_objects(labelled_folder(tmp_path), protocol)

    assert [one.key for one in objects] == expected


def test_a_folder_without_objects_is_refused(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path)
    for path in (folder / "masks").iterdir():
        write_label_map(path, np.full(HW, 255, np.uint8))

    with pytest.raises(ValueError, match="found none in any of them"):
        benchmark_objects(folder, Protocol())


def test_a_mask_without_a_photo_is_refused(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path)
    (folder / "images" / "b.png").unlink()

    with pytest.raises(ValueError, match="1 masks have no photo of the same name, the first is b"):
        benchmark_objects(folder, Protocol())


def test_two_photos_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path)
    (folder / "images" / "b.jpg").write_bytes((folder / "images" / "b.png").read_bytes())

    with pytest.raises(ValueError, match="more than one file, the first is b"):
        benchmark_objects(folder, Protocol())


def test_the_fingerprint_changes_with_a_label_map(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path)
    before = labels_sha256(benchmark_objects(folder, Protocol()))

    write_label_map(folder / "masks" / "b.png", np.ones(HW, np.uint8))

    assert before != labels_sha256(benchmark_objects(folder, Protocol()))
