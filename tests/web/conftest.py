"""What the annotator's tests share: a served folder of two pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.live import Live, live, write_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two pictures."""
    return write_pictures(tmp_path / "photos", "a.png", "b.png")


@pytest.fixture
def server(folder: Path) -> Iterator[Live]:
    """The folder, served."""
    with live(folder) as running:
        yield running
