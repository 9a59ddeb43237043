"""NoC of a network in training, on the objects of a folder given for it: the benchmark's own clicks, as the finished model will be used."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from clickcut.core.curves import mean_iou, mean_noc
from clickcut.core.files import replacing
from clickcut.core.images import read_label_map
from clickcut.core.masks import object_ids
from clickcut.data.folders import LabelledPhoto
from clickcut.data.photos import Photo
from clickcut.evaluate.benchmark import BenchmarkObject
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult
from clickcut.evaluate.runner import measured
from clickcut.predict.predictor import Predictor

MOST_OBJECTS: Final = 50
FEWEST_OBJECTS: Final = 4
MOST_SECONDS: Final = 60.0
PROTOCOL: Final = Protocol(max_clicks=20, target=0.90)
_A_PHOTO: Final = 3

Advance = Callable[[int, int, str], None]
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The objects that a run is measured on again and again, how the start did on them, and how long that took."""

    objects: tuple[BenchmarkObject, ...]
    start: Figures
    seconds: float

    @classmethod
    def chosen(cls, photos: Sequence[Photo], predictor: Predictor, *, advance: Advance, most_seconds: float = MOST_SECONDS) -> Yardstick:
        """As many of up to 50 objects, spread over the photos, as the start is measured on within the time (four at least).

        The time bounds the choice, once: the choice is kept, so that every later figure is of the same objects.
        """
        candidates = spread_objects(photos)
        began = time.monotonic()
        results: list[ObjectResult] = []
        advance(0, len(candidates), "")
        for result in measured(candidates, predictor, PROTOCOL, shared=True):
            results.append(result)
            advance(len(results), len(candidates), "")
            if len(results) >= FEWEST_OBJECTS and time.monotonic() - began > most_seconds:
                break
        return cls(candidates[: len(results)], figures_of(results), time.monotonic() - began)

    def measure(self, predictor: Predictor) -> Figures:
        return figures_of(list(measured(self.objects, predictor, PROTOCOL, shared=True)))

    def write(self, path: Path) -> None:
        value = {"objects": [[one.photo.id, one.object_id] for one in self.objects], "start": self.start, "seconds": round(self.seconds, 1)}
        with replacing(path) as file:
            file.write(json.dumps(value, indent=1).encode())

    @classmethod
    def read(cls, path: Path, photos: Sequence[Photo]) -> Yardstick:
        """What ``write`` wrote; ValueError where an object's photo is no longer there."""
        try:
            value: dict[str, Any] = json.loads(path.read_bytes())
            by_id = {photo.id: photo for photo in photos}
            objects = tuple(BenchmarkObject(by_id[name], int(object_id)) for name, object_id in value["objects"])
            return cls(objects, dict(value["start"]), float(value["seconds"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: does not fit the photos of --val ({error}); give the folder that the run began with") from error


def figures_of(results: Sequence[ObjectResult]) -> Figures:
    """NoC@85, NoC@90 and mIoU@1 by the names that tables use."""
    curves = [result.curve for result in results]
    return {
        "NoC@85": mean_noc(curves, 0.85, PROTOCOL.max_clicks),
        "NoC@90": mean_noc(curves, 0.90, PROTOCOL.max_clicks),
        "mIoU@1": mean_iou(curves, 1),
    }


def spread_objects(photos: Sequence[Photo], most: int = MOST_OBJECTS) -> tuple[BenchmarkObject, ...]:
    """At most ``most`` objects, three a photo at most, of photos in a mixed order that is the same every time."""
    rng = np.random.default_rng(0)
    chosen: list[BenchmarkObject] = []
    for index in rng.permutation(len(photos)):
        photo = photos[int(index)]
        ids = object_ids(_labels(photo))
        picked = sorted(rng.permutation(ids)[: min(_A_PHOTO, most - len(chosen))].tolist()) if ids else []
        chosen += [BenchmarkObject(photo, int(object_id)) for object_id in picked]
        if len(chosen) == most:
            break
    if not chosen:
        raise ValueError("--val: expected photos with objects, found none in any of them")
    return tuple(chosen)


def _labels(photo: Photo) -> Any:
    return read_label_map(photo.labels_path) if isinstance(photo, LabelledPhoto) else photo.read().labels
