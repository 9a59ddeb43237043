"""The routes of the opened folder: its images and their pictures, its classes, its settings."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from clickcut.web.folder.listing import ListedImage
from clickcut.web.folder.workspace import FolderSettings
from clickcut.web.http import schema
from clickcut.web.http.asked import RAW_BODY, checked_settings
from clickcut.web.http.served import LIMITS, Served
from clickcut.web.http.transfer import format_views
from clickcut.web.http.views import class_views, counts_view, image_details, image_view, workspace_view

ImageId = Annotated[str, Path(min_length=1, max_length=64)]
ClassId = Annotated[int, Path(ge=1, le=2**31)]
Version = Annotated[str | None, Query(max_length=64, description="the image's version: with it, the answer may be kept for ever")]
PlaceAsked = Annotated[int | None, Query(ge=-1, le=10**9)]
_JPEG: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/jpeg": {}}}}


def folder_routes(served: Served) -> APIRouter:
    """Routes under /api that are about the folder."""
    routes = APIRouter(prefix="/api", tags=["folder"], responses=schema.error_answers(400, 401, 403, 404, 409, 413, 415, 422, 507))
    workspace, store = served.workspace, served.store

    @routes.get("/workspace", response_model=schema.WorkspaceTold)
    def get_workspace() -> Any:
        """The folder, the model, the bounds, the formats."""
        return workspace_view(store, LIMITS, format_views())

    @routes.put("/settings", response_model=schema.FolderSettingsValue)
    def set_settings(asked: schema.FolderSettingsValue) -> Any:
        """What objects in this folder begin with from now on."""
        workspace.remember(FolderSettings(checked_settings(served, asked.settings), asked.no_overlap))
        return asked

    @routes.get("/classes", response_model=schema.ClassesTold)
    def get_classes() -> Any:
        """The folder's own list."""
        return {"classes": class_views(workspace)}

    @routes.post("/classes", status_code=201, response_model=schema.ClassTold)
    def add_class(asked: schema.ClassAsked) -> Any:
        """A class at the end of the list."""
        made = workspace.classes.add(asked.name, asked.colour)
        return {"id": made.id, "name": made.name, "colour": made.colour, "num_objects": 0}

    @routes.patch("/classes/{class_id}", response_model=schema.ClassesTold)
    def change_class(class_id: ClassId, asked: schema.ClassChange) -> Any:
        """Name, colour, place in the list."""
        workspace.classes.change(class_id, name=asked.name, colour=asked.colour, position=asked.position)
        return {"classes": class_views(workspace)}

    @routes.delete("/classes/{class_id}", response_model=schema.ClassesTold)
    def delete_class(class_id: ClassId) -> Any:
        """Takes a class out that no object is of."""
        workspace.classes.remove(class_id, workspace.summaries.num_objects_of(class_id))
        return {"classes": class_views(workspace)}

    @routes.get("/images", response_model=schema.ImagesTold)
    def get_images(
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        state: Literal["todo", "work", "done"] | None = None,
        search: Annotated[str, Query(max_length=200)] = "",
        after: PlaceAsked = None,
        before: PlaceAsked = None,
    ) -> Any:
        """The images in the folder's order, those of a state alone or with a text in their name; ``after`` and ``before`` are places."""
        found = [image for image in workspace.images if _fits(served, image, state, search)]
        if after is not None:
            found = [image for image in found if workspace.place_of(image) > after]
        if before is not None:
            found = [image for image in reversed(found) if workspace.place_of(image) < before]
        views = [image_view(store, image) for image in found[offset : offset + limit]]
        return {"total": len(found), "offset": offset, "counts": counts_view(workspace), "images": views}

    @routes.post("/images", status_code=201, response_model=schema.ImageDetails, openapi_extra={"requestBody": RAW_BODY})
    async def upload(request: Request, name: Annotated[str, Query(min_length=1, max_length=200)] = "image.png") -> Any:
        """Keeps an image file, the body itself, among the folder's uploads."""
        image = await run_in_threadpool(workspace.upload, name, await request.body())
        return await run_in_threadpool(image_details, store, image)

    @routes.get("/images/{image_id}", response_model=schema.ImageDetails)
    def get_image(image_id: ImageId) -> Any:
        """One image: its size, and what tiles there are."""
        return image_details(store, workspace.image(image_id))

    @routes.delete("/images/{image_id}", status_code=204)
    def delete_image(image_id: ImageId) -> Response:
        """Removes an upload."""
        store.remove_upload(workspace.image(image_id))
        return Response(status_code=204)

    @routes.get("/images/{image_id}/thumbnail", responses=_JPEG, response_class=Response)
    def get_thumbnail(image_id: ImageId, v: Version = None) -> Response:
        """The image, 256 pixels on its longest side."""
        image = workspace.image(image_id)
        return _picture(workspace.tiles.thumbnail(image), image, v)

    @routes.get("/images/{image_id}/preview", responses=_JPEG, response_class=Response)
    def get_preview(image_id: ImageId, v: Version = None) -> Response:
        """The image, at most 2048 pixels on its longest side."""
        image = workspace.image(image_id)
        return _picture(workspace.tiles.preview(image), image, v)

    @routes.get("/images/{image_id}/tiles/{level}/{column}/{row}", responses=_JPEG, response_class=Response)
    def get_tile(image_id: ImageId, level: int, column: int, row: int, v: Version = None) -> Response:
        """512 x 512 pixels of a level of detail; level 0 is all of it, each further one half of the last."""
        image = workspace.image(image_id)
        return _picture(workspace.tiles.tile(image, level, column, row), image, v)

    return routes


def _fits(served: Served, image: ListedImage, state: str | None, search: str) -> bool:
    if state is not None and served.workspace.summaries.of(image.id).state != state:
        return False
    return search.casefold() in image.name.casefold()


def _picture(data: bytes, image: ListedImage, version: str | None) -> Response:
    kept = "private, max-age=31536000, immutable" if version == image.version else "no-cache"
    return Response(data, media_type="image/jpeg", headers={"cache-control": kept})
