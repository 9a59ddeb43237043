from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import write_label_map
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredObject, LayeredSample
from clickcut.evaluate.benchmark import benchmark_objects, labels_sha256, objects_of, read_sample, target_in
from clickcut.evaluate.protocol import Protocol
from tests.evaluate.fakes import HW, labelled_folder, labels_with

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


@dataclass(frozen=True)
class OverlappingPhoto:
    """Two objects, the second a part of the first, in two layers; labels and pixels are made up, their files are not."""

    id: str
    image_path: Path
    labels_path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.labels_path

    def read(self) -> Sample:
        raise AssertionError("flat labels cannot hold objects that overlap")

    def read_layered(self) -> LayeredSample:
        layers = np.stack([labels_with([(1, slice(0, 20), slice(0, 20))]), labels_with([(1, slice(5, 10), slice(5, 10))])], axis=-1)
        objects = {3: LayeredObject(0, 1, children=(8,)), 8: LayeredObject(1, 1, parent=3)}
        return LayeredSample(self.id, np.zeros((*HW, 3), np.uint8), layers, objects)


def _overlapping(tmp_path: Path, *ids: str) -> list[OverlappingPhoto]:
    labels = tmp_path / "labels.json"
    labels.write_text("{}")
    return [OverlappingPhoto(name, tmp_path / Path(name).parent.name / "photo.jpg", labels) for name in ids]


def test_objects_that_overlap_are_each_whole(tmp_path: Path) -> None:
    (photo,) = _overlapping(tmp_path, "a")

    objects = objects_of([photo], Protocol(), tmp_path)

    assert [one.object_id for one in objects] == [3, 8]
    sample = read_sample(photo)
    assert [int((target_in(sample, one.object_id) == 1).sum()) for one in objects] == [400, 25]


def test_photos_of_equal_file_names_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    objects = objects_of(_overlapping(tmp_path, "thin/photo", "thick/photo"), Protocol(every=2), tmp_path)

    assert [one.key for one in objects] == [("thin/photo", 3), ("thick/photo", 3)]


def test_no_more_photos_are_looked_into_than_the_limit_needs(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    objects_of(_overlapping(tmp_path, "a/photo", "b/photo", "c/photo"), Protocol(limit=3), tmp_path, lambda *counts: told.append(counts))

    assert told == [(1, 3), (2, 3)]


def test_one_file_with_the_labels_of_all_photos_is_in_the_fingerprint(tmp_path: Path) -> None:
    objects = objects_of(_overlapping(tmp_path, "a/photo", "b/photo"), Protocol(), tmp_path)
    before = labels_sha256(objects)

    (tmp_path / "labels.json").write_text("[]")

    assert before != labels_sha256(objects)


def test_the_fingerprint_of_label_maps_is_the_one_in_results_from_before(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path)
    digest = hashlib.sha256()
    for name in ("a", "b", "c"):
        digest.update(f"{name}.png {hashlib.sha256((folder / 'masks' / f'{name}.png').read_bytes()).hexdigest()}\n".encode())

    assert labels_sha256(benchmark_objects(folder, Protocol())) == digest.hexdigest()


def test_other_formats_are_measured_too(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path / "first")
    (folder / "masks").rename(folder / "SegmentationObject")
    (folder / "images").rename(folder / "JPEGImages")

    assert [one.key for one in benchmark_objects(folder, Protocol())] == ALL


def test_other_formats_do_not_lose_photos_in_silence(tmp_path: Path) -> None:
    folder = labelled_folder(tmp_path / "first")
    (folder / "masks").rename(folder / "labels")
    (folder / "labels" / "b.png").unlink()

    with pytest.raises(ValueError, match=r"1 photos cannot be measured, the first: b.png has no mask"):
        benchmark_objects(folder, Protocol())
