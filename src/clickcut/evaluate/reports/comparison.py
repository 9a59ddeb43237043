"""Two runs on the same objects: paired differences with their intervals, and the objects that gained and lost most."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from clickcut.core.curves import IouCurve
from clickcut.evaluate.bootstrap import Interval, interval_of
from clickcut.evaluate.protocol import Protocol, percent
from clickcut.evaluate.results import ObjectResult, Results
from clickcut.evaluate.summary import DROP, MIOU_CLICKS

Verdict: TypeAlias = Literal["B better", "A better", "no difference shown"]
"""Which run is better where the interval of the difference leaves 0 out."""

ALL_SETS: Final = "all sets"
_LOWEST: Final = 0.85
_GOAL: Final = 0.90


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of both runs, and B's less A's with its paired 95 % interval, over ``num_objects`` objects."""

    title: str
    a: float
    b: float
    change: Interval
    num_objects: int
    fewer_is_better: bool

    @property
    def verdict(self) -> Verdict:
        if not (self.change.high < 0 or self.change.low > 0):
            return "no difference shown"
        return "B better" if (self.change.high < 0) == self.fewer_is_better else "A better"


@dataclass(frozen=True, slots=True)
class Pair:
    """An object as both runs measured it; ``saved`` is how many clicks B needed less, ``gain`` its mean IoU less A's."""

    folder: str
    a: ObjectResult
    b: ObjectResult
    saved: int
    gain: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have in common: differences by set, all sets together last where they are several, and every object.

    ``saved`` of the pairs counts clicks to the IoU ``goal``; ``left_out`` names the sets that only one run has.
    """

    names: tuple[str, str]
    goal: float
    sets: Mapping[str, tuple[Difference, ...]]
    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...] = ()

    def wins(self, num_wanted: int) -> list[Pair]:
        """The objects on which B saved most clicks, and of as many gained most IoU; none on which it gained nothing."""
        ranked = sorted(self.pairs, key=lambda pair: (-pair.saved, -pair.gain))
        return [pair for pair in ranked if (pair.saved, pair.gain) > (0, 0.0)][:num_wanted]

    def losses(self, num_wanted: int) -> list[Pair]:
        """Those on which B lost most."""
        ranked = sorted(self.pairs, key=lambda pair: (pair.saved, pair.gain))
        return [pair for pair in ranked if (pair.saved, pair.gain) < (0, 0.0)][:num_wanted]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of one object's curve, given the limit of clicks."""

    title: str
    of: Callable[[IouCurve, int], float]
    fewer_is_better: bool


def compared(a: Mapping[str, Results], b: Mapping[str, Results], names: tuple[str, str]) -> Comparison:
    """The sets that both runs have, by the sets' names; ValueError where they have none or measured different things."""
    both = [folder for folder in a if folder in b]
    if not both:
        raise ValueError(f"expected two runs with a set in common, got one of {', '.join(a)} and one of {', '.join(b)}")
    for folder in both:
        check_comparable(a[folder], b[folder])
    protocols = [a[folder].protocol for folder in both]
    shared = [t for t in protocols[0].thresholds if all(t in one.thresholds for one in protocols)]
    if not shared:
        raise ValueError("the sets have no IoU in common that clicks were counted to: compare them one by one")
    goal = max((t for t in shared if t <= _GOAL), default=shared[0])
    pairs = [pair for folder in both for pair in _pairs(a[folder], b[folder], goal)]
    limits = {folder: a[folder].protocol.max_clicks for folder in both}
    sets = {folder: _differences([pair for pair in pairs if pair.folder == folder], limits, a[folder].protocol) for folder in both}
    if len(both) > 1 and len({protocol.target for protocol in protocols}) == 1:
        sets[ALL_SETS] = _differences(pairs, limits, min(protocols, key=lambda one: one.max_clicks))
    return Comparison(names, goal, sets, tuple(pairs), tuple(sorted(a.keys() ^ b.keys())))


def check_comparable(a: Results, b: Results) -> None:
    """ValueError, which says what differs, unless both runs measured the same objects of the same label maps in the same way."""
    ways = asdict(a.protocol), asdict(b.protocol)
    differing = [f"{name} {value} and {ways[1][name]}" for name, value in ways[0].items() if value != ways[1][name]]
    if differing:
        raise ValueError(f"{a.folder}: the two runs have other protocols ({'; '.join(differing)}): measure one of them again")
    keys = {one.key for one in a.objects}, {one.key for one in b.objects}
    if keys[0] != keys[1]:
        only = sorted(keys[0] ^ keys[1])
        image, object_id = only[0]
        raise ValueError(f"{a.folder}: {len(only)} objects are in one run only, the first is {image}, object {object_id}")
    labels = [results.settings.get("labels_sha256") for results in (a, b)]
    if None not in labels and labels[0] != labels[1]:
        raise ValueError(f"{a.folder}: the two runs measured other label maps (sha256 {labels[0]} and {labels[1]})")


def _pairs(a: Results, b: Results, goal: float) -> list[Pair]:
    limit, others = a.protocol.max_clicks, {one.key: one for one in b.objects}
    return [_pair(a.folder, one, others[one.key], goal, limit) for one in a.objects]


def _pair(folder: str, a: ObjectResult, b: ObjectResult, goal: float, limit: int) -> Pair:
    # One more than the limit where the goal was never reached: success at the last click is better than none.
    saved = a.curve.noc(goal, limit + 1) - b.curve.noc(goal, limit + 1)
    num_clicks = max(len(a.ious), len(b.ious))
    gain = float(np.mean([b.curve.at(k) - a.curve.at(k) for k in range(1, num_clicks + 1)]))
    return Pair(folder, a, b, saved, 0.0 if math.isnan(gain) else gain)


def _figures(protocol: Protocol) -> list[_Figure]:
    """What is compared: NoC from .85 on, mIoU and the clicks that made a mask worse."""
    thresholds = [t for t in protocol.thresholds if t >= _LOWEST] or protocol.thresholds
    noc = [_Figure(f"NoC@{percent(t)}", lambda curve, limit, t=t: curve.noc(t, limit), True) for t in thresholds]  # type: ignore[misc]
    clicks = [k for k in MIOU_CLICKS if k <= protocol.max_clicks]
    miou = [_Figure(f"mIoU@{k}", lambda curve, _, k=k: curve.at(k), False) for k in clicks]  # type: ignore[misc]
    return [*noc, *miou, _Figure("worse masks an object", lambda curve, _: curve.num_drops(DROP), True)]


def _differences(pairs: Sequence[Pair], limits: Mapping[str, int], protocol: Protocol) -> tuple[Difference, ...]:
    curves = [(pair.a.curve, pair.b.curve, limits[pair.folder]) for pair in pairs]
    differences = (_difference(figure, curves) for figure in _figures(protocol))
    return tuple(one for one in differences if one is not None)


def _difference(figure: _Figure, curves: Sequence[tuple[IouCurve, IouCurve, int]]) -> Difference | None:
    """None where no object has the figure; objects where it is NaN are left out."""
    values = np.array([(figure.of(a, limit), figure.of(b, limit)) for a, b, limit in curves], np.float64)
    known = values[~np.isnan(values).any(axis=1)]
    if not len(known):
        return None
    a, b = map(float, known.mean(axis=0))
    return Difference(figure.title, a, b, interval_of((known[:, 1] - known[:, 0]).tolist()), len(known), figure.fewer_is_better)
