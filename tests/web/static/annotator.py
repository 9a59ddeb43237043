"""The annotator as a user meets it: a folder of pictures, the real server with a tiny network, and the page's controls by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import uvicorn
from numpy.typing import NDArray

from clickcut.core.images import write_image
from clickcut.core.masks import Mask
from clickcut.web.http.security import Access
from clickcut.web.http.server import application
from clickcut.web.http.serving import Where, address_of, listening, served_folder
from tests.web.static.browser import PATIENCE_S, until
from tests.web.static.tiny_server import predictor

if TYPE_CHECKING:
    from playwright.sync_api import Page

HW = (300, 400)


def picture(seed: int = 0, hw: tuple[int, int] = HW) -> NDArray[np.uint8]:
    """A smooth gradient with a pattern of its own."""
    y, x = np.mgrid[: hw[0], : hw[1]]
    planes = [120 + 60 * np.sin(x / (40 + 7 * seed)), 120 + 60 * np.cos(y / 50), 90 + 0.1 * (x + y) + 20 * seed]
    image: NDArray[np.uint8] = np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)
    return image


def folder_of(path: Path, count: int = 2) -> Path:
    """``one.png``, ``two.png``, ... in a new folder."""
    path.mkdir()
    for seed, name in enumerate(["one", "two", "three", "four"][:count]):
        write_image(path / f"{name}.png", picture(seed))
    return path


@contextmanager
def serving(folder: Path, *, pause_s: float = 0.0) -> Iterator[str]:
    """The server's address while the block runs; ``pause_s`` is what each pass of the network takes besides."""
    where = Where(Access(), 0)
    with served_folder([folder], predictor(pause_s), "disks") as served, listening(where) as bound:
        server = uvicorn.Server(uvicorn.Config(application(served, where.access), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        end = time.monotonic() + PATIENCE_S
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        yield address_of(bound, where).rstrip("/")
        server.should_exit = True
        thread.join(PATIENCE_S)


@dataclass(frozen=True)
class Annotator:
    """One tab. Places are pixels of the image."""

    page: Page
    address: str

    def open(self, image: str | None = None) -> Annotator:
        """Goes to an image by name, or to where the page begins."""
        self.page.goto(self.address if image is None else f"{self.address}/#image={self.photo(image)['id']}")
        return self.settled()

    def photo(self, name: str) -> dict[str, Any]:
        """The server's entry of an image."""
        found: dict[str, Any] = self.get(f"/api/images?search={name}")["images"][0]
        return found

    def get(self, path: str) -> Any:
        return self.page.request.get(f"{self.address}{path}").json()

    def settled(self) -> Annotator:
        """Waits until the image is open and nothing is under way."""
        until(self.page, lambda: self.page.locator("#done").is_enabled() and self.page.locator("#busy").text_content() == "", "settled")
        return self

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """Where the middle of a pixel lies on the screen while the image is fitted to the stage."""
        box = self.page.locator("#surface").bounding_box()
        assert box is not None
        scale = min((box["width"] - 48) / HW[1], (box["height"] - 48) / HW[0])
        left, top = box["x"] + (box["width"] - HW[1] * scale) / 2, box["y"] + (box["height"] - HW[0] * scale) / 2
        return left + (x + 0.5) * scale, top + (y + 0.5) * scale

    def click(self, x: float, y: float, **how: Any) -> Annotator:
        self.page.mouse.click(*self.screen(x, y), **how)
        return self.settled()

    def press(self, key: str) -> Annotator:
        self.page.keyboard.press(key)
        return self.settled()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).text_content() or ""

    @property
    def chips(self) -> list[str]:
        """The clicks of the object in progress, as the panel lists them."""
        return self.page.locator("#clicks .chip").all_text_contents()

    @property
    def objects(self) -> list[str]:
        """The names of the finished objects, as the panel lists them."""
        return self.page.locator("#objects .item-name").all_text_contents()

    def painted(self, colour: tuple[int, int, int]) -> Mask:
        """Where the masks' sheet shows a colour, (H, W) of the image: read from the screen at the pixels' middles, borders turned off."""
        left, top = self.screen(0, 0)
        right, _ = self.screen(1, 0)
        values = self.page.evaluate(
            """([left, top, step, height, width]) => {
              const sheet = document.querySelectorAll("#stage canvas")[1];
              const { x, y } = sheet.getBoundingClientRect();
              const { data, width: row } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
              const device = (value) => Math.floor(value * devicePixelRatio);
              const at = (px, py) => 4 * (device(top + py * step - y) * row + device(left + px * step - x));
              const found = [];
              for (let py = 0; py < height; py++) for (let px = 0; px < width; px++) {
                const i = at(px, py);
                found.push(data[i + 3] === 0 ? -1 : (data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
              }
              return found;
            }""",
            [left, top, right - left, *HW],
        )
        wanted = (colour[0] << 16) | (colour[1] << 8) | colour[2]
        mask: Mask = np.reshape(values, HW) == wanted
        return mask
