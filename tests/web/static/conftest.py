"""What the page's tests share: one browser, and a page of the annotator's own files without a server behind them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.web.static.annotator import Annotator, folder_of, serving
from tests.web.static.browser import started_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = Path(str(files("clickcut") / "web" / "static"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Started once, for all tests of the page."""
    with started_browser() as browser:
        yield browser


class _Files(SimpleHTTPRequestHandler):
    """The page's files at /static/, and an empty page at /."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/static"))

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>modules</title>")
        return None

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def files_address() -> Iterator[str]:
    """Where the page's files are served, without any API."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(STATIC))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def modules(browser: Browser, files_address: str) -> Iterator[Page]:
    """An empty page in which the modules can be imported from /static/js/."""
    page = browser.new_page()
    page.goto(files_address)
    yield page
    page.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one.png and two.png."""
    return folder_of(tmp_path / "photos")


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """The real server of that folder, with the tiny network."""
    with serving(folder) as address:
        yield address


@pytest.fixture
def annotator(browser: Browser, address: str) -> Iterator[Annotator]:
    """A tab with the first image open. It must not have logged an error when the test is over."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
    yield Annotator(page, address).open()
    context.close()
    assert not errors
