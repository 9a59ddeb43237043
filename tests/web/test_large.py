"""Large images: windows, and 20,000 x 20,000 pixels within two gigabytes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.predict.session import Session
from clickcut.web.cutting import edits
from clickcut.web.cutting.ahead import Ahead
from clickcut.web.cutting.answers import Answers
from clickcut.web.cutting.store import Store
from clickcut.web.cutting.windows import window_for
from clickcut.web.folder.workspace import opened
from clickcut.web.http.served import Served
from clickcut.web.http.views import present
from clickcut.web.record.cuts import mask_in
from clickcut.web.refusal import Refusal
from tests.predict.fakes import picture
from tests.web.live import LARGE, SMALL, formula_predictor, write_pictures

HUGE = (20_000, 20_000)


def test_the_first_window_is_what_is_seen() -> None:
    view = Box(8000, 9000, 10_000, 12_000)

    assert window_for(HUGE, None, [Click(9000, 10_000, True)], view) == view


def test_a_view_of_everything_gives_a_window_about_the_click() -> None:
    window = window_for(HUGE, None, [Click(9000, 10_000, True)], Box.whole(HUGE))

    assert window == Box(9000 - 2048, 10_000 - 2048, 9000 + 2048, 10_000 + 2048)


def test_a_window_at_a_border_is_moved_in_not_cut() -> None:
    window = window_for(HUGE, None, [Click(3, 19_999, True)], None)

    assert window == Box(0, 20_000 - 2048, 2048, 20_000)


def test_a_click_beyond_the_window_makes_it_grow_until_it_is_too_far() -> None:
    present_window = Box(5000, 5000, 7000, 7000)

    grown = window_for(HUGE, present_window, [Click(6000, 7100, True)], None)
    with pytest.raises(Refusal, match="too far") as caught:
        window_for(HUGE, present_window, [Click(6000, 15_000, True)], None)

    assert grown == Box(5000, 5000, 7000, 7612)
    assert caught.value.code == "bound_reached"


def test_a_large_images_object_is_cut_in_its_window_to_the_pixel(tmp_path: Path) -> None:
    with opened([write_pictures(tmp_path / "photos", "a.png")], large=1000) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"))
        served = Served(store, Ahead(store))
        session = store.open(workspace.image("a.png")).session
        view = Box(20, 30, 260, 400)

        for x, y in (LARGE, SMALL):
            served.change(
                session,
                "click",
                None,
                lambda moment, work, x=x, y=y: edits.clicked(moment, work.bench, [Click(y, x, True)], view),  # type: ignore[misc]
            )

        with store.using(session) as work:
            found, window = mask_in(present(work).cut, Box.whole((300, 420))), work.moment.draft.trail.window
        served.ahead.close()
        store.close_all()
    assert window == Box.whole((300, 420))  # the least window is larger than this image
    local = Session(formula_predictor(), picture())
    for x, y in (LARGE, SMALL):
        local.click(x=x, y=y)
    assert (found == local.mask).all()


CLICKS = """
import json, resource, sys, time
from pathlib import Path
from clickcut.core.clicks import Click
from clickcut.core.boxes import Box
from clickcut.predict.opening import open_predictor
from clickcut.web.cutting import edits
from clickcut.web.http.serving import served_folder

with served_folder([Path(sys.argv[1])], open_predictor(), "clickcut-s") as served:
    image = served.workspace.images[0]
    tiles = served.workspace.tiles
    tiles.thumbnail(image)
    for level in range(tiles.num_levels(image)):
        tiles.tile(image, level, 0, 0)
    session = served.store.open(image).session
    view = Box(9000, 9000, 11000, 11500)
    for y, x in ((10000, 10000), (10100, 10200)):
        told = served.change(session, "click", None, lambda moment, work: edits.clicked(moment, work.bench, [Click(y, x, True)], view))
    told = served.change(session, "finish", None, lambda moment, work: edits.finished(moment, work.bench, served.store.settings.settings))
    print(told["objects"][0]["area"])
"""


@pytest.mark.slow
def test_twenty_thousand_squared_stays_within_two_gigabytes(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    pixels = np.full((*HUGE, 3), (60, 110, 70), np.uint8)
    cv2.circle(pixels, (10_000, 10_000), 400, (200, 80, 40), -1)
    cv2.imwrite(str(folder / "huge.jpg"), pixels)
    del pixels

    server = subprocess.Popen([sys.executable, "-c", CLICKS, str(folder)], stdout=subprocess.PIPE, text=True)
    peak = Peak(server.pid)
    told, _ = server.communicate()

    assert abs(int(told) - np.pi * 400**2) < 0.1 * np.pi * 400**2
    assert peak.bytes < 2 * 2**30, f"{peak.bytes / 2**20:.0f} MiB"


class Peak:
    """The most that a process and its children hold at a time, pages that they share with files counted once."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.bytes = max(self.bytes, sum(one.memory_info().rss for one in family))
            except psutil.Error:
                return
            time.sleep(0.02)
