"""The routes of sessions: opening an image, clicking, taking back, finishing, and what can be looked at meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from clickcut.core.clicks import Click
from clickcut.core.images import decode_mask
from clickcut.web.cutting import edits
from clickcut.web.folder.listing import ListedImage
from clickcut.web.folder.workspace import FolderSettings
from clickcut.web.http import schema
from clickcut.web.http.asked import RAW_BODY, RevisionAsked, SessionId, check_class, checked_settings, given_cut, parsed
from clickcut.web.http.served import Served
from clickcut.web.http.views import session_view
from clickcut.web.record.cuts import Stroke, cut_of
from clickcut.web.refusal import Refusal
from clickcut.web.wire import box_of

ERRORS: Final = schema.error_answers(400, 401, 403, 404, 409, 413, 415, 422, 507)


def session_routes(served: Served) -> APIRouter:
    """Routes under /api/sessions."""
    routes = APIRouter(prefix="/api/sessions", tags=["sessions"], responses=ERRORS)
    store = served.store

    def opened(image: ListedImage, *, take: bool, masks: bool) -> dict[str, Any]:
        lease = store.open(image, take=take)
        with store.using(lease.session) as work:
            wanted = store.settings
            work.begin_with(wanted.settings, no_overlap=wanted.no_overlap)
            served.encode_ahead(image)
            return session_view(store, lease.session, work, masks=masks)

    @routes.post(
        "",
        status_code=201,
        response_model=schema.SessionTold,
        responses=schema.error_answers(429),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema.SessionAsked.model_json_schema()}, **RAW_BODY["content"]},
            }
        },
    )
    async def open_session(request: Request, name: Annotated[str, Query(min_length=1, max_length=200)] = "image.png") -> Any:
        """Opens an image of the folder (JSON), or an image file that is the body itself, called ``name``."""
        body = await request.body()
        if request.headers.get("content-type", "").startswith("application/json"):
            asked = parsed(schema.SessionAsked, body)
            image = await run_in_threadpool(served.workspace.image, asked.image)
            return await run_in_threadpool(lambda: opened(image, take=asked.take, masks=asked.masks))
        image = await run_in_threadpool(served.workspace.upload, name, body)
        return await run_in_threadpool(lambda: opened(image, take=False, masks=True))

    @routes.get("/{session}", response_model=schema.SessionTold)
    def get_session(session: SessionId, masks: bool = False) -> Any:
        """All of a session; ``masks`` adds those of finished objects."""
        with store.using(session) as work:
            served.encode_ahead(work.image)
            return session_view(store, session, work, masks=masks)

    @routes.delete("/{session}", status_code=204)
    def delete_session(session: SessionId) -> Response:
        """Gives the image back, so that others can open it."""
        store.close(session)
        return Response(status_code=204)

    @routes.post("/{session}/close", status_code=204)
    def close_session(session: SessionId) -> Response:
        """The same as DELETE, for pages that are being left."""
        store.close(session)
        return Response(status_code=204)

    @routes.post("/{session}/keep", response_model=schema.KeepTold)
    def keep_session(session: SessionId) -> Any:
        """Says that the session is still in use."""
        with store.using(session) as work:
            return {"revision": work.revision, "ready": store.answers.is_ready(work.bench.subject, work.moment.draft.trail)}

    @routes.post("/{session}/clicks", response_model=schema.ChangeTold)
    def click(session: SessionId, asked: schema.ClicksAsked) -> Any:
        """Adds clicks to the object in progress: one step of undo."""
        clicks = [Click(float(one.y), float(one.x), one.positive) for one in asked.clicks]
        view = None if asked.view is None else box_of(asked.view.model_dump())  # type: ignore[arg-type]
        return served.change(session, "click", asked, lambda moment, work: edits.clicked(moment, work.bench, clicks, view))

    @routes.delete("/{session}/clicks/{index}", response_model=schema.ChangeTold)
    def delete_click(
        session: SessionId, index: Annotated[int, Path(ge=0, le=1000)], revision: RevisionAsked = None, base: RevisionAsked = None
    ) -> Any:
        """Takes one click out and answers the others anew."""
        asked = schema.Change(revision=revision, base=base)
        return served.change(session, "remove click", asked, lambda moment, _: edits.without_click(moment, index))

    @routes.post("/{session}/undo", response_model=schema.ChangeTold)
    def undo(session: SessionId, asked: schema.Change | None = None) -> Any:
        """Takes the last change back, whatever it was."""
        return served.move(session, -1, asked)

    @routes.post("/{session}/redo", response_model=schema.ChangeTold)
    def redo(session: SessionId, asked: schema.Change | None = None) -> Any:
        """Makes the change again that was undone last."""
        return served.move(session, 1, asked)

    @routes.post("/{session}/reset", response_model=schema.ChangeTold)
    def reset(session: SessionId, asked: schema.Change | None = None) -> Any:
        """Drops the clicks, strokes, parts and start of the object in progress."""
        return served.change(session, "reset", asked, lambda moment, _: edits.reset(moment))

    @routes.post("/{session}/cancel", response_model=schema.ChangeTold)
    def cancel(session: SessionId, asked: schema.Change | None = None) -> Any:
        """Drops the object in progress; a reopened one is as it was."""
        return served.change(session, "cancel", asked, lambda moment, _: edits.cancelled(moment, store.settings.settings))

    @routes.post("/{session}/finish", response_model=schema.ChangeTold)
    def finish(session: SessionId, asked: schema.FinishAsked | None = None) -> Any:
        """Keeps the mask as an object, on the disk when this answers, and begins the next."""
        wishes = asked or schema.FinishAsked()
        check_class(served, wishes.class_id)
        return served.change(
            session,
            "finish",
            wishes,
            lambda moment, work: edits.finished(
                edits.draft_named(moment, wishes.name, wishes.class_id), work.bench, store.settings.settings
            ),
        )

    @routes.post("/{session}/part", response_model=schema.ChangeTold)
    def part(session: SessionId, asked: schema.Change | None = None) -> Any:
        """Partially finishes: keeps the mask as a part of the object, whose other parts are clicked on next."""
        return served.change(session, "part", asked, lambda moment, work: edits.part_kept(moment, work.bench))

    @routes.post("/{session}/strokes", response_model=schema.ChangeTold)
    def stroke(session: SessionId, asked: schema.StrokesAsked) -> Any:
        """Brush and eraser."""
        strokes = [Stroke(tuple((float(x), float(y)) for x, y in one.points), float(one.radius), one.erase) for one in asked.strokes]
        return served.change(session, "stroke", asked, lambda moment, work: edits.stroked(moment, work.bench, strokes))

    @routes.put("/{session}/draft", response_model=schema.ChangeTold)
    def name_draft(session: SessionId, asked: schema.DraftAsked) -> Any:
        """Name and class of the object in progress."""
        check_class(served, asked.class_id)
        return served.change(session, "name", asked, lambda moment, _: edits.draft_named(moment, asked.name, asked.class_id))

    @routes.put("/{session}/settings", response_model=schema.ChangeTold)
    def set_settings(session: SessionId, asked: schema.SettingsAsked) -> Any:
        """Other settings: the object in progress is redone from its clicks."""
        settings = checked_settings(served, asked.settings)

        def redone(moment: Any, _: Any) -> Any:
            no_overlap = moment.no_overlap if asked.no_overlap is None else asked.no_overlap
            if asked.remember:
                served.workspace.remember(FolderSettings(settings, no_overlap))
            return edits.redone_with(moment, settings, no_overlap=no_overlap)

        return served.change(session, "settings", asked, redone)

    @routes.put("/{session}/mask", response_model=schema.ChangeTold)
    def start_from_mask(session: SessionId, asked: schema.MaskAsked) -> Any:
        """Starts from a mask, which replaces clicks and strokes."""
        return served.change(
            session,
            "start",
            asked,
            lambda moment, work: edits.started_from(moment, work.bench, given_cut(asked.mask, work.bench.subject.hw)),
        )

    @routes.post("/{session}/mask-file", response_model=schema.ChangeTold, openapi_extra={"requestBody": RAW_BODY})
    async def start_from_file(session: SessionId, request: Request, revision: RevisionAsked = None, base: RevisionAsked = None) -> Any:
        """Starts from an image file of the image's size that is not 0 on the object."""
        data = await request.body()
        asked = schema.Change(revision=revision, base=base)

        def started() -> Any:
            def begun(moment: Any, work: Any) -> Any:
                try:
                    mask = decode_mask(data, "the mask", work.bench.subject.hw)
                except ValueError as error:
                    raise Refusal("unreadable_image", str(error)) from error
                return edits.started_from(moment, work.bench, cut_of(mask))

            return served.change(session, "start", asked, begun)

        return await run_in_threadpool(started)

    @routes.put("/{session}/done", response_model=schema.ChangeTold)
    def set_done(session: SessionId, asked: schema.DoneAsked) -> Any:
        """Marks the image as done, or not."""
        return served.change(session, "done", asked, lambda moment, _: replace(moment, done=asked.done))

    return routes
