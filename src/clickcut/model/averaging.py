"""One network of several that grew from the same start, by averaging their weights (model soups, arXiv 2203.05482; arXiv 2109.01903).

It costs a click nothing, for it is one network again, and what single runs have overdone cancels out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from clickcut.model.build import outline_network
from clickcut.model.exchange.opening import WeightsFile, open_weights
from clickcut.model.header import Header
from clickcut.model.weights import check_tensors, save_tensors, tensors_sha256

_LEAST = 2


def average_weights(paths: Sequence[Path], shares: Sequence[float], out: Path, *, dtype: torch.dtype | None = None) -> Header:
    """Writes the network whose weights are those of ``paths``, each times its share of the whole, and gives its header.

    Card and inference options are the first file's; the card lists all files with their fingerprints, shares and cards. Whole numbers,
    which count something, are the first file's too. Sums are made in float64; floats are stored as ``dtype``, or as the first file
    stores them. ValueError where the networks differ, or the shares: one a file, none negative, not all zero.
    """
    weights = _normalised(paths, shares)
    files = [open_weights(path) for path in paths]
    first = files[0]
    for other in files[1:]:
        if other.header.config != first.header.config:
            raise ValueError(
                f"{other.path}: expected a network like that of {first.path} ({first.header.config}), got {other.header.config}"
            )
    names = outline_network(first.header.config).state_dict()
    for file in files:
        check_tensors(file, names)
    card: dict[str, Any] = {
        **first.header.card,
        "average of": [
            {"file": file.path.name, "sha256": tensors_sha256(file.path), "share": round(weight, 6), "card": file.header.card}
            for file, weight in zip(files, weights, strict=True)
        ],
    }
    header = Header(first.header.config, card, first.header.inference)
    save_tensors(out, {name: _averaged(files, weights, name) for name in names}, header, dtype=dtype)
    return header


def _normalised(paths: Sequence[Path], shares: Sequence[float]) -> list[float]:
    if len(paths) < _LEAST:
        raise ValueError(f"expected two weights files or more to average, got {len(paths)}")
    if len(shares) != len(paths):
        raise ValueError(f"expected a share for each of the {len(paths)} files, got {len(shares)}")
    if any(not (math.isfinite(share) and share >= 0) for share in shares) or not sum(shares) > 0:
        raise ValueError(f"expected shares of 0 or more, not all 0, got {', '.join(f'{share:g}' for share in shares)}")
    return [share / sum(shares) for share in shares]


def _averaged(files: Sequence[WeightsFile], weights: Sequence[float], name: str) -> Tensor:
    first = files[0].tensors[name].read()
    if not first.is_floating_point():
        return first
    total = torch.zeros(first.shape, dtype=torch.float64)
    for file, weight in zip(files, weights, strict=True):
        total += file.tensors[name].read().double() * weight
        file.file.release()
    return total.to(first.dtype)
