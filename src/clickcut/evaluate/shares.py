"""Which objects of a benchmark each of several ranks measures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from clickcut.evaluate.benchmark import BenchmarkObject
from clickcut.model.ranks import Ranks


def share_of(objects: Sequence[BenchmarkObject], ranks: Ranks, *, keep_photos: bool) -> tuple[BenchmarkObject, ...]:
    """The objects of this rank, in order: every so-manieth one.

    With ``keep_photos`` objects of one photo stay together, since they share what is encoded; each photo goes to the rank that has the
    fewest objects so far.
    """
    if not keep_photos:
        return tuple(objects[ranks.rank :: ranks.size])
    shares: list[list[BenchmarkObject]] = [[] for _ in range(ranks.size)]
    for _, group in groupby(objects, key=lambda one: one.photo):
        min(shares, key=len).extend(group)
    return tuple(shares[ranks.rank])
