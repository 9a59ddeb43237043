"""How far two evaluations of the same objects clicked alike, and how near to a tie the first click was where they did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import cv2
import numpy as np

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, Target, iou
from clickcut.evaluate.benchmark import BenchmarkObject, read_sample, target_in
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult, Results
from clickcut.evaluate.start_masks import start_mask_for
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session


@dataclass(frozen=True, slots=True)
class Difference:
    """The first click that two evaluations made differently on one object; None where one of them had stopped already."""

    key: tuple[str, int]
    number: int
    first: Click | None
    second: Click | None
    iou_before: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tie:
    """How near a difference was to a tie, as the predictor itself sees it after the clicks that both made.

    ``depths`` are the two clicks' distances, in pixels, to the end of the error that each lies in: the simulated user clicks where that is
    largest, so equal depths are a tie. None is a click that was not made. ``iou`` is that of the mask, which decides whether to stop.
    """

    difference: Difference
    depths: tuple[float | None, float | None]
    iou: float

    @property
    def gap(self) -> float:
        """How much deeper one click lies than the other; where one evaluation stopped, how far apart the IoUs of both were."""
        first, second = self.depths
        if first is None or second is None:
            return abs(self.difference.iou_before[0] - self.difference.iou_before[1])
        return abs(first - second)


def differences(first: Results, second: Results) -> tuple[Difference, ...]:
    """One for each object that was not clicked alike; ValueError where the objects themselves differ."""
    ours, theirs = ({one.key: one for one in results.objects} for results in (first, second))
    if ours.keys() != theirs.keys():
        raise ValueError(f"expected results of the same objects, but {len(ours.keys() ^ theirs.keys())} are in one of them only")
    return tuple(found for key in ours for found in _first_difference(ours[key], theirs[key]))


def _first_difference(ours: ObjectResult, theirs: ObjectResult) -> Iterator[Difference]:
    for number, (first, second) in enumerate(zip_longest(ours.clicks, theirs.clicks)):
        if first != second:
            before = (ours.ious[number - 1], theirs.ious[number - 1]) if number else (0.0, 0.0)
            yield Difference(ours.key, number, first, second, before)
            return


def traced(difference: Difference, agreed: Sequence[Click], predictor: Predictor, one: BenchmarkObject, protocol: Protocol) -> Tie:
    """Makes the ``agreed`` clicks on the object once more, and looks at where the next ones lie."""
    sample = read_sample(one.photo)
    session, target = Session(predictor, sample.image), target_in(sample, one.object_id)
    start = start_mask_for(one, target, protocol)
    if start is not None:
        session.start_from(start)
    for click in agreed:
        session.add(click)
    mask = session.mask
    depths = (_depth(difference.first, mask, target), _depth(difference.second, mask, target))
    return Tie(difference, depths, float(iou(mask, target)))


def _depth(click: Click | None, mask: Mask, target: Target) -> float | None:
    """How far a click lies within the error that it is to mend: the distance to the nearest pixel that is no such error."""
    if click is None:
        return None
    error = ((target == 1) & ~mask) if click.positive else ((target == 0) & mask)
    # Beyond the image there is no error.
    distance = cv2.distanceTransform(np.pad(error, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return float(distance[int(click.y), int(click.x)])
