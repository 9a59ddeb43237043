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
from clickcut.evaluate.summary import summarised


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """The clicks on one object and the IoU after each of them.

    ``encodes`` and ``passes`` count the network's work; in a batch, what another object of the same image had encoded costs nothing.
    ``seconds`` is how long a user would have waited for answers: neither reading files nor simulating clicks is in it. In a batch, the
    time of each of the network's calls is divided evenly over the objects that it answers.
    """

    image: str
    object_id: int
    clicks: Clicks
    ious: tuple[float, ...]
    encodes: int
    passes: int
    seconds: float

    @property
    def key(self) -> tuple[str, int]:
        return self.image, self.object_id

    @property
    def curve(self) -> IouCurve:
        return IouCurve(self.ious)

    def to_json(self) -> dict[str, Any]:
        """JSON values; an IoU that is NaN (nothing to find and nothing found) becomes null."""
        return {
            "image": self.image,
            "object": self.object_id,
            "clicks": [[_plain(click.y), _plain(click.x), click.positive] for click in self.clicks],
            "iou": [None if math.isnan(iou) else iou for iou in self.ious],
            "encodes": self.encodes,
            "passes": self.passes,
            "seconds": round(self.seconds, 4),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ObjectResult:
        """The inverse of ``to_json``; KeyError, TypeError or ValueError where something else was given."""
        result = cls(
            image=str(value["image"]),
            object_id=int(value["object"]),
            clicks=tuple(Click(y, x, bool(positive)) for y, x, positive in value["clicks"]),
            ious=tuple(math.nan if iou is None else float(iou) for iou in value["iou"]),
            encodes=int(value["encodes"]),
            passes=int(value["passes"]),
            seconds=float(value["seconds"]),
        )
        if not result.ious or len(result.ious) != len(result.clicks):
            raise ValueError(f"{len(result.clicks)} clicks, but {len(result.ious)} IoUs")
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

    def to_json(self) -> dict[str, Any]:
        return {
            "settings": dict(self.settings),
            "versions": dict(self.versions),
            **({} if self.origin is None else {"origin": self.origin.to_json()}),
            "summary": self.summary,
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
