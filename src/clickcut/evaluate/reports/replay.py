"""Masks made again: the stored clicks of an object through a predictor, in a session of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickcut.core.images import Rgb
from clickcut.core.masks import Mask, Target, iou
from clickcut.evaluate.benchmark import BenchmarkObject, read_sample, target_in
from clickcut.evaluate.results import ObjectResult
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """An object's photo, its target, the mask after each of the shown clicks and the IoU that these masks have.

    ``shown`` are the clicks that have a mask, counted from 1. Where a batch or other threads rounded otherwise, ``ious`` may differ from
    the stored ones by a little.
    """

    image: Rgb
    target: Target
    shown: tuple[int, ...]
    masks: tuple[Mask, ...]
    ious: tuple[float, ...]


def replayed(image: Rgb, target: Target, result: ObjectResult, predictor: Predictor, shown: Sequence[int], start: Mask | None) -> Replay:
    """The masks after the clicks ``shown``, with the session begun from ``start`` where the evaluation began so."""
    session = Session(predictor, image)
    if start is not None and start.any():
        session.start_from(start)
    masks: list[NDArray[np.bool_]] = []
    for k, click in enumerate(result.clicks[: max(shown)], start=1):
        mask = session.add(click)
        if k in shown:
            masks.append(mask)
    return Replay(image, target, tuple(shown), tuple(masks), tuple(float(iou(mask, target)) for mask in masks))


def with_pixels(objects: Iterable[BenchmarkObject], wanted: Iterable[tuple[str, int]]) -> Iterator[tuple[BenchmarkObject, Rgb, Target]]:
    """The objects of these keys in the wanted order, each with its photo (H, W, 3) and its target (H, W); unknown keys are left out."""
    known = {one.key: one for one in objects}
    for key in wanted:
        if (one := known.get(key)) is not None:
            sample = read_sample(one.photo)
            yield one, sample.image, target_in(sample, one.object_id)


def clicks_to_show(num_clicks: int, most: int) -> tuple[int, ...]:
    """Which of an object's clicks are shown, counted from 1: all, or where they are more than ``most`` the first ones and the last ones."""
    if num_clicks <= most:
        return tuple(range(1, num_clicks + 1))
    num_last = most // 3
    return (*range(1, most - num_last + 1), *range(num_clicks - num_last + 1, num_clicks + 1))
