"""IoU curves: the table of specification A.1, and the corners of NoC, failures and means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickcut.core.curves import IouCurve, drop_share, mean_iou, mean_noc, num_at_limit, num_failures

GOLDEN = [IouCurve((0.7, 0.86, 0.951)), IouCurve((0.5,) * 20), IouCurve((*(0.5,) * 19, 0.9))]


@pytest.mark.parametrize(
    ("threshold", "noc", "at_limit", "failures"),
    [
        (0.80, 14.0, 2, 1),  # 2, never, at the last click
        (0.85, 14.0, 2, 1),
        (0.90, 43 / 3, 2, 1),  # 3, never, at the last click: 0.9 reaches 0.9
        (0.95, 43 / 3, 2, 2),
    ],
)
def test_the_golden_table_of_noc_and_failures(threshold: float, noc: float, at_limit: int, failures: int) -> None:
    assert mean_noc(GOLDEN, threshold, 20) == pytest.approx(noc)
    assert num_at_limit(GOLDEN, threshold, 20) == at_limit
    assert num_failures(GOLDEN, threshold) == failures


def test_thresholds_with_the_field_s_rounding_drift_count_the_same() -> None:
    for threshold in np.arange(0.8, 0.951, 0.05):
        assert IouCurve((round(float(threshold), 2),)).noc(float(threshold), 20) == 1


def test_an_iou_that_float32_rounds_up_to_the_threshold_reaches_it() -> None:
    assert IouCurve((0.9 - 1e-9,)).reached(0.9)
    assert not IouCurve((0.9 - 1e-6,)).reached(0.9)


def test_a_success_after_the_limit_counts_as_the_limit() -> None:
    assert IouCurve((0.1, 0.2, 0.9)).noc(0.85, 2) == 2


def test_nan_reaches_nothing() -> None:
    assert not IouCurve((math.nan,)).reached(0.0)
    assert IouCurve((math.nan, 0.9)).noc(0.8, 20) == 2


def test_an_object_that_stopped_early_keeps_its_last_iou() -> None:
    curves = [IouCurve((0.5, 0.96)), IouCurve((0.4, 0.5, 0.6))]

    assert mean_iou(curves, 1) == pytest.approx(0.45)
    assert mean_iou(curves, 3) == pytest.approx((0.96 + 0.6) / 2)
    assert mean_iou(curves, 20) == pytest.approx((0.96 + 0.6) / 2)


def test_a_drop_of_more_than_a_point_is_a_worse_mask_and_first_clicks_cannot_be_one() -> None:
    curves = [IouCurve((0.8, 0.79, 0.85)), IouCurve((0.8, 0.7, 0.5)), IouCurve((0.1,))]

    assert [curve.num_drops(0.0101) for curve in curves] == [0, 2, 0]
    assert drop_share(curves, 0.0101) == 0.5
    assert math.isnan(drop_share(curves[2:], 0.01))


def test_nothing_to_average_is_an_error_not_nan() -> None:
    with pytest.raises(ValueError, match="no objects"):
        mean_noc([], 0.9, 20)
    with pytest.raises(ValueError, match="at least one click"):
        IouCurve(())
    with pytest.raises(ValueError, match="click 1, got 0"):
        mean_iou(GOLDEN, 0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_takes_fewer_clicks(ious: list[float], a: float, b: float) -> None:
    curve = IouCurve(tuple(ious))

    assert curve.noc(min(a, b), 20) <= curve.noc(max(a, b), 20)


def test_a_starting_mask_that_is_good_enough_needs_no_click() -> None:
    curve = IouCurve((), start=0.93)

    assert (curve.noc(0.90, 20), curve.noc(0.95, 20)) == (0, 20)
    assert (curve.reached(0.90), curve.reached(0.95)) == (True, False)
    assert (curve.at(5), curve.last) == (0.93, 0.93)


def test_clicks_after_a_starting_mask_are_counted_from_it() -> None:
    curve = IouCurve((0.85, 0.91), start=0.8)

    assert [curve.noc(threshold, 20) for threshold in (0.80, 0.85, 0.90, 0.95)] == [0, 1, 2, 20]
    assert curve.at(1) == 0.85


def test_the_first_click_on_a_starting_mask_can_make_it_worse() -> None:
    assert drop_share([IouCurve((0.7, 0.9), start=0.8)], by=0.01) == 0.5


def test_fewer_clicks_would_have_made_a_shorter_curve() -> None:
    curve = IouCurve((0.5, 0.6, 0.91)).within(2)

    assert curve == IouCurve((0.5, 0.6))
    assert not curve.reached(0.9)
