"""Published weights for tests: small files that look as torch's do, served from loopback, and a cache of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from clickcut.model.catalogue import PUBLISHED, Published
from tests.core.files_server import FilesServer, files_server
from tests.core.seven_zip_files import cut, seven_zip_bytes

CONTENT = b"PK\x03\x04" + bytes(range(256)) * 500
PAGE = "https://example.org/weights"
PLAIN = "plain_vit"
ARCHIVED = "archived_vit"
BY_HAND = "by_hand_vit"


@dataclass(frozen=True)
class Shop:
    """A server with three published weights, and the folder that they go to."""

    server: FilesServer
    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.pth"

    def serve_archive(self, members: dict[str, bytes]) -> list[bytes]:
        """Its parts, which are served from now on."""
        parts = cut(seven_zip_bytes(members))
        for number, part in enumerate(parts, start=1):
            self.server.serve(f"/{ARCHIVED}.pth.7z.{number:03}", part)
        return parts


@contextmanager
def opened_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """In place of the real catalogue, so that no test could contact anybody."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("CLICKCUT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("clickcut.core.download.Patience.rest", lambda *_: None)
    with files_server() as server:
        shop = Shop(server, tmp_path / "home" / "weights")
        parts = tuple(f"{server.address}/{ARCHIVED}.pth.7z.{number:03}" for number in (1, 2, 3))
        for name in list(PUBLISHED):
            monkeypatch.delitem(PUBLISHED, name)
        for name, addresses in ((PLAIN, (f"{server.address}/{PLAIN}.pth",)), (ARCHIVED, parts), (BY_HAND, ())):
            monkeypatch.setitem(PUBLISHED, name, Published(name, f"the {name}", "click", addresses, PAGE, "MIT"))
        server.serve(f"/{PLAIN}.pth", CONTENT)
        shop.serve_archive({f"{ARCHIVED}.pth": CONTENT})
        yield shop
