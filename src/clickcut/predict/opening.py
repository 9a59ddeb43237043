"""From a weights file, or the model that ships with the package, to a predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import torch

from clickcut.model.catalogue import find_weights
from clickcut.model.onnx_pair.pair import PairFiles, open_pair
from clickcut.model.precision import PRECISIONS, Precision
from clickcut.model.weights import SHIPPED, load_network, shipped_weights
from clickcut.predict.options import Overrides, predictor_for
from clickcut.predict.predictor import Predictor


def open_predictor(
    weights: Path | str | None = None,
    device: torch.device | str = "cpu",
    *,
    precision: Precision = "fp32",
    **overrides: Unpack[Overrides],
) -> Predictor:
    """The predictor of a weights file, by default of the shipped ``clickcut-s``, with the options of its header but for ``overrides``.

    ``weights`` is a path, the name of a shipped model (``clickcut-xs`` is the faster one), that of published weights that have been
    downloaded (``clickcut weights list``), or a SAM-style pair of ONNX files, ``onnx:ENCODER.onnx,DECODER.onnx``. ``precision`` is what the
    network computes in: half of the bits are half of the memory, and on most CPUs more time.
    """
    if weights is not None and (files := PairFiles.of(weights)) is not None:
        return _pair(files, str(device), precision, overrides)
    path = shipped_weights() if weights is None else find_weights(weights)
    network, header = load_network(path, device, dtype=PRECISIONS[precision])
    if untrained := header.card.get("untrained"):
        raise ValueError(f"{path}: a start for training, whose {', '.join(untrained)} are untrained; train it before you click with it")
    own = {} if weights is None or Path(weights).exists() else SHIPPED.get(str(weights), {})
    return predictor_for(network, {**header.inference, **own}, **overrides)


def _pair(files: PairFiles, device: str, precision: Precision, overrides: Overrides) -> Predictor:
    """A pair's own options are those of its field: the whole image, no zoom-in. What its files fix cannot be changed."""
    fixed = {"device": (device, "cpu"), "precision": (precision, "fp32"), "size": (overrides.get("size"), None)}
    if wrong := [f"{name} {value}" for name, (value, only) in fixed.items() if value != only]:
        raise ValueError(
            f"{', '.join(wrong)}: a pair of ONNX files computes on the CPU, as and at the size that it was exported; leave it out"
        )
    return predictor_for(open_pair(files), {"zoom": None}, **overrides)
