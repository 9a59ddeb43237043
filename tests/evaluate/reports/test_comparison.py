from __future__ import annotations

from dataclasses import replace

import pytest

from clickcut.evaluate.reports.comparison import ALL_SETS, Difference, compared
from clickcut.evaluate.reports.comparison_text import comparison_text
from clickcut.evaluate.results import Results
from tests.evaluate.reports.made_up import NAN, results_of

NAMES = ("slow", "fast")
SLOW = results_of(*[(0.5, 0.6, 0.7, 0.96)] * 12)
FAST = results_of(*[(0.5, 0.96)] * 10, (0.96,), (0.5,) * 20)


def by_title(a: Results, b: Results) -> dict[str, Difference]:
    return {one.title: one for one in compared({"GrabCut": a}, {"GrabCut": b}, NAMES).sets["GrabCut"]}


def test_a_difference_is_paired_and_its_sign_is_told_in_words() -> None:
    slower, faster = results_of((0.5, 0.6, 0.96), (0.2, 0.3, 0.4, 0.96)), results_of((0.5, 0.96), (0.2, 0.3, 0.96))

    found = by_title(slower, faster)

    assert (found["NoC@90"].a, found["NoC@90"].b) == (3.5, 2.5)
    assert found["NoC@90"].change.mean == found["NoC@90"].change.high == -1.0  # one click on every object: nothing varies
    assert found["NoC@90"].verdict == "B better"
    assert by_title(faster, slower)["NoC@90"].verdict == "A better"
    assert found["mIoU@1"].verdict == "no difference shown"
    assert found["mIoU@3"].change.low == 0  # one of the two objects gained nothing
    assert found["mIoU@3"].verdict == "no difference shown"


def test_more_iou_is_better_and_more_clicks_are_not() -> None:
    found = by_title(results_of((0.5, 0.96)), results_of((0.6, 0.7, 0.96)))

    assert found["mIoU@1"].verdict == "B better"
    assert found["NoC@95"].verdict == "A better"


def test_wins_and_losses_are_listed_by_clicks_then_by_iou() -> None:
    comparison = compared({"GrabCut": SLOW}, {"GrabCut": FAST}, NAMES)

    wins, losses = comparison.wins(2), comparison.losses(5)
    assert [(one.a.image, one.saved) for one in wins] == [("10.png", 3), ("0.png", 2)]
    assert [(one.a.image, one.saved) for one in losses] == [("11.png", -17)]  # never reached counts one more than the limit


def test_an_object_that_is_nan_in_one_run_is_left_out_of_the_mean() -> None:
    found = by_title(results_of((NAN, 0.96), (0.4, 0.96)), results_of((0.5, 0.96), (0.5, 0.96)))

    assert (found["mIoU@1"].num_objects, found["NoC@90"].num_objects) == (1, 2)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (results_of((0.96,), target=0.9), "target 0.95 and 0.9"),
        (results_of((0.96,), max_clicks=5), "max_clicks 20 and 5"),
        (results_of((0.96,), (0.96,)), "1 objects are in one run only, the first is 1.png, object 1"),
        (replace(results_of((0.96,)), settings={**results_of((0.96,)).settings, "labels_sha256": "b" * 64}), "other label maps"),
    ],
)
def test_runs_that_measured_something_else_are_refused(other: Results, told: str) -> None:
    one = results_of((0.96,))
    one = replace(one, settings={**one.settings, "labels_sha256": "a" * 64})

    with pytest.raises(ValueError, match=told):
        compared({"GrabCut": one}, {"GrabCut": other}, NAMES)


def test_runs_without_a_common_set_are_refused() -> None:
    with pytest.raises(ValueError, match="got one of GrabCut and one of Berkeley"):
        compared({"GrabCut": SLOW}, {"Berkeley": SLOW}, NAMES)


def test_several_sets_are_told_together_too_and_others_are_named() -> None:
    others = results_of((0.5, 0.96), folder="Berkeley")
    comparison = compared({"GrabCut": SLOW, "Berkeley": others}, {"GrabCut": FAST, "Berkeley": others, "SBD": others}, NAMES)

    text = comparison_text(comparison)
    assert [*comparison.sets] == ["GrabCut", "Berkeley", ALL_SETS]
    assert comparison.sets[ALL_SETS][0].num_objects == 13
    assert "Left out, for one run alone has them: SBD" in text
    assert "GrabCut: 11.png, object 1: A 4 clicks (last IoU 0.960), B never in 20 clicks (last IoU 0.500)" in text
