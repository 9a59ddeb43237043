"""Large images: tiles come as they are looked at, and the first click's window is chosen in what is on the screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickcut.core.images import write_image
from tests.web.static.annotator import Annotator, picture, serving
from tests.web.static.browser import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.slow
def test_a_large_image_is_shown_in_tiles_and_clicked_in_what_is_in_sight(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    write_image(tmp_path / "photos" / "large.jpg", picture(hw=(5000, 7000)))
    with serving(tmp_path / "photos") as address:
        page = browser.new_page(viewport={"width": 1024, "height": 640})
        tiles: list[str] = []
        page.on("request", lambda request: tiles.append(request.url) if "/tiles/" in request.url else None)
        annotator = Annotator(page, address).open()
        fitted = list(tiles)
        page.mouse.move(400, 300)
        for _ in range(20):
            page.mouse.wheel(0, -100)
        until(page, lambda: any("/tiles/0/" in one for one in tiles), "tiles of the full resolution")
        with page.expect_request(lambda request: request.url.endswith("/clicks")) as asked:
            page.mouse.click(400, 300)
        annotator.settled()

        view = json.loads(asked.value.post_data or "{}")["view"]
        assert not any("/tiles/0/" in one for one in fitted)
        assert 0 < view["width"] < 3000
        assert annotator.chips == ["+1"]
        page.close()
