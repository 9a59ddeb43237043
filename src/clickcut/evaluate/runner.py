"""The benchmark's loop: simulated clicks on object after object, each in a session of its own (specification 3.2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from clickcut.core.masks import Target
from clickcut.evaluate.benchmark import BenchmarkObject, read_sample, target_in
from clickcut.evaluate.journal import Journal
from clickcut.evaluate.measurement import Measurement
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
        sample = read_sample(photo)
        scene = Scene(sample.image)
        for one in group:
            yield measured_object(one, Session(predictor, scene), target_in(sample, one.object_id), protocol)


def measured_object(one: BenchmarkObject, session: Session, target: Target, protocol: Protocol) -> ObjectResult:
    """Clicks on one object until its IoU reaches the target or the clicks are used up."""
    scene, measurement = session.scene, Measurement(one, target, protocol)
    passes_before, encodes_before = scene.num_passes, scene.num_encodes
    if measurement.start is not None:
        session.start_from(measurement.start)
    while (click := measurement.next_click()) is not None:
        began = time.perf_counter()
        mask = session.add(click)
        measurement.answered(mask, time.perf_counter() - began)
    return measurement.result(encodes=scene.num_encodes - encodes_before, passes=scene.num_passes - passes_before)


def _tell(on_progress: OnProgress | None, progress: Progress) -> None:
    if on_progress is not None:
        on_progress(progress)
