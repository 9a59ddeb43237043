from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from clickcut.core.images import write_image
from clickcut.core.masks import Mask, Target, iou
from clickcut.data.folders import LabelledPhoto, Sample
from clickcut.evaluate.benchmark import BenchmarkObject, objects_of
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.runner import measured
from clickcut.evaluate.start_masks import perturbed, start_mask_for
from clickcut.predict.predictor import Predictor
from tests.evaluate.fakes import HW, DiskNetwork, labels_with

GIVEN = Protocol(start="given", max_clicks=3)
PERTURBED = Protocol(start="perturbed", start_low=0.75, start_high=0.85)


@dataclass(frozen=True)
class StartedPhoto:
    """A photo with one object, of which the start says the upper part of ``rows`` rows."""

    path: Path
    rows: int

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def image_path(self) -> Path:
        return self.path

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,)

    def read(self) -> Sample:
        return Sample(self.id, np.zeros((*HW, 3), np.uint8), labels_with([(1, slice(10, 30), slice(10, 30))]))

    def start_mask(self, object_id: int) -> Mask:
        return labels_with([(object_id, slice(10, 10 + self.rows), slice(10, 30))]).astype(np.bool_)


def _started(tmp_path: Path, rows: int) -> BenchmarkObject:
    path = tmp_path / "photo.png"
    write_image(path, np.zeros((*HW, 3), np.uint8))
    (one,) = objects_of([StartedPhoto(path, rows)], GIVEN, tmp_path)
    return one


def _disk(radius: int) -> Target:
    y, x = np.ogrid[:120, :160]
    disk: Mask = (y - 60) ** 2 + (x - 80) ** 2 <= radius**2
    target: Target = disk.astype(np.int8)
    return target


@pytest.mark.parametrize("radius", [2, 6, 20, 50])
@pytest.mark.parametrize(("low", "high"), [(0.75, 0.85), (0.4, 0.5), (0.9, 0.93)])
def test_a_perturbed_mask_has_an_iou_in_the_band(radius: int, low: float, high: float) -> None:
    for seed in range(5):
        mask = perturbed(_disk(radius), low, high, np.random.default_rng(seed))

        assert low <= iou(mask, _disk(radius)) <= high


def test_perturbed_masks_differ_by_seed_and_repeat_with_it() -> None:
    first, again, other = (perturbed(_disk(30), 0.75, 0.85, np.random.default_rng(seed)) for seed in (0, 0, 1))

    assert (first == again).all()
    assert (first != other).any()


def test_defects_are_of_both_kinds() -> None:
    masks = [perturbed(_disk(30), 0.6, 0.8, np.random.default_rng(seed)) for seed in range(20)]
    is_object = _disk(30) == 1

    assert any((is_object & ~mask).any() for mask in masks)
    assert any((mask & ~is_object).any() for mask in masks)


def test_an_object_too_small_for_the_band_begins_as_itself() -> None:
    target = np.zeros((10, 10), np.int8)
    target[5, 5] = 1

    assert (perturbed(target, 0.75, 0.85, np.random.default_rng(0)) == (target == 1)).all()


def test_no_mask_is_asked_for_where_the_protocol_has_none(tmp_path: Path) -> None:
    assert start_mask_for(_started(tmp_path, 5), _disk(5), Protocol()) is None


def test_given_masks_need_photos_that_give_them(tmp_path: Path) -> None:
    photo = LabelledPhoto("a", tmp_path / "a.png", tmp_path / "masks" / "a.png")

    with pytest.raises(ValueError, match="no starting masks come with these photos"):
        objects_of([photo], GIVEN, tmp_path)


def test_a_given_mask_of_another_size_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"photo.png: expected a starting mask of the image's shape \(120, 160\), got \(48, 64\)"):
        start_mask_for(_started(tmp_path, 5), _disk(5), GIVEN)


def test_clicks_correct_the_given_mask_and_are_counted_from_it(tmp_path: Path) -> None:
    (result,) = measured([_started(tmp_path, 16)], Predictor(DiskNetwork()), Protocol(start="given", max_clicks=2, target=0.9))

    assert result.start_iou == 0.8
    assert result.start_biou is not None
    assert result.clicks[0].positive
    assert result.clicks[0].y >= 26  # below what the start says already
    assert result.curve.noc(0.8, 20) == 0


def test_a_start_that_is_good_enough_takes_no_click_and_nothing_is_computed(tmp_path: Path) -> None:
    network = DiskNetwork()

    (result,) = measured([_started(tmp_path, 20)], Predictor(network), GIVEN)

    assert (result.clicks, result.ious, result.bious, result.start_iou) == ((), (), (), 1.0)
    assert (network.num_encodes, network.num_decodes, result.seconds) == (0, 0, 0.0)


def test_an_empty_start_is_an_iou_of_zero_and_clicks_as_without_one(tmp_path: Path) -> None:
    one = _started(tmp_path, 0)

    (started,) = measured([one], Predictor(DiskNetwork()), GIVEN)
    (plain,) = measured([one], Predictor(DiskNetwork()), Protocol(max_clicks=3))

    assert started.start_iou == 0.0
    assert (started.clicks, started.ious) == (plain.clicks, plain.ious)


def test_perturbed_starts_depend_on_the_object_and_the_seed_alone(tmp_path: Path) -> None:
    one = _started(tmp_path, 5)
    target = labels_with([(1, slice(10, 30), slice(10, 30))]).astype(np.int8)

    first, again = (start_mask_for(one, target, PERTURBED) for _ in range(2))
    other = start_mask_for(one, target, Protocol(start="perturbed", start_low=0.75, start_high=0.85, seed=1))

    assert first is not None
    assert again is not None
    assert other is not None
    assert (first == again).all()
    assert (first != other).any()
