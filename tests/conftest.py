"""What all tests share: one torch thread, so that times and sums repeat, and the data beside the checkout, where there is any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``shared`` beside the checkout (real photos, handed weights); the test skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the data folder {SHARED.name!r} beside the checkout, which is absent here")
    return SHARED
