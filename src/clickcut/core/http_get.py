"""One GET over http or https, whole or from a byte on: what the answer says of the file, and which failures are worth another try.

Nothing else that urllib could open (``file:``, ``ftp:``, ``data:``) is opened, not by a redirect either.
"""

from __future__ import annotations

import re
import ssl
import urllib.request as urls
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from clickcut import __version__

_CHUNK = 1 << 16
_WORTH_ANOTHER_TRY = (408, 425, 429, 500, 502, 503, 504)


class DroppedError(Exception):
    """The connection or the server failed in a way that another try may mend."""


class NotServedError(ValueError):
    """The server does not give the file, and will not by being asked again."""


class RangeRefusedError(Exception):
    """The file has no bytes from where they were asked for; ``total`` is how many it has, where the server says so."""

    def __init__(self, total: int | None) -> None:
        super().__init__(f"no bytes from there on, of {total}")
        self.total = total


@dataclass(frozen=True, slots=True)
class Origin:
    """What a server says of a file, by which its next answer is known to be of the same one; None where it says nothing."""

    size: int | None
    etag: str | None
    modified: str | None

    @property
    def validator(self) -> str | None:
        """What If-Range may carry: no weak tag, and a date only where there is no tag (RFC 9110, 13.1.5)."""
        if self.etag is None:
            return self.modified
        return None if self.etag.startswith("W/") else self.etag

    def agrees_with(self, other: Origin) -> bool:
        """Whether all that both of them say is the same."""
        pairs = ((self.size, other.size), (self.etag, other.etag), (self.modified, other.modified))
        return all(ours == theirs for ours, theirs in pairs if ours is not None and theirs is not None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes: the file's bytes from ``start`` on, which is 0 also where a later start was asked for and is not served."""

    start: int
    origin: Origin
    response: HTTPResponse

    def chunks(self) -> Iterator[bytes]:
        while chunk := self._chunk():
            yield chunk

    def _chunk(self) -> bytes:
        try:
            return self.response.read(_CHUNK)
        except (OSError, HTTPException) as error:
            raise DroppedError(_reason(error)) from error


@contextmanager
def asking(address: str, *, start: int, origin: Origin | None, timeout: float) -> Iterator[Answer]:
    """The answer for a file's bytes from ``start`` on, of the file that ``origin`` was said of, or all of it where that has changed.

    ValueError for addresses that are refused and answers that will stay as they are, DroppedError and RangeRefusedError for the rest.
    """
    _check_scheme(address, address)
    with _opened(address, _headers(start, origin), timeout) as response:
        yield _understood(response)


def _headers(start: int, origin: Origin | None) -> dict[str, str]:
    headers = {"User-Agent": f"clickcut/{__version__}", "Accept-Encoding": "identity"}
    if start > 0:
        headers["Range"] = f"bytes={start}-"
        if origin is not None and origin.validator is not None:
            headers["If-Range"] = origin.validator
    return headers


def _opened(address: str, headers: dict[str, str], timeout: float) -> HTTPResponse:
    try:
        return cast(HTTPResponse, _opener().open(urls.Request(address, headers=headers), timeout=timeout))
    except HTTPError as error:
        with error:
            if error.code == 416:
                raise RangeRefusedError(_content_range(error.headers.get("Content-Range", ""))[1]) from error
            said = f"the server answered {error.code} ({error.reason})"
            if error.code in _WORTH_ANOTHER_TRY:
                raise DroppedError(said) from error
            raise NotServedError(f"{address}: {said}") from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise ValueError(f"{address}: the server's certificate is not to be trusted ({error.reason.verify_message})") from error
        raise DroppedError(_reason(error.reason)) from error
    except (OSError, HTTPException) as error:
        raise DroppedError(_reason(error)) from error


def _understood(response: HTTPResponse) -> Answer:
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    if response.status == 206:
        start, total = _content_range(response.headers.get("Content-Range", ""))
        if start is None:
            raise DroppedError("the server sent a part of the file without saying which")
        if total is None and response.length is not None:
            total = start + response.length
        return Answer(start, Origin(total, etag, modified), response)
    return Answer(0, Origin(response.length, etag, modified), response)


def _content_range(text: str) -> tuple[int | None, int | None]:
    """First byte and size of the whole; None for what is not said."""
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)", text.strip())
    first, total = match.groups() if match else (None, None)
    return (None if first is None else int(first)), (None if total is None else int(total))


def _opener() -> urls.OpenerDirector:
    """urllib's usual way, proxies of the environment included, without its handlers of other schemes."""
    opener = urls.OpenerDirector()
    handlers = (
        urls.ProxyHandler(),
        urls.UnknownHandler(),
        urls.HTTPHandler(),
        urls.HTTPSHandler(),
        urls.HTTPDefaultErrorHandler(),
        urls.HTTPErrorProcessor(),
        _CheckedRedirects(),
    )
    for handler in handlers:
        opener.add_handler(handler)
    return opener


class _CheckedRedirects(urls.HTTPRedirectHandler):
    def redirect_request(
        self, req: urls.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urls.Request | None:
        try:
            _check_scheme(newurl, req.full_url)
        except ValueError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(address: str, asked: str) -> None:
    """``asked`` is what led to the address: itself, or where a redirect came from."""
    scheme = urlsplit(address).scheme
    if scheme not in ("http", "https"):
        raise ValueError(f"{asked}: expected an address of http or https, got {address!r}")
    if scheme == "http" and urlsplit(asked).scheme == "https":
        raise ValueError(f"{asked}: leads on to {address!r}, which is not encrypted; refused")


def _reason(error: object) -> str:
    """urllib's and the system's texts, of which some are empty."""
    return str(error) or type(error).__name__
