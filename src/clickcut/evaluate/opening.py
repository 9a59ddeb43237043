"""What can be measured, by what a user writes for its weights: a baseline's name, an ONNX pair, or any weights file."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Unpack

from clickcut.evaluate.baselines.known import BASELINES, open_baseline
from clickcut.evaluate.entry import WeightsName
from clickcut.model.catalogue import find_weights
from clickcut.model.onnx_pair.pair import PairFiles
from clickcut.model.precision import Precision
from clickcut.model.weights import shipped_weights
from clickcut.predict.opening import open_predictor
from clickcut.predict.options import Overrides
from clickcut.predict.predictor import Predictor


def open_measured(
    weights: Path | str | None = None, device: str = "cpu", *, precision: Precision = "fp32", **overrides: Unpack[Overrides]
) -> tuple[Predictor, WeightsName]:
    """The predictor, and what ``settings_of`` names its weights by; ValueError for options that a baseline or a pair does not have."""
    name = str(weights)
    if name in BASELINES:
        _refuse_options(name, {**overrides, "device": device, "precision": precision})
        return open_baseline(name), name
    _refuse_typos(name)
    predictor = open_predictor(weights, device, precision=precision, **overrides)
    if weights is None:
        return predictor, shipped_weights()
    return predictor, PairFiles.of(weights) or find_weights(weights)


def _refuse_typos(name: str) -> None:
    """What is nearly a baseline's name, and no file's."""
    if not Path(name).exists() and (near := difflib.get_close_matches(name, BASELINES, n=1, cutoff=0.75)):
        raise ValueError(f"{name}: there is no such file, and no baseline of this name; did you mean {near[0]!r}?")


def _refuse_options(name: str, options: dict[str, object]) -> None:
    idle = [f"--{option.replace('_', '-')}" for option, value in options.items() if value not in (None, "cpu", "fp32")]
    if idle:
        raise ValueError(f"{', '.join(idle)}: {name} knows nothing like it; leave it out")
