"""The benchmark's loop: simulated clicks on object after object, each in a session of its own (specification 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from clickcut.core.masks import Target
from clickcut.evaluate.benchmark import BenchmarkObject, read_sample, target_in
from clickcut.evaluate.journal import Journal
from clickcut.evaluate.measurement import Measurement
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


def _works(
    objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol, cache: FeatureCache | None
) -> Iterator[Work[ObjectResult]]:
    """The work on each object, whose photo is read when its turn comes."""
    for photo, group in groupby(objects, key=lambda one: one.photo):
        sample = read_sample(photo)
        for one in group:
            session = Session(predictor, Scene(sample.image, cache=cache))
            yield clicked_on(one, session, target_in(sample, one.object_id), protocol)


def clicked_on(one: BenchmarkObject, session: Session, target: Target, protocol: Protocol) -> Work[ObjectResult]:
    """The work on one object: clicks until its IoU reaches the target or they are used up."""
    scene, measurement = session.scene, Measurement(one, target, protocol)
    passes_before, encodes_before = scene.num_passes, scene.num_encodes
    if measurement.start is not None:
        session.start_from(measurement.start)
    while (click := measurement.next_click()) is not None:
        mask, waited = yield from timed(session.adding(click))
        session.forget_past()  # many sessions are under way, and none is undone
        measurement.answered(mask, waited)
    return measurement.result(encodes=scene.num_encodes - encodes_before, passes=scene.num_passes - passes_before)


def _cache_bytes(batch: int) -> int:
    """What objects under way may keep together: a photo's worth each, but no more than four of them."""
    return DEFAULT_CACHE_BYTES * min(batch, 4)


def _tell(on_progress: OnProgress | None, progress: Progress) -> None:
    if on_progress is not None:
        on_progress(progress)
