"""From paths and a predictor to a server on a socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from clickcut.predict.predictor import Predictor
from clickcut.web.cutting.ahead import Ahead
from clickcut.web.cutting.answers import Answers
from clickcut.web.cutting.store import Store
from clickcut.web.folder.workspace import opened
from clickcut.web.http.security import Access
from clickcut.web.http.served import Served
from clickcut.web.http.server import application

FIRST_PORT: Final = 8765
_TRIED: Final = 20
_CLOSING_S: Final = 3
"""How long requests under way are waited for when the server is stopped."""


@dataclass(frozen=True, slots=True)
class Where:
    """What to listen on; ``port`` None is the first free one from 8765 on, 0 any."""

    access: Access
    port: int | None = None

    @property
    def shown_host(self) -> str:
        """The host for an address that a browser can open."""
        host = self.access.host
        if host in ("0.0.0.0", "::", ""):  # all addresses of this machine
            return "127.0.0.1"
        return f"[{host}]" if ":" in host else host


@contextmanager
def served_folder(paths: Sequence[Path], predictor: Predictor, name: str) -> Iterator[Served]:
    """A folder or images and a network, ready for routes; ``name`` is the network's."""
    with opened(paths) as workspace:
        store = Store(workspace, Answers(predictor, name))
        ahead = Ahead(store)
        try:
            yield Served(store, ahead)
        finally:
            ahead.close()
            store.close_all()


def listening(where: Where) -> socket.socket:
    """A bound socket; ValueError says why there is none."""
    host, port = where.access.host, where.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = range(FIRST_PORT, FIRST_PORT + _TRIED) if port is None else (port,)
    problem: OSError | None = None
    for number in ports:
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, number))
            bound.listen(128)
        except OSError as error:
            bound.close()
            problem = error
        else:
            return bound
    tried = f"port {ports[0]}" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]}"
    raise ValueError(f"cannot listen on {host}, {tried}: {problem.strerror if problem else 'none tried'}; choose another --port")


def address_of(bound: socket.socket, where: Where) -> str:
    """What to open in a browser, the token with it if there is one."""
    port = bound.getsockname()[1]
    query = f"?token={where.access.token}" if where.access.token is not None else ""
    return f"http://{where.shown_host}:{port}/{query}"


class Server(uvicorn.Server):
    """Answers requests on the sockets that ``run`` is given, until ``should_exit`` is set or the process is told to stop.

    ``ready`` is called once it does, ``ending`` when it is going to stop, before requests under way are waited for.
    """

    def __init__(self, app: ASGIApp, ready: Callable[[], None] = lambda: None, *, ending: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_CLOSING_S,
                limit_concurrency=256,
            )
        )
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def run_server(served: Served, where: Where, *, ready: Callable[[str], None]) -> None:
    """Serves a folder; ``ready`` is given the address once it answers."""
    with listening(where) as bound:
        address = address_of(bound, where)
        Server(application(served, where.access), lambda: ready(address), ending=served.ending.set).run(sockets=[bound])
