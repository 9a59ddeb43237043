"""What an evaluation finds out, object by object, and its form in JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickcut.core.clicks import Click, Clicks
from clickcut.core.curves import IouCurve
from clickcut.core.files import replacing
from clickcut.evaluate.origin import Origin
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.summary import intervals_of, summarised


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """The clicks on one object and the IoU after each of them.

    ``encodes`` and ``passes`` count the network's work; in a batch, what another object of the same image had encoded costs nothing.
    ``seconds`` is how long a user would have waited for answers: neither reading files nor simulating clicks is in it. In a batch, the
    time of each of the network's calls is divided evenly over the objects that it answers.
    ``bious`` are the boundary IoUs after each click, None in results from before these were measured. ``start_iou`` and ``start_biou`` are
    those of the mask that the protocol has objects begin with (0 for an empty one), and None where it has none.
    """

    image: str
    object_id: int
    clicks: Clicks
    ious: tuple[float, ...]
    encodes: int
    passes: int
    seconds: float
    bious: tuple[float, ...] | None = None
    start_iou: float | None = None
    start_biou: float | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.image, self.object_id

    @property
    def curve(self) -> IouCurve:
        return IouCurve(self.ious, self.start_iou)

    @property
    def boundary_curve(self) -> IouCurve | None:
        """The boundary IoU's curve; None where it was not measured."""
        return None if self.bious is None else IouCurve(self.bious, self.start_biou)

    def to_json(self) -> dict[str, Any]:
        """JSON values; an IoU that is NaN (nothing to find and nothing found) becomes null. What was not measured is left out."""
        start = {"start": {"iou": _known(self.start_iou), "biou": _known(self.start_biou)}}
        return {
            "image": self.image,
            "object": self.object_id,
            **({} if self.start_iou is None else start),
            "clicks": [[_plain(click.y), _plain(click.x), click.positive] for click in self.clicks],
            "iou": [_known(iou) for iou in self.ious],
            **({} if self.bious is None else {"biou": [_known(biou) for biou in self.bious]}),
            "encodes": self.encodes,
            "passes": self.passes,
            "seconds": round(self.seconds, 4),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ObjectResult:
        """The inverse of ``to_json``; KeyError, TypeError or ValueError where something else was given."""
        start = value.get("start")
        bious = value.get("biou")
        result = cls(
            image=str(value["image"]),
            object_id=int(value["object"]),
            clicks=tuple(Click(y, x, bool(positive)) for y, x, positive in value["clicks"]),
            ious=_numbers(value["iou"]),
            encodes=int(value["encodes"]),
            passes=int(value["passes"]),
            seconds=float(value["seconds"]),
            bious=None if bious is None else _numbers(bious),
            start_iou=None if start is None else _number(start["iou"]),
            start_biou=None if start is None else _number(start["biou"]),
        )
        if len(result.ious) != len(result.clicks) or not (result.ious or start):
            raise ValueError(f"{len(result.clicks)} clicks, but {len(result.ious)} IoUs")
        if result.bious is not None and len(result.bious) != len(result.ious):
            raise ValueError(f"{len(result.ious)} IoUs, but {len(result.bious)} boundary IoUs")
        return result


@dataclass(frozen=True, slots=True)
class Results:
    """An evaluation's objects, in the benchmark's order, and what they were made with; older files tell no ``origin``."""

    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    objects: tuple[ObjectResult, ...]
    origin: Origin | None = None

    @property
    def curves(self) -> tuple[IouCurve, ...]:
        return tuple(one.curve for one in self.objects)

    @property
    def protocol(self) -> Protocol:
        return Protocol(**self.settings["protocol"])

    @property
    def folder(self) -> str:
        """The name of the benchmark's folder."""
        return str(self.settings["folder"])

    @property
    def name(self) -> str:
        """The name of the weights, without the file's ending."""
        return str(self.settings["weights"]["file"]).removesuffix(".safetensors")

    @property
    def summary(self) -> dict[str, Any]:
        """The table's figures as JSON values."""
        return summarised(self.objects, self.protocol)

    @property
    def intervals(self) -> dict[str, dict[str, list[float] | None]]:
        """The 95 % intervals of the summary's means, as JSON values; takes a while for many objects."""
        return intervals_of(self.objects, self.protocol)

    def to_json(self) -> dict[str, Any]:
        return {
            "settings": dict(self.settings),
            "versions": dict(self.versions),
            **({} if self.origin is None else {"origin": self.origin.to_json()}),
            "summary": {**self.summary, "intervals": self.intervals},
            "objects": [one.to_json() for one in self.objects],
        }


def write_results(path: Path, results: Results) -> None:
    """Writes results as JSON, all at once or not at all; one object a line, so that versions of the file can be compared."""
    value = results.to_json()
    objects = ",\n    ".join(json.dumps(one, allow_nan=False) for one in value.pop("objects"))
    head = json.dumps(value, indent=2, allow_nan=False).removesuffix("\n}")
    with replacing(path) as file:
        file.write(f'{head},\n  "objects": [\n    {objects}\n  ]\n}}\n'.encode())


def read_results(path: Path) -> Results:
    """The results that ``write_results`` wrote."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        origin = Origin.from_json(value["origin"]) if value.get("origin") else None
        return Results(value["settings"], value["versions"], tuple(ObjectResult.from_json(one) for one in value["objects"]), origin)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: expected the results of an evaluation, found something else ({error!r})") from error


def _plain(coordinate: float) -> float:
    """Simulated clicks lie on whole pixels, and are written so."""
    return int(coordinate) if float(coordinate).is_integer() else float(coordinate)


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(_number(value) for value in values)
