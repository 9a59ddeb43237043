"""Where two evaluations clicked differently, and how near to a tie that was."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from clickcut.core.clicks import Click
from clickcut.evaluate.agreement import Difference, differences, traced
from clickcut.evaluate.benchmark import benchmark_objects
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult, Results
from clickcut.evaluate.runner import measured
from clickcut.predict.predictor import Predictor
from tests.evaluate.fakes import DiskNetwork, labelled_folder

FIRST, SECOND, OTHER = Click(12, 12, True), Click(4, 4, False), Click(4, 5, False)


def results_with(*objects: ObjectResult) -> Results:
    return Results({}, {}, objects)


def clicked(*clicks: Click, object_id: int = 1) -> ObjectResult:
    return ObjectResult("a.png", object_id, clicks, tuple(0.5 + 0.1 * k for k in range(len(clicks))), 1, len(clicks), 0.1)


def test_equal_clicks_are_no_difference() -> None:
    same = results_with(clicked(FIRST, SECOND))

    assert differences(same, results_with(replace(same.objects[0], seconds=9.0, ious=(0.5, 0.6001)))) == ()


def test_the_first_differing_click_is_found() -> None:
    ours = results_with(clicked(FIRST, object_id=7), clicked(FIRST, SECOND, FIRST))
    theirs = results_with(clicked(FIRST, OTHER), clicked(FIRST, object_id=7))

    assert differences(ours, theirs) == (Difference(("a.png", 1), 1, SECOND, OTHER, (0.5, 0.5)),)


def test_one_that_stopped_made_no_click() -> None:
    (found,) = differences(results_with(clicked(FIRST)), results_with(clicked(FIRST, OTHER)))

    assert (found.number, found.first, found.second) == (1, None, OTHER)


def test_results_of_other_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="2 are in one of them only"):
        differences(results_with(clicked(FIRST, object_id=1)), results_with(clicked(FIRST, object_id=2)))


def test_a_difference_is_traced_to_the_depths_of_both_clicks(tmp_path: Path) -> None:
    (one,) = benchmark_objects(labelled_folder(tmp_path), Protocol(limit=1))
    # The object is a square of rows and columns 4 to 19: its four middle pixels are 8 from its end, (5, 11) is 2 from it.
    equal = Difference(one.key, 0, Click(11, 11, True), Click(12, 12, True), (0.0, 0.0))
    unequal = replace(equal, second=Click(5, 11, True))

    near, far = (traced(difference, (), Predictor(DiskNetwork()), one, Protocol()) for difference in (equal, unequal))

    assert (near.depths, near.gap, near.iou) == ((8.0, 8.0), 0.0, 0.0)
    assert (far.depths, far.gap) == ((8.0, 2.0), 6.0)


def test_clicks_before_the_difference_are_made_again(tmp_path: Path) -> None:
    (one,) = benchmark_objects(labelled_folder(tmp_path), Protocol(limit=1))
    (result,) = measured([one], Predictor(DiskNetwork()), Protocol(max_clicks=3))
    difference = Difference(one.key, 2, result.clicks[2], None, (result.ious[1], result.ious[1] + 0.001))

    tie = traced(difference, result.clicks[:2], Predictor(DiskNetwork()), one, Protocol())

    assert tie.iou == result.ious[1]
    assert tie.depths[1] is None
    assert math.isclose(tie.gap, 0.001)
