"""The routes of export and import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from clickcut.web.http import schema
from clickcut.web.http.asked import RAW_BODY
from clickcut.web.http.served import Served
from clickcut.web.http.transfer import Wanted, export, format_views, import_into
from clickcut.web.refusal import Refusal

FormatName = Annotated[str, Query(alias="format", max_length=40)]
ImageAsked = Annotated[str | None, Query(min_length=1, max_length=4096)]
ObjectAsked = Annotated[int | None, Query(alias="object", ge=1, le=2**31)]
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


def transfer_routes(served: Served) -> APIRouter:
    """Routes /api/export and /api/import."""
    routes = APIRouter(prefix="/api", tags=["formats"], responses=schema.error_answers(400, 401, 403, 404, 409, 413, 415, 422, 507))

    @routes.get("/export", responses=_FILE, response_class=StreamingResponse)
    def get_export(
        form: FormatName,
        image: ImageAsked = None,
        object_id: ObjectAsked = None,
        undone: bool = True,
    ) -> StreamingResponse:
        """Finished objects in a format: of the whole folder, of one image, or one object. Several files come as a zip archive."""
        made = export(served.store, Wanted(_known(form), image, object_id, undone))
        name = made.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
        attached = f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(made.name)}"
        return StreamingResponse(_parts(made.content), media_type=made.kind, headers={"content-disposition": attached})

    @routes.post("/import", response_model=schema.ImportTold, openapi_extra={"requestBody": RAW_BODY})
    async def post_import(
        request: Request,
        name: Annotated[str, Query(min_length=1, max_length=200)] = "import",
        form: Annotated[str | None, Query(alias="format", max_length=40)] = None,
        image: ImageAsked = None,
    ) -> Any:
        """Adds objects from a file, called ``name``, or a zip archive of files; without a format it is told by the files."""
        data = await request.body()
        known = None if form is None else _known(form)
        done = await run_in_threadpool(lambda: import_into(served.store, data, name=name, form=known, image=image))
        skipped = [{"name": what, "message": message} for what, message in done.skipped]
        return {"images": len(done.images), "objects": done.num_objects, "skipped": skipped}

    return routes


def _known(form: str) -> str:
    names = [view["name"] for view in format_views()]
    if form not in names:
        raise Refusal("invalid", f"expected a format, one of {', '.join(names)}, got {form!r}")
    return form


def _parts(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while part := content.read(2**18):
            yield part
