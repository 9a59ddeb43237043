"""A real browser for the page's tests: Debian's chromium. Without one they skip and say so; where CI is true they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="the page's tests need playwright: make setup") if not os.environ.get("CI") else None

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No GPU, no sandbox (containers run as root) and no traffic of the browser's own.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
