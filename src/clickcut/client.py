"""Clicks from scripts: talks to a server that ``clickcut annotate`` runs. Needs neither torch nor any library for HTTP.

from clickcut.client import Client

s = Client("http://127.0.0.1:8765").open("photo.jpg")
s.click(x=88, y=120)
s.finish()
labels = s.label_map()
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.core.masks import Mask
from clickcut.web.wire import box_json, box_of, packed, unpacked, unpacked_labels

TIMEOUT_S = 120.0


class ServerError(ValueError):
    """The server's refusal; ``code`` tells which (``"stale_revision"``, ``"held"``, ...), ``status`` is that of HTTP."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Client:
    """A server by its address, as it was printed, ``?token=`` and all; the token may be given apart."""

    def __init__(self, url: str, *, token: str | None = None, timeout: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"expected the server's address, as in http://127.0.0.1:8765, got {url!r}")
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._token = token or parse_qs(parts.query).get("token", [None])[0]
        self._timeout = timeout
        # The server is named outright: a proxy of the environment does not know this machine's loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def images(self) -> list[dict[str, Any]]:
        """The served folder's images: id, name, state, number of objects and so on."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.request("GET", f"/api/images?{urlencode({'offset': len(found), 'limit': 1000})}")
            found += page["images"]
            if not page["images"] or len(found) >= page["total"]:
                return found

    def open(self, image: str | Path | NDArray[np.uint8], *, take: bool = False) -> RemoteSession:
        """A session on an image: a name in the served folder, else a local file or RGB pixels (H, W, 3) uint8, which are uploaded.

        ``take`` takes it over from another tab or program that has it open; else that is a ServerError.
        """
        if isinstance(image, np.ndarray):
            return self._upload("array.png", _as_png(image))
        try:
            return RemoteSession(self, self.request("POST", "/api/sessions", {"image": str(image), "take": take, "masks": False}))
        except ServerError as error:
            if error.code != "no_such_image" or not Path(image).is_file():
                raise
        return self._upload(Path(image).name, Path(image).read_bytes())

    def request(self, method: str, path: str, value: Any = None, *, body: bytes | None = None) -> Any:
        """One request: JSON ``value``, or ``body`` as it is; gives the answer's JSON, or its bytes when it is of another type."""
        headers = {"Accept": "*/*"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is None and value is not None:
            body = json.dumps(value).encode()
            headers["Content-Type"] = "application/json"
        elif body is not None:
            headers["Content-Type"] = "application/octet-stream"
        asked = urllib.request.Request(self._base + path, data=body, headers=headers, method=method)
        try:
            with self._opener.open(asked, timeout=self._timeout) as answer:
                data = answer.read()
                return json.loads(data) if answer.headers.get_content_type() == "application/json" else data
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from None
        except urllib.error.URLError as error:
            raise ConnectionError(
                f"{self._base}: no server answers there ({error.reason}); start one with clickcut annotate FOLDER"
            ) from error

    def _upload(self, name: str, data: bytes) -> RemoteSession:
        return RemoteSession(self, self.request("POST", f"/api/sessions?name={quote(name[-200:])}", body=data))


class RemoteSession:
    """An image open on the server; leaving its ``with`` block, or ``close``, gives it back."""

    def __init__(self, client: Client, opened: dict[str, Any]) -> None:
        self._client = client
        self._path = f"/api/sessions/{opened['session']}"
        self._hw = (int(opened["image"]["height"]), int(opened["image"]["width"]))
        self.name: str = opened["image"]["name"]
        self.revision: int = opened["revision"]

    @property
    def width(self) -> int:
        return self._hw[1]

    @property
    def height(self) -> int:
        return self._hw[0]

    def click(self, *, x: float, y: float, positive: bool = True) -> None:
        """Adds a click, in pixels of the upright image."""
        self._change("POST", "clicks", {"clicks": [{"x": x, "y": y, "positive": positive}]})

    def undo(self) -> bool:
        """Takes the last change back; False when there is nothing to take back."""
        return self._moved("undo", "nothing_to_undo")

    def redo(self) -> bool:
        """Makes the change again that was undone last; False when there is none."""
        return self._moved("redo", "nothing_to_redo")

    def reset(self) -> None:
        """Drops the object in progress; finished ones stay."""
        self._change("POST", "reset", {})

    def start_from(self, mask: Mask) -> None:
        """Begins the object in progress anew, from a mask (height, width)."""
        if mask.shape != self._hw:
            raise ValueError(f"expected a starting mask of the image's shape {self._hw} (height, width), got {mask.shape}")
        mask = mask != 0
        if not mask.any():
            raise ValueError("the starting mask is empty; leave it out to begin without one")
        box = Box.around(mask)
        self._change("PUT", "mask", {"mask": {"box": box_json(box), "bits": packed(mask[box.slices])}})

    def mask(self) -> Mask:
        """The mask of the object in progress, bool (height, width)."""
        answer = self._client.request("GET", f"{self._path}/mask")
        return _mask(answer["mask"], self._hw)

    def finish(self, *, name: str | None = None, class_id: int | None = None) -> int:
        """Keeps the mask as an object, begins the next one and gives the kept one's label in ``label_map``."""
        before = self.objects()
        open_id = next((one["id"] for one in before if one["open"]), None)
        objects = self._change("POST", "finish", {"name": name, "class_id": class_id})["objects"]
        ids = [one["id"] for one in objects]
        return len(ids) if open_id is None else ids.index(open_id) + 1

    def objects(self) -> list[dict[str, Any]]:
        """The finished objects in the order of their labels."""
        objects: list[dict[str, Any]] = self._client.request("GET", self._path)["objects"]
        return objects

    def label_map(self) -> NDArray[np.uint16]:
        """All finished objects (height, width): 0 for none, else 1 for the first and so on."""
        return unpacked_labels(self._client.request("GET", f"{self._path}/label-map")["labels"], self._hw)

    def close(self) -> None:
        """Gives the image back, so that others can open it."""
        self._client.request("DELETE", self._path)

    def __enter__(self) -> RemoteSession:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(ServerError, OSError):
            self.close()

    def _moved(self, what: str, code: str) -> bool:
        try:
            self._change("POST", what, {})
        except ServerError as error:
            if error.code != code:
                raise
            return False
        return True

    def _change(self, method: str, what: str, value: dict[str, Any]) -> Any:
        changed = self._client.request(method, f"{self._path}/{what}", {**value, "revision": self.revision})
        self.revision = changed["revision"]
        return changed


def _mask(value: dict[str, Any], hw: tuple[int, int]) -> Mask:
    mask = np.zeros(hw, np.bool_)
    if value["box"] is not None:
        box = box_of(value["box"])
        mask[box.slices] = unpacked(value["bits"], box.hw)
    return mask


def _as_png(pixels: NDArray[np.uint8]) -> bytes:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"expected RGB pixels of shape (height, width, 3) and type uint8, got {pixels.shape} of {pixels.dtype}")
    content = BytesIO()
    Image.fromarray(pixels).save(content, "PNG", compress_level=1)
    return content.getvalue()


def _refusal(status: int, data: bytes) -> ServerError:
    try:
        error = json.loads(data)["error"]
        return ServerError(status, error["code"], error["message"])
    except (LookupError, TypeError, ValueError):
        return ServerError(status, "failed", f"the server answered with status {status}")
