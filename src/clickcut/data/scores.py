"""A user's file of scores: how well a sample is known already, so that it may be drawn less often (specification 4.2).

Read are JSON ({name: score}), CSV (name, score) and the field's pickle for SBD, a list of (index, name, score).
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clickcut.core.plain_pickle import read_plain_pickle

_BROKEN: Final = (LookupError, TypeError, ValueError, OverflowError, RecursionError)


def read_scores(path: Path) -> dict[str, float]:
    """Scores in 0..1 by the stem of a sample's name; ValueError says what is wrong with the file."""
    if path.suffix.lower() not in _READERS:
        raise ValueError(f"{path}: expected scores in a file that ends in {', '.join(_READERS)}")
    try:
        scores = {Path(str(name)).stem: float(score) for name, score in _READERS[path.suffix.lower()](path)}
    except OSError as error:
        raise ValueError(f"{path}: cannot read it: {error.strerror or error}") from error
    except _BROKEN as error:
        raise ValueError(f"{path}: expected names of samples with a score each: {error}") from error
    if not scores or not all(0 <= score <= 1 for score in scores.values()):
        raise ValueError(f"{path}: expected scores in 0..1, got {'none' if not scores else 'some beyond'}")
    return scores


def draw_shares(names: Sequence[str], scores: Mapping[str, float], gamma: float) -> NDArray[np.float64]:
    """How often each sample is to be drawn: (1 - score) to the power of ``gamma``, made to add up to 1."""
    lacking = [name for name in names if name not in scores]
    if lacking:
        raise ValueError(f"expected a score for every sample: {len(lacking)} of {len(names)} have none, the first is {lacking[0]!r}")
    weights = (1 - np.array([scores[name] for name in names])) ** gamma
    if not weights.sum() > 0:
        raise ValueError("expected a sample with a score below 1: none could ever be drawn")
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _json(path: Path) -> list[tuple[Any, Any]]:
    return list(dict(json.loads(path.read_text(encoding="utf-8"))).items())


def _csv(path: Path) -> list[tuple[Any, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    is_head = bool(rows) and not _is_number(rows[0][-1])
    return [(row[0], row[-1]) for row in rows[is_head:]]


def _pickle(path: Path) -> list[tuple[Any, Any]]:
    return [(name, score) for _, name, score in read_plain_pickle(path)]


_READERS: Final = {".json": _json, ".csv": _csv, ".pkl": _pickle, ".pickle": _pickle}


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
