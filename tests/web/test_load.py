"""Eight sessions at a time, five hundred clicks: no error, and memory that does not grow with them."""

from __future__ import annotations

import ctypes
import gc
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.predict.fakes import grey
from tests.web.live import Live, formula_predictor, live

SESSIONS, CLICKS = 8, 63
GROWTH_BYTES = 48 * 2**20


@pytest.mark.slow
def test_eight_sessions_click_five_hundred_times_without_an_error_or_growth(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(SESSIONS):
        # Small ones: what is remembered of them stays far below its bounds, and what else grows is seen.
        Image.fromarray(grey(60, 80)).save(folder / f"{number}.png")

    # Without zoom-in one crop an image: features of many crops would fill their own, bounded cache.
    with live(folder, formula_predictor(zoom=None)) as server:
        with ThreadPoolExecutor(SESSIONS) as people:
            work(server, people, clicks=CLICKS)  # caches fill, libraries load what they load once
            before = resident()
            revisions = work(server, people, clicks=CLICKS)
        grown = resident() - before

    assert len(revisions) == SESSIONS
    assert grown < GROWTH_BYTES, f"memory grew by {grown / 2**20:.0f} MiB"


def work(server: Live, people: ThreadPoolExecutor, *, clicks: int) -> list[int]:
    return list(people.map(lambda number: person(server, f"{number}.png", clicks), range(SESSIONS)))


def person(server: Live, image: str, clicks: int) -> int:
    rng = random.Random(image)
    with server.client.open(image, take=True) as session:
        for number in range(clicks):
            session.click(x=rng.uniform(0, 79), y=rng.uniform(0, 59), positive=rng.random() < 0.7)
            if number % 8 == 7:
                if session.mask().any():
                    session.reset()
                session.undo()
                session.reset()
        return session.revision


def resident() -> int:
    """What the process needs: without what the C library holds back of freed memory, a share for each thread."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(psutil.Process().memory_info().rss)
