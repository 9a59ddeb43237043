"""A network of the SAM lineage that is small enough to train in a test."""

from __future__ import annotations

import torch

from clickcut.model.config import SamConfig
from clickcut.model.late import SamLineage

TINY_SAM = SamConfig(input_side=64, widths=(32, 32, 32, 32), depths=(1, 1, 2, 1), heads=(1, 1, 1, 1), embed_dim=32)


def tiny_sam(config: SamConfig = TINY_SAM, *, seed: int = 0) -> SamLineage:
    """With fresh random weights, the same for the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return SamLineage(config).eval()
