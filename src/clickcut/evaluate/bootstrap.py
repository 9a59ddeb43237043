"""How sure a mean is: percentile bootstrap intervals over objects (Efron and Tibshirani 1993, chapter 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

_RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the 95 % interval about it."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interval_of(values: Sequence[float]) -> Interval:
    """The mean of at least one value, with its interval; the same values always give the same.

    Of differences between two runs on the same objects this is the paired interval of the mean difference.
    """
    if not values:
        raise ValueError("an interval needs at least one value, got none")
    mean = float(np.mean(values))
    if len(set(values)) == 1:  # nothing varies
        return Interval(mean, mean, mean)
    found = bootstrap((np.asarray(values, np.float64),), np.mean, n_resamples=_RESAMPLES, method="percentile", batch=1000, rng=0)
    return Interval(mean, float(found.confidence_interval.low), float(found.confidence_interval.high))
