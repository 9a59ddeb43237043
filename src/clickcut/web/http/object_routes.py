"""The routes of a session's finished objects."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path

from clickcut.web.cutting import edits
from clickcut.web.http import schema
from clickcut.web.http.asked import RevisionAsked, SessionId, check_class
from clickcut.web.http.served import Served

ObjectId = Annotated[int, Path(ge=1, le=2**31)]
ERRORS: Final = schema.error_answers(400, 401, 403, 404, 409, 413, 415, 422, 507)


def object_routes(served: Served) -> APIRouter:
    """Routes under /api/sessions/{session}/objects."""
    routes = APIRouter(prefix="/api/sessions/{session}/objects", tags=["objects"], responses=ERRORS)
    store = served.store

    @routes.post("/merge", response_model=schema.ChangeTold)
    def merge(session: SessionId, asked: schema.MergeAsked) -> Any:
        """Several objects as one, in the place of the first that is named."""
        return served.change(
            session, "merge", asked, lambda moment, work: edits.merged(moment, work.bench, asked.ids, store.settings.settings)
        )

    @routes.patch("/{object_id}", response_model=schema.ChangeTold)
    def change(session: SessionId, object_id: ObjectId, asked: schema.ObjectAsked) -> Any:
        """Name, class, hidden or not, place in the panel."""
        check_class(served, asked.class_id)
        wishes = edits.ObjectWishes(asked.name, asked.class_id, asked.hidden, asked.position)
        return served.change(session, "change object", asked, lambda moment, _: edits.changed_object(moment, object_id, wishes))

    @routes.delete("/{object_id}", response_model=schema.ChangeTold)
    def delete(session: SessionId, object_id: ObjectId, revision: RevisionAsked = None, base: RevisionAsked = None) -> Any:
        """Deletes an object; undo brings it back."""
        asked = schema.Change(revision=revision, base=base)
        return served.change(session, "delete", asked, lambda moment, _: edits.deleted(moment, object_id, store.settings.settings))

    @routes.post("/{object_id}/reopen", response_model=schema.ChangeTold)
    def reopen(session: SessionId, object_id: ObjectId, asked: schema.Change | None = None) -> Any:
        """Makes an object the one in progress again, with its clicks; what was in progress is finished first."""
        return served.change(
            session, "reopen", asked, lambda moment, work: edits.reopened(moment, work.bench, object_id, store.settings.settings)
        )

    return routes
