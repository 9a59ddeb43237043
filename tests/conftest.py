"""What all tests share: one torch thread, so that times and sums repeat, and the data beside the checkout, where there is any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.model.published_weights import Shop

os.environ.setdefault("OMP_NUM_THREADS", "1")

# No test fails because a machine is busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``shared`` beside the checkout (real photos, handed weights); the test skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the data folder {SHARED.name!r} beside the checkout, which is absent here")
    return SHARED


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Three published weights on a server on loopback, in place of the catalogue's, and a cache of the test's own."""
    from tests.model.published_weights import opened_shop

    with opened_shop(tmp_path, monkeypatch) as shop:
        yield shop
