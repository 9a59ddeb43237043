"""NoC on photos of the user's choice: a bounded choice of objects, made once, and the benchmark's own figures of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import write_label_map
from clickcut.data.folders import labelled_photos
from clickcut.data.opening import open_labelled
from clickcut.evaluate.benchmark import benchmark_objects
from clickcut.evaluate.journal import Journal
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.runner import run
from clickcut.predict.predictor import Predictor
from clickcut.train.noc import PROTOCOL, Yardstick, figures_of, spread_objects
from tests.data.formats import square, write_coco
from tests.data.photos import write_folder
from tests.model.tiny_sam import tiny_sam


@pytest.fixture
def predictor() -> Predictor:
    return Predictor(tiny_sam())


def silent(done: int, total: int, note: str) -> None:
    pass


@pytest.mark.slow
def test_figures_are_those_of_the_benchmark(tmp_path: Path, predictor: Predictor) -> None:
    folder = write_folder(tmp_path / "val", 3)
    yardstick = Yardstick.chosen(labelled_photos(folder), predictor, advance=silent)

    protocol = Protocol(max_clicks=20, target=0.90)
    with Journal(tmp_path / "journal", {}, {}) as journal:
        results = run(benchmark_objects(folder, protocol), predictor, protocol, journal=journal)

    assert protocol == PROTOCOL
    assert len(yardstick.objects) == len(results) == 6
    assert yardstick.start == pytest.approx(figures_of(results))
    assert yardstick.measure(predictor) == yardstick.start


def test_objects_are_spread_over_the_photos_and_the_same_every_time(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, 30)
    for index in range(30):
        labels = np.zeros((48 + index, 64), np.uint8)
        labels.reshape(-1)[:800] = np.repeat(np.arange(1, 9), 100)
        write_label_map(folder / "masks" / f"photo{index}.png", labels)

    objects = spread_objects(labelled_photos(folder))

    assert len(objects) == 50
    assert len({one.key for one in objects}) == 50
    assert len({one.photo.id for one in objects}) == 17  # three a photo
    assert objects == spread_objects(labelled_photos(folder))


@pytest.mark.slow
def test_the_time_bounds_the_number_of_objects(tmp_path: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = labelled_photos(write_folder(tmp_path, 10))
    seconds = itertools.count(step=10)
    monkeypatch.setattr("clickcut.train.noc.time.monotonic", lambda: float(next(seconds)))

    assert len(Yardstick.chosen(photos, predictor, advance=silent, most_seconds=55).objects) == 9  # looked at from the fourth on
    assert len(Yardstick.chosen(photos, predictor, advance=silent, most_seconds=5).objects) == 4


def test_photos_without_objects_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, 1)
    write_label_map(folder / "masks" / "photo0.png", np.zeros((48, 64), np.uint8))

    with pytest.raises(ValueError, match="--val: expected photos with objects, found none"):
        spread_objects(labelled_photos(folder))


def test_a_choice_is_read_back_as_it_was_written(tmp_path: Path, predictor: Predictor) -> None:
    photos = labelled_photos(write_folder(tmp_path / "val", 2))
    yardstick = Yardstick.chosen(photos, predictor, advance=silent)
    yardstick.write(tmp_path / "val.json")

    again = Yardstick.read(tmp_path / "val.json", photos)

    assert (again.objects, again.start) == (yardstick.objects, yardstick.start)
    with pytest.raises(ValueError, match="does not fit the photos of --val"):
        Yardstick.read(tmp_path / "val.json", photos[:1])


def test_photos_of_other_formats_are_measured_too(tmp_path: Path, predictor: Predictor) -> None:
    write_coco(tmp_path, {"a.png": [[square(1, 1, 9)], [square(12, 2, 8)]]})

    assert len(Yardstick.chosen(open_labelled(tmp_path).photos, predictor, advance=silent).objects) == 2
