"""A real browser for the page's tests, Debian's chromium, and waiting in a page whose policy forbids evaluated strings."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No GPU, no sandbox (containers run as root) and no traffic of the browser's own.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_S = 30.0


def missing(why: str) -> None:
    """Skips the test, or fails it where CI is true: there the browser belongs to the set-up (make browser)."""
    message = f"{why}; on Debian: make browser"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("playwright is not installed (make setup)")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing(f"there is no browser: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def until(page: Page, fact: Callable[[], Any], what: str) -> Any:
    """Waits, with the page going on, until ``fact`` is true, and gives it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := fact():
            return found
        page.wait_for_timeout(30)
    pytest.fail(f"the page did not get so far within {PATIENCE_S:g} s: {what}")
