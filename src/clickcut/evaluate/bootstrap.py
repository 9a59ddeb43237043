"""How sure a mean is: percentile bootstrap intervals over objects (Efron and Tibshirani 1993, chapter 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

_RESAMPLES = 10_000
_BLOCK = 250


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the 95 % interval about it."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return format(self, ".3f")

    def __format__(self, form: str) -> str:
        """Its three numbers in a number's format; three decimals without one."""
        form = form or ".3f"
        return f"{self.mean:{form}} [{self.low:{form}}, {self.high:{form}}]"


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


def column_intervals(values: NDArray[np.float64], *, resamples: int = 2000) -> list[Interval]:
    """The mean of every column of (n, K) values with its interval; all columns are resampled together, row by row.

    For curves, where ``interval_of`` each point of thousands of objects would take minutes. A row with a NaN makes every mean NaN that
    it enters.
    """
    if values.ndim != 2 or not values.size:
        raise ValueError(f"intervals need values of shape (n, K), got {values.shape}")
    rng, num_rows = np.random.default_rng(0), len(values)
    blocks = []
    for start in range(0, resamples, _BLOCK):  # a block at a time, which bounds the memory
        counts = rng.multinomial(num_rows, np.full(num_rows, 1 / num_rows), size=min(_BLOCK, resamples - start))
        blocks.append(counts @ values / num_rows)
    low, high = np.percentile(np.concatenate(blocks), (2.5, 97.5), axis=0)
    return [Interval(*map(float, one)) for one in zip(values.mean(axis=0), low, high, strict=True)]
