"""The benchmark's loop: simulated clicks on object after object, each in a session of its own (specification 3.2)."""

from __future__ import annotations

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
from clickcut.predict.batching import Work, timed, together
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import DEFAULT_CACHE_BYTES, FeatureCache, Scene
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
    objects: Sequence[BenchmarkObject],
    predictor: Predictor,
    protocol: Protocol,
    *,
    journal: Journal,
    batch: int = 1,
    on_progress: OnProgress | None = None,
) -> tuple[ObjectResult, ...]:
    """Measures the objects that the journal does not hold yet, ``batch`` at a time, and gives all of them in order.

    One at a time, nothing is shared between objects; several at a time, those of one photo share what is encoded.
    """
    missing = [one for one in objects if one.key not in journal.done]
    num_done = len(objects) - len(missing)
    _tell(on_progress, Progress(num_done, len(objects)))
    for number, result in enumerate(measured(missing, predictor, protocol, batch=batch, shared=batch > 1), start=num_done + 1):
        journal.add(result)
        _tell(on_progress, Progress(number, len(objects), result))
    return tuple(journal.done[one.key] for one in objects)


def measured(
    objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol, *, batch: int = 1, shared: bool = False
) -> Iterator[ObjectResult]:
    """The results as objects are through: one after the other, or ``batch`` at a time.

    ``shared`` has objects of one photo share what is encoded, which their counts of encodes show; otherwise each is measured as if it were
    alone. A batch's clicks are those of one object at a time, but for near-ties: rounding differs a little with the number of rows that a
    network answers at once.
    """
    return together(_works(objects, predictor, protocol, FeatureCache(_cache_bytes(batch)) if shared else None), batch)


def measured_object(one: BenchmarkObject, session: Session, target: Target, protocol: Protocol) -> ObjectResult:
    """Clicks on one object until its IoU reaches the target or the clicks are used up."""
    (result,) = together([_clicked(one, session, target, protocol)], 1)
    return result


def _works(
    objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol, cache: FeatureCache | None
) -> Iterator[Work[ObjectResult]]:
    """The work on each object, whose photo is read when its turn comes."""
    for photo, group in groupby(objects, key=lambda one: one.photo):
        sample = photo.read()
        for one in group:
            session = Session(predictor, Scene(sample.image, cache=cache))
            yield _clicked(one, session, target_of(sample.labels, one.object_id), protocol)


def _clicked(one: BenchmarkObject, session: Session, target: Target, protocol: Protocol) -> Work[ObjectResult]:
    scene, user = session.scene, _User.of(one, protocol)
    passes_before, encodes_before = scene.num_passes, scene.num_encodes
    mask, clicked = np.zeros(session.hw, np.bool_), np.zeros(session.hw, np.bool_)
    ious: list[float] = []
    seconds = 0.0
    while len(ious) < protocol.max_clicks:
        click = user.click(mask, target, clicked)
        clicked[int(click.y), int(click.x)] = True
        mask, waited = yield from timed(session.adding(click))
        session.forget_past()  # many sessions are under way, and none is undone
        seconds += waited
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


def _cache_bytes(batch: int) -> int:
    """What objects under way may keep together: a photo's worth each, but no more than four of them."""
    return DEFAULT_CACHE_BYTES * min(batch, 4)


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
