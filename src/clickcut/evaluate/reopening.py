"""From the settings in results back to the predictor that they were measured with, where its weights are here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from clickcut.evaluate.entry import settings_of
from clickcut.model.catalogue import find_weights
from clickcut.model.precision import PRECISIONS, Precision
from clickcut.model.weights import load_network, shipped_weights
from clickcut.predict.options import predictor_for
from clickcut.predict.predictor import Predictor

_NOT_ANSWERS: Final = frozenset({"threads", "device"})
_PRECISION_NAMES: Final[Mapping[str, Precision]] = {"bfloat16": "bf16", "float16": "fp16"}


def reopened(settings: Mapping[str, Any], weights: Path | None = None) -> Predictor | None:
    """The predictor of these settings on the CPU, or None where it cannot be made again to the last option and the last weight.

    ``weights`` is a file to try; without one only shipped weights and downloaded ones are found, by name. A baseline has none.
    """
    try:
        path = _found(str(settings["weights"]["file"])) if weights is None else weights
        predictor = _opened(settings, path)
        now = _as_read(settings_of(predictor, path))
    except (KeyError, TypeError, ValueError):  # not here, or settings that this version cannot have
        return None
    return predictor if all(settings.get(name) == value for name, value in now.items() if name not in _NOT_ANSWERS) else None


def _found(file: str) -> Path:
    shipped = shipped_weights()
    return shipped if file == shipped.name else find_weights(Path(file).stem)


def _opened(settings: Mapping[str, Any], weights: Path) -> Predictor:
    network, _ = load_network(weights, dtype=PRECISIONS[_PRECISION_NAMES.get(settings.get("precision") or "", "fp32")])
    brs = settings.get("brs") or {}
    stated = {name: settings[name] for name in ("size", "flip", "zoom", "cascade", "threshold")}
    return predictor_for(network, stated, brs=brs.get("mode"), brs_clicks=brs.get("clicks_limit"))


def _as_read(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a file gives them back: tuples are lists there."""
    value: dict[str, Any] = json.loads(json.dumps(settings))
    return value
