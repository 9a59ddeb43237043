"""A folder of ten thousand images: it opens as one of twenty does, and its strip scrolls to the end."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickcut.core.images import write_image
from tests.web.static.annotator import Annotator, picture, serving
from tests.web.static.browser import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COUNT = 10_000


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """One tiny picture under ten thousand names."""
    folder = tmp_path / "many"
    folder.mkdir()
    write_image(folder / "00000.png", picture(hw=(30, 40)))
    for number in range(1, COUNT):
        os.link(folder / "00000.png", folder / f"{number:05}.png")
    return folder


def seconds_to_open(page: Page, folder: Path) -> float:
    with serving(folder) as address:
        began = time.monotonic()
        Annotator(page, address).open()
        return time.monotonic() - began


@pytest.mark.slow
def test_ten_thousand_images_open_at_once_and_the_strip_scrolls_to_the_last(browser: Browser, folder: Path, many: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    few_s = seconds_to_open(page, folder)
    with serving(many) as address:
        began = time.monotonic()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/api/images?" in request.url else None)
        annotator = Annotator(page, address).open()
        opened_s = time.monotonic() - began
        at_first = list(asked)

        page.locator("#thumbs").evaluate("(strip) => { strip.scrollLeft = strip.scrollWidth; }")
        last = page.locator('.thumb[title^="09999.png"]')
        until(page, lambda: last.count() == 1, "the last thumbnail")
        until(page, lambda: last.locator("img").evaluate("(image) => image.complete && image.naturalWidth > 0"), "its picture")
        shown, at_the_end = page.locator(".thumb").count(), list(asked)
        last.click()
        until(page, lambda: annotator.text("#photo-name") == "09999.png", "the last image")
        annotator.settled()

        # Generous, as machines may be busy: reading each image, or putting each into the page, would take minutes.
        assert opened_s < 4 * few_s + 5
        assert annotator.text("#photo-facts").startswith("10000 of 10000")
        assert annotator.text("#progress-text") == "0 of 10,000 done"
        # Only what is in sight is asked for and exists.
        assert len(at_first) <= 3
        assert len(at_the_end) - len(at_first) <= 3
        assert shown < 40
        page.close()
