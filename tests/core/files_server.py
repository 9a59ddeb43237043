"""A web server on loopback that serves bytes from memory, and breaks, lies and changes its mind as a test tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Served:
    """One file and how it is served; a test may change it between or during requests."""

    content: bytes
    etag: str | None = '"1"'
    modified: str | None = None
    ranges: bool = True
    says_length: int | None = None
    """A Content-Length that is not true."""
    keeps_length_to_itself: bool = False
    drops_after: list[int] = field(default_factory=list)
    """For each of the first answers, after how many of its bytes the connection is cut."""
    statuses: list[int] = field(default_factory=list)
    """For each of the first answers, an error instead of the file."""
    redirect: str | None = None


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    path: str
    range: str | None
    if_range: str | None
    agent: str


class FilesServer:
    """``files`` by path, ``requests`` in their order."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.requests: list[Request] = []
        self.address = ""

    def serve(self, path: str, content: bytes, **how: object) -> Served:
        served = Served(content, **how)  # type: ignore[arg-type]
        self.files[path] = served
        return served


@contextmanager
def files_server() -> Iterator[FilesServer]:
    files = FilesServer()

    class Handler(_Handler):
        server_files = files

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    files.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_files: FilesServer

    def do_GET(self) -> None:
        headers = self.headers
        self.server_files.requests.append(Request(self.path, headers["Range"], headers["If-Range"], headers["User-Agent"]))
        served = self.server_files.files.get(self.path)
        if served is None or served.statuses:
            self._say(404 if served is None else served.statuses.pop(0), {"Content-Length": "0"})
        elif served.redirect is not None:
            self._say(302, {"Location": served.redirect, "Content-Length": "0"})
        else:
            self._serve(served)

    def _serve(self, served: Served) -> None:
        about = {name: value for name, value in (("ETag", served.etag), ("Last-Modified", served.modified)) if value is not None}
        start, status, size = self._start(served), 200, len(served.content)
        if start is not None:
            if start >= size:
                self._say(416, {**about, "Content-Range": f"bytes */{size}", "Content-Length": "0"})
                return
            status, about = 206, {**about, "Content-Range": f"bytes {start}-{size - 1}/{served.says_length or size}"}
        body = served.content[start or 0 :]
        if not served.keeps_length_to_itself:
            about["Content-Length"] = str(len(body) if served.says_length is None else served.says_length - (start or 0))
        self._say(status, about)
        self.wfile.write(body[: served.drops_after.pop(0)] if served.drops_after else body)

    def _start(self, served: Served) -> int | None:
        """From where the rest is wanted and served; None for all."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if_range = self.headers["If-Range"]
        if not served.ranges or match is None or (if_range is not None and if_range not in (served.etag, served.modified)):
            return None
        return int(match[1])

    def _say(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing on stderr."""
