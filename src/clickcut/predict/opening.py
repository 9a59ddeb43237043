"""From a weights file, or the model that ships with the package, to a predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import torch

from clickcut.model.weights import load_network, shipped_weights
from clickcut.predict.options import Overrides, predictor_for
from clickcut.predict.predictor import Predictor


def open_predictor(weights: Path | None = None, device: torch.device | str = "cpu", **overrides: Unpack[Overrides]) -> Predictor:
    """The predictor of a weights file, by default of the shipped ``clickcut-s``, with the options of its header but for ``overrides``."""
    path = shipped_weights() if weights is None else weights
    network, header = load_network(path, device)
    if untrained := header.card.get("untrained"):
        raise ValueError(f"{path}: a start for training, whose {', '.join(untrained)} are untrained; train it before you click with it")
    return predictor_for(network, header.inference, **overrides)
