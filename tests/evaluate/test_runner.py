from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.core.clicks import Click
from clickcut.core.masks import Target
from clickcut.evaluate.benchmark import BenchmarkObject, benchmark_objects
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult
from clickcut.evaluate.runner import clicked_on, measured
from clickcut.predict.batching import together
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session
from tests.evaluate.fakes import HW, DiskNetwork, labelled_folder, labels_with


def measured_object(one: BenchmarkObject, session: Session, target: Target, protocol: Protocol) -> ObjectResult:
    (result,) = together([clicked_on(one, session, target, protocol)], 1)
    return result


def _photo_object(tmp_path: Path) -> BenchmarkObject:
    return benchmark_objects(labelled_folder(tmp_path), Protocol(limit=1))[0]


def test_clicks_are_the_simulated_ones_and_end_at_the_target(tmp_path: Path) -> None:
    one = _photo_object(tmp_path)
    target = labels_with([(1, slice(4, 21), slice(4, 21))]).astype(np.int8)
    session = Session(Predictor(DiskNetwork(radius=8.5)), np.zeros((*HW, 3), np.uint8))

    result = measured_object(one, session, target, Protocol(target=0.7))

    # The square's centre, whose disk of 225 pixels covers 0.78 of it.
    assert result.clicks == (Click(12, 12, positive=True),)
    assert result.ious == (225 / 289,)
    assert (result.encodes, result.passes) == (1, 1)
    assert result.seconds > 0


def test_an_object_that_never_gets_there_uses_all_clicks_and_none_twice(tmp_path: Path) -> None:
    session = Session(Predictor(DiskNetwork(radius=0)), np.zeros((*HW, 3), np.uint8))  # answers every click with nothing
    target = labels_with([(1, slice(4, 21), slice(4, 21))]).astype(np.int8)

    result = measured_object(_photo_object(tmp_path), session, target, Protocol(max_clicks=4))

    assert result.ious == (0.0,) * 4
    assert len(set(result.clicks)) == 4


def test_an_iou_of_nothing_over_nothing_does_not_stop_the_clicks(tmp_path: Path) -> None:
    session = Session(Predictor(DiskNetwork(radius=0)), np.zeros((*HW, 3), np.uint8))

    result = measured_object(_photo_object(tmp_path), session, np.full(HW, -1, np.int8), Protocol(max_clicks=3))

    assert np.isnan(result.ious).all()
    assert len(result.ious) == 3


def test_one_object_at_a_time_shares_nothing_with_the_others(tmp_path: Path) -> None:
    network = DiskNetwork()
    objects = benchmark_objects(labelled_folder(tmp_path), Protocol())

    results = list(measured(objects, Predictor(network), Protocol(max_clicks=2)))

    assert [result.key for result in results] == [one.key for one in objects]
    assert [result.encodes for result in results] == [1] * 5
    assert network.num_encodes == 5
    assert sum(result.passes for result in results) == network.num_decodes


def test_objects_of_one_photo_may_share_what_was_encoded(tmp_path: Path) -> None:
    network = DiskNetwork()
    objects = benchmark_objects(labelled_folder(tmp_path), Protocol())

    results = list(measured(objects, Predictor(network), Protocol(max_clicks=2), shared=True))

    assert network.num_encodes == 3  # photos
    assert [result.encodes for result in results] == [1, 0, 1, 1, 0]


@pytest.mark.parametrize("batch", [2, 3, 8])
def test_several_objects_at_a_time_give_the_results_of_one_at_a_time_for_fewer_calls(tmp_path: Path, batch: int) -> None:
    objects = benchmark_objects(labelled_folder(tmp_path), Protocol())
    protocol = Protocol(max_clicks=6, target=0.9)
    alone, together = DiskNetwork(), DiskNetwork()

    expected = {result.key: result for result in measured(objects, Predictor(alone), protocol)}
    results = list(measured(objects, Predictor(together), protocol, batch=batch, shared=True))

    assert {result.key for result in results} == expected.keys()
    for result in results:
        assert result.clicks == expected[result.key].clicks
        assert result.ious == expected[result.key].ious
        assert result.passes == expected[result.key].passes
        assert result.seconds > 0
    assert sum(result.encodes for result in results) == 3  # photos
    assert together.num_encodes <= 3
    assert together.num_decodes < alone.num_decodes


def test_random_clicks_do_not_depend_on_who_is_measured_at_the_same_time(tmp_path: Path) -> None:
    objects = benchmark_objects(labelled_folder(tmp_path), Protocol())
    protocol = Protocol(max_clicks=3, clicks="random")

    alone = {result.key: result.clicks for result in measured(objects, Predictor(DiskNetwork()), protocol)}
    together = {result.key: result.clicks for result in measured(objects, Predictor(DiskNetwork()), protocol, batch=4, shared=True)}

    assert together == alone


def test_random_clicks_are_correct_and_depend_on_the_seed_and_the_object_alone(tmp_path: Path) -> None:
    objects = benchmark_objects(labelled_folder(tmp_path), Protocol())
    predictor = Predictor(DiskNetwork())

    first, other = (list(measured(objects, predictor, Protocol(max_clicks=3, clicks="random", seed=seed))) for seed in (0, 1))
    (alone,) = measured([objects[-1]], predictor, Protocol(max_clicks=3, clicks="random"))

    assert alone.clicks == first[-1].clicks
    assert [result.clicks for result in first] != [result.clicks for result in other]
    for one, result in zip(objects, first, strict=True):
        click = result.clicks[0]
        assert one.photo.read().labels[int(click.y), int(click.x)] == one.object_id


@pytest.mark.parametrize("num_clicks", [1, 3])
def test_every_object_begins_with_an_empty_mask(tmp_path: Path, num_clicks: int) -> None:
    objects = benchmark_objects(labelled_folder(tmp_path), Protocol())

    together = list(measured(objects, Predictor(DiskNetwork()), Protocol(max_clicks=num_clicks)))
    alone = [next(measured([one], Predictor(DiskNetwork()), Protocol(max_clicks=num_clicks))) for one in objects]

    assert [result.clicks for result in together] == [result.clicks for result in alone]
    assert [result.ious for result in together] == [result.ious for result in alone]
