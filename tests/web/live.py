"""A server on loopback with a network that answers by a formula, in this process, and pictures to click on."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from clickcut.client import Client
from clickcut.model.network import ClickBatch, Features
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom
from clickcut.web.http.security import Access
from clickcut.web.http.served import Served
from clickcut.web.http.server import application
from clickcut.web.http.serving import Server, Where, address_of, listening, served_folder
from tests.predict.fakes import SQUASH, FormulaNetwork, picture

LARGE = (160, 125)
"""x, y on the large ellipse of ``picture``; and on the small one."""
SMALL = (330, 220)


@dataclass(frozen=True)
class Live:
    """A running server."""

    address: str
    served: Served

    @property
    def client(self) -> Client:
        return Client(self.address)


@dataclass(frozen=True)
class Answer:
    """What a raw request got."""

    status: int
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Forgetful(FormulaNetwork):
    """The formula without its notes of what it was asked, so that what grows is the server."""

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        logits = super().decode(features, prev_B1HW, clicks)
        for notes in (self.encoded, self.prevs, self.clicks):
            notes.clear()
        return logits


def formula_predictor(*, zoom: Zoom | None = Zoom()) -> Predictor:  # noqa: B008 - frozen
    return Predictor(Forgetful(SQUASH), zoom=zoom)


def write_pictures(folder: Path, *names: str) -> Path:
    """The picture of the golden tables under each name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture()).save(path)
    return folder


@contextmanager
def live(folder: Path, predictor: Predictor | None = None, *, access: Access | None = None, name: str = "formula") -> Iterator[Live]:
    """A folder served until the block ends."""
    where = Where(access or Access(), 0)
    with served_folder([folder], predictor or formula_predictor(), name) as served, listening(where) as bound:
        ready = threading.Event()
        server = Server(application(served, where.access), ready.set, ending=served.ending.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert ready.wait(20), "the server did not start"
            yield Live(address_of(bound, where), served)
        finally:
            server.should_exit = True
            thread.join(20)


def asked(
    address: str, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None, follow: bool = False
) -> Answer:
    """One request as it is, refusals and redirects as answers."""
    request = urllib.request.Request(address.partition("?")[0].rstrip("/") + path, data=body, headers=dict(headers or {}), method=method)
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if not follow:
        handlers.append(_Stay())
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=30) as answer:
            return Answer(answer.status, _headers(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _headers(error.headers), error.read())


def _headers(message: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in message.items()}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def disk(hw: tuple[int, int], centre: tuple[int, int], radius: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """A mask (H, W) of a disk about ``centre``, (y, x)."""
    y, x = np.ogrid[: hw[0], : hw[1]]
    return np.asarray((y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2)
