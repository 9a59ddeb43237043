"""What every request must pass before a route sees it: host, token, origin, type and size of the body; and the headers of every answer.

A page of another site can send requests to this machine's servers. The host check stops names that point here (DNS rebinding), the origin
and type checks stop forms and scripts of other pages, and beyond loopback nothing is answered without the token.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import socket
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clickcut.web.refusal import Refusal

BODY_BYTES: Final = 64 * 2**20
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
COOKIE: Final = "clickcut"

_HEADERS: Final = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_READING: Final = ("GET", "HEAD", "OPTIONS")
_BODY_TYPES: Final = ("application/json", "application/octet-stream", "application/zip", "image/")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask: ``host`` is what the server listens on; ``token`` None lets in whoever reaches it, so only on loopback."""

    host: str = "127.0.0.1"
    token: str | None = None
    body_bytes: int = BODY_BYTES

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise ValueError(f"--host {self.host}: others could reach this server, so it needs a --token that only you know")
        if self.token is not None and len(self.token) < 8:
            raise ValueError("--token: expected 8 characters or more")

    @property
    def cookie(self) -> str:
        """What the cookie holds in place of the token."""
        return hmac.new((self.token or "").encode(), b"clickcut cookie", hashlib.sha256).hexdigest()

    def knows_host(self, header: str) -> bool:
        """Whether a Host header means this server: a loopback name; with a token also an address, or this machine's name."""
        name = (urlsplit(f"//{header}").hostname or "") if header else ""
        if name == "localhost" or is_loopback(name):
            return True
        if self.token is None:
            return False
        return _is_address(name) or name.casefold() in {self.host.casefold(), socket.gethostname().casefold(), socket.getfqdn().casefold()}

    def knows_token(self, token: str) -> bool:
        return self.token is not None and hmac.compare_digest(token.encode(errors="replace"), self.token.encode())

    def knows_cookie(self, header: str) -> bool:
        try:
            cookie = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(errors="replace"), self.cookie.encode())


def is_loopback(name: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Gate:
    """The application behind its checks."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        guarded = _with_headers(send)
        try:
            if self._greets(scope):
                cookie = f"{COOKIE}={self._access.cookie}; Path=/; HttpOnly; SameSite=Lax"
                await _answer(guarded, 303, b"", {"location": "/", "set-cookie": cookie})
                return
            self._check(scope, headers)
        except Refusal as refusal:
            await _refuse(guarded, refusal)
            return
        await self._app(scope, _bounded(receive, self._access.body_bytes), guarded)

    def _greets(self, scope: Scope) -> bool:
        """Whether this is a browser that comes with the token in its address for the first time."""
        if self._access.token is None or scope["method"] != "GET" or scope["path"] != "/":
            return False
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return bool(token) and self._access.knows_token(token)

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if not self._access.knows_host(host):
            raise Refusal("wrong_host", f"this server is not called {host or 'nothing'}; use the address that it printed")
        if self._access.token is not None and not self._has_token(headers):
            raise Refusal(
                "token_needed", "this server wants its token: open the address that it printed, or send Authorization: Bearer TOKEN"
            )
        if scope["method"] in _READING:
            return
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != host):
            raise Refusal("wrong_origin", "this request comes from a page of another site")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if has_body and not kind.startswith(_BODY_TYPES):
            raise Refusal(
                "wrong_content_type", f"expected application/json, application/octet-stream or image/..., got {kind or 'no type'}"
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._access.body_bytes:
            raise _too_large(self._access.body_bytes)

    def _has_token(self, headers: dict[str, str]) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._access.knows_token(token.strip()):
            return True
        return self._access.knows_cookie(headers.get("cookie", ""))


def _bounded(receive: Receive, most: int) -> Receive:
    """A request's body, cut off beyond ``most`` bytes whatever its header said."""
    received = 0

    async def taken() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            # The framework passes on this kind alone, whoever is reading the body.
            raise HTTPException(413, str(_too_large(most)))
        return message

    return taken


def _too_large(most: int) -> Refusal:
    return Refusal("too_large", f"a request's body is at most {most // 2**20} MiB")


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            further = [(name.encode(), value.encode()) for name, value in _HEADERS.items() if name.encode() not in given]
            if b"cache-control" not in given:
                further.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*message["headers"], *further]}
        await send(message)

    return sent


async def _refuse(send: Send, refusal: Refusal) -> None:
    await _answer(send, refusal.status, json.dumps(refusal.answer).encode(), {"content-type": "application/json"})


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in {**headers, "content-length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
