"""The application: routes, errors and the page, behind the gate."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from clickcut import __version__
from clickcut.web.http.asked import only_known_queries
from clickcut.web.http.docs_page import docs_page
from clickcut.web.http.folder_routes import folder_routes
from clickcut.web.http.object_routes import object_routes
from clickcut.web.http.reading_routes import reading_routes
from clickcut.web.http.security import Access, Gate
from clickcut.web.http.served import Served
from clickcut.web.http.session_routes import session_routes
from clickcut.web.http.static_files import FOLDER, PageFiles
from clickcut.web.http.transfer_routes import transfer_routes
from clickcut.web.refusal import Refusal

_LOG: Final = logging.getLogger(__name__)
_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "wrong_content_type", 400: "bad_request"}


def application(served: Served, access: Access) -> ASGIApp:
    """What a server runs; closing it closes what is served."""
    return Gate(routes_of(served), access)


def routes_of(served: Served) -> FastAPI:
    """The application without its gate."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        served.ahead.close()
        served.store.close_all()

    app = FastAPI(
        title="clickcut annotator",
        version=__version__,
        description="Cut objects out of images with clicks. Coordinates are pixels of the upright image, x first.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for routes in (session_routes, reading_routes, object_routes, folder_routes, transfer_routes):
        app.include_router(routes(served), dependencies=[Depends(only_known_queries)])
    _answer_errors(app)
    _serve_page(app)
    return app


def _serve_page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return _kept(FOLDER / "index.html")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    @app.get("/docs.css", include_in_schema=False)
    def docs_style() -> Response:
        return _kept(FOLDER / "docs.css")

    app.mount("/static", PageFiles(directory=FOLDER), name="static")


def _kept(path: Path) -> Response:
    if not path.is_file():
        raise Refusal("not_found", f"this installation has no {path.name}")
    return FileResponse(path, headers={"cache-control": "no-cache"})


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    def refused(_: Request, refusal: Refusal) -> Response:
        return JSONResponse(_plain(refusal.answer), refusal.status)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        return refused(_, _as_refusal(error.errors()))

    @app.exception_handler(HTTPException)
    def failed(_: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "bad_request")
        answer = {"error": {"code": code, "message": str(error.detail)}}
        return JSONResponse(answer, error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return refused(request, Refusal("failed", f"the server failed at this ({type(error).__name__}); its log says more"))

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> Response:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return refused(request, Refusal("no_room", f"the folder cannot be written or read: {error.strerror or error}; nothing was changed"))


def _as_refusal(errors: Sequence[Any]) -> Refusal:
    if any(one["type"] == "json_invalid" for one in errors):
        return Refusal("bad_request", "the body is not readable as JSON")
    fields = [{"where": ".".join(str(step) for step in one["loc"][1:]), "message": one["msg"]} for one in errors]
    where = fields[0]["where"]
    return Refusal("invalid", f"{where}: {fields[0]['message']}" if where else fields[0]["message"], fields=fields)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """An answer may quote what a request held, and that half of a surrogate pair, which UTF-8 cannot."""
    plain: dict[str, Any] = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return plain
