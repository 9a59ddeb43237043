"""Makes the README's pictures of the annotator, docs/images/annotator-*.jpg: ``python -m tools.screenshots`` (chromium: make browser).

It serves the sample photos with the shipped model and clicks as a person would; nothing in the pictures is drawn by hand.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.web.static.browser import started_browser, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

ROOT = Path(__file__).resolve().parent.parent
SIZE: ViewportSize = {"width": 1280, "height": 800}
CLASSES = ("person", "spacecraft", "cat", "cup")
Clicks = tuple[tuple[int, int, bool], ...]
# Of each object the key of its class (the folder's own class "object" is the first), then x, y in pixels of the photo and whether the place
# lies on the object, as in `clickcut demo`.
ASTRONAUT: list[tuple[str, Clicks]] = [("2", ((150, 320, True), (225, 120, True))), ("3", ((395, 120, True), (415, 60, True)))]
CAT: list[tuple[str, Clicks]] = [("4", ((110, 140, True), (110, 270, True), (385, 80, False)))]
CUP: list[tuple[str, Clicks]] = [("5", ((290, 160, True), (110, 220, True), (260, 362, True)))]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "photos") as address, started_browser() as browser:
        dark = opened(browser, address, "dark")
        for name in CLASSES:
            dark.locator("#class-name").fill(name)
            dark.keyboard.press("Enter")
            until(dark, partial(lists_class, dark, name), name)
        dark.locator("#surface").focus()
        for subject, objects in (("astronaut", ASTRONAUT), ("chelsea", CAT), ("coffee", CUP)):
            cut(dark, address, subject, objects)
        show(dark, address, "astronaut")
        dark.locator("#objects .item-name").nth(1).click()
        save(dark, "annotator-dark")
        dark.context.close()
        light = opened(browser, address, "light")
        show(light, address, "chelsea")
        light.get_by_role("button", name="Go on with").first.click()
        settled(light)
        light.keyboard.press("m")
        light.keyboard.press("x")
        light.locator("#section-classes summary").click()
        light.locator("#section-refinement summary").click()
        until(light, lambda: light.locator("#inset").is_visible() and light.locator("#legend").is_visible(), "the network's view")
        save(light, "annotator-light")
        light.context.close()


def lists_class(page: Page, name: str) -> bool:
    return name in (page.locator("#classes").text_content() or "")


@contextmanager
def served(folder: Path, *, samples: bool = True) -> Iterator[str]:
    """The address of ``clickcut annotate`` on a folder, with the sample photos put into it or as it is."""
    command = [sys.executable, "-m", "clickcut", "annotate", str(folder), "--port", "0", "--no-browser"]
    if samples:
        command.append("--samples")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http")).rstrip("/")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def opened(browser: Browser, address: str, theme: str) -> Page:
    context = browser.new_context(viewport=SIZE, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    settled(page)
    page.locator("#hint-close").click()
    return page


def show(page: Page, address: str, name: str) -> None:
    """Opens a photo by its name."""
    (photo,) = page.request.get(f"{address}/api/images?search={name}").json()["images"]
    page.locator(f'.thumb[title^="{photo["name"]}"]').click()
    until(page, lambda: page.locator("#photo-name").text_content() == photo["name"], name)
    settled(page)


def cut(page: Page, address: str, name: str, objects: list[tuple[str, Clicks]]) -> None:
    """Cuts objects out of a photo, each of its class."""
    show(page, address, name)
    (photo,) = page.request.get(f"{address}/api/images?search={name}").json()["images"]
    for key, clicks in objects:
        page.keyboard.press(key)
        settled(page)
        for x, y, positive in clicks:
            page.mouse.click(*place(page, x, y, (photo["width"], photo["height"])), button="left" if positive else "right")
            settled(page)
        page.keyboard.press("f")
        settled(page)


def place(page: Page, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """Where a pixel of a fitted image lies on the screen."""
    box = page.locator("#surface").bounding_box()
    assert box is not None
    scale = min((box["width"] - 48) / size[0], (box["height"] - 48) / size[1])
    return (
        box["x"] + (box["width"] - size[0] * scale) / 2 + (x + 0.5) * scale,
        box["y"] + (box["height"] - size[1] * scale) / 2 + (y + 0.5) * scale,
    )


def settled(page: Page) -> None:
    until(page, lambda: page.locator("#done").is_enabled() and page.locator("#busy").text_content() == "", "settled")


def save(page: Page, name: str) -> None:
    page.mouse.move(5, 5)
    page.wait_for_timeout(500)
    path = ROOT / "docs" / "images" / f"{name}.jpg"
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, quality=88, optimize=True)
    print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
