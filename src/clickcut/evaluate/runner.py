"""The benchmark's loop: simulated clicks on object after object, each in a session of its own (specification 3.2)."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from clickcut.core.clicks import Click
from clickcut.core.curves import IouCurve
from clickcut.core.masks import Mask, Target, iou, target_of
from clickcut.core.simulate import next_click, random_click
from clickcut.evaluate.benchmark import BenchmarkObject
from clickcut.evaluate.journal import Journal
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import Scene
from clickcut.predict.session import Session


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an evaluation is: ``done`` of ``total`` objects, ``last`` being the one that was just measured.

    ``last`` is None in the first report, whose ``done`` an earlier, interrupted run has measured.
    """

    done: int
    total: int
    last: ObjectResult | None = None


OnProgress = Callable[[Progress], None]


def run(
    objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol, *, journal: Journal, on_progress: OnProgress | None = None
) -> tuple[ObjectResult, ...]:
    """Measures the objects that the journal does not hold yet, and gives all of them in order."""
    done = {one.key: journal.past.objects[one.key] for one in objects if one.key in journal.past.objects}
    _tell(on_progress, Progress(len(done), len(objects)))
    for result in measured([one for one in objects if one.key not in done], predictor, protocol):
        journal.add(result)
        done[result.key] = result
        _tell(on_progress, Progress(len(done), len(objects), result))
    return tuple(done[one.key] for one in objects)


def measured(objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol) -> Iterator[ObjectResult]:
    """The results one after the other; objects of one photo share its scene and so what has been encoded."""
    for photo, group in groupby(objects, key=lambda one: one.photo):
        sample = photo.read()
        scene = Scene(sample.image)
        for one in group:
            yield measured_object(one, Session(predictor, scene), target_of(sample.labels, one.object_id), protocol)


def measured_object(one: BenchmarkObject, session: Session, target: Target, protocol: Protocol) -> ObjectResult:
    """Clicks on one object until its IoU reaches the target or the clicks are used up."""
    scene, user = session.scene, _User.of(one, protocol)
    passes_before, encodes_before = scene.num_passes, scene.num_encodes
    mask, clicked = np.zeros(session.hw, np.bool_), np.zeros(session.hw, np.bool_)
    ious: list[float] = []
    seconds = 0.0
    while len(ious) < protocol.max_clicks:
        click = user.click(mask, target, clicked)
        clicked[int(click.y), int(click.x)] = True
        began = time.perf_counter()
        mask = session.add(click)
        seconds += time.perf_counter() - began
        ious.append(float(iou(mask, target)))
        if IouCurve((ious[-1],)).reached(protocol.target):
            break
    return ObjectResult(
        image=one.image,
        object_id=one.object_id,
        clicks=session.clicks,
        ious=tuple(ious),
        encodes=scene.num_encodes - encodes_before,
        passes=scene.num_passes - passes_before,
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class _User:
    """Who clicks; with chance of its own for each object, so that neither their order nor an interruption changes a click."""

    chance: np.random.Generator | None

    @classmethod
    def of(cls, one: BenchmarkObject, protocol: Protocol) -> _User:
        if protocol.clicks == "centre":
            return cls(None)
        return cls(np.random.default_rng((protocol.seed, zlib.crc32(one.image.encode()), one.object_id)))

    def click(self, mask: Mask, target: Target, clicked: Mask) -> Click:
        return next_click(mask, target, clicked) if self.chance is None else random_click(mask, target, clicked, self.chance)


def _tell(on_progress: OnProgress | None, progress: Progress) -> None:
    if on_progress is not None:
        on_progress(progress)
