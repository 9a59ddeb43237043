"""Bootstrap intervals."""

from __future__ import annotations

import numpy as np
import pytest

from clickcut.evaluate.bootstrap import Interval, column_intervals, interval_of


def test_an_interval_holds_the_mean_of_what_the_values_were_drawn_from() -> None:
    rng = np.random.default_rng(0)

    held = [(i := interval_of(rng.normal(3.0, 1.0, size=40).tolist())).low < 3.0 < i.high for _ in range(40)]

    assert 34 <= sum(held) <= 40


def test_the_same_values_give_the_same_interval_which_narrows_with_more_of_them() -> None:
    values = np.random.default_rng(1).normal(size=30).tolist()

    once, again, more = interval_of(values), interval_of(values), interval_of(values * 16)

    assert once == again
    assert more.high - more.low < 0.4 * (once.high - once.low)


def test_values_that_do_not_vary_have_no_width() -> None:
    assert interval_of([2.0, 2.0]) == Interval(2.0, 2.0, 2.0)


def test_no_values_have_no_interval() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        interval_of([])


def test_a_curves_intervals_agree_with_those_of_its_points() -> None:
    values = np.random.default_rng(3).random((80, 3))
    values[:, 2] = 0.5

    curve = column_intervals(values)

    for column, found in zip(values.T, curve, strict=True):
        alone = interval_of(column.tolist())
        assert found.mean == pytest.approx(alone.mean)
        assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=0.01)  # of other resamples


def test_intervals_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(0, 3\)"):
        column_intervals(np.zeros((0, 3)))
