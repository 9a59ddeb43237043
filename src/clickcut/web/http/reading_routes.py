"""The routes of a session that change nothing: masks, probabilities, the crop, what a click would give."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from io import BytesIO
from typing import Annotated, Any, Final, Literal

import cv2
import numpy as np
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from numpy.typing import NDArray
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.web.cutting import edits
from clickcut.web.cutting.interruptible import Superseded
from clickcut.web.cutting.work import Work
from clickcut.web.http import schema
from clickcut.web.http.asked import RevisionAsked, SessionId
from clickcut.web.http.served import Served
from clickcut.web.http.views import present, unwanted, whole_mask_view
from clickcut.web.record.cuts import Cut, mask_in
from clickcut.web.record.moments import Moment
from clickcut.web.refusal import Refusal
from clickcut.web.wire import packed_labels

LONGEST: Final = 2048
"""Sides of pictures of probabilities."""

ERRORS: Final = schema.error_answers(400, 401, 404, 409, 415, 422)
FormatAsked = Annotated[Literal["json", "png"], Query(alias="format")]
_PNG: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/png": {}}}}
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {**_PNG, 204: {"description": "there is none before the first click"}}


def reading_routes(served: Served) -> APIRouter:
    """Further routes under /api/sessions."""
    routes = APIRouter(prefix="/api/sessions/{session}", tags=["sessions"], responses=ERRORS)
    store = served.store

    @routes.get("/ready", response_model=schema.ReadyTold)
    async def wait_until_ready(session: SessionId, wait: Annotated[float, Query(ge=0, le=25)] = 0.0) -> Any:
        """Whether the next click finds its crop encoded; waits until it does, or so many seconds, or until the server stops."""
        ends = time.monotonic() + wait
        while True:
            ready = await run_in_threadpool(_is_ready, served, session)
            if ready or served.ending.is_set() or time.monotonic() >= ends:
                return {"ready": ready}
            await asyncio.sleep(0.05)

    @routes.get("/mask", response_model=schema.WholeMaskTold, responses=_PNG)
    def get_mask(session: SessionId, form: FormatAsked = "json", revision: RevisionAsked = None) -> Any:
        """The mask of the object in progress."""
        with store.using(session) as work:
            work.check_revision(revision)
            seen = present(work)
            return _mask(work, seen.revision, seen.cut, form)

    @routes.get("/objects/{object_id}/mask", response_model=schema.WholeMaskTold, responses=_PNG)
    def get_object_mask(session: SessionId, object_id: int, form: FormatAsked = "json", revision: RevisionAsked = None) -> Any:
        """The mask of a finished object."""
        with store.using(session) as work:
            work.check_revision(revision)
            cut_out = work.moment.object(object_id)
            if cut_out is None:
                raise Refusal("no_such_object", f"there is no object {object_id} in this image")
            return _mask(work, work.revision, work.bench.masks.read(cut_out.mask), form)

    @routes.get("/label-map", response_model=schema.LabelMapTold, responses=_PNG)
    def get_label_map(session: SessionId, form: FormatAsked = "json", revision: RevisionAsked = None) -> Any:
        """All finished objects: labels from 1 in the order of the panel, a later object over an earlier one."""
        with store.using(session) as work:
            work.check_revision(revision)
            labels = work.bench.label_map(work.moment.objects)
        if form == "png":
            return _png(labels if labels.max() > 255 else labels.astype(np.uint8))
        return {"width": labels.shape[1], "height": labels.shape[0], "labels": packed_labels(labels)}

    @routes.get("/probabilities", responses=_PICTURE, response_class=Response)
    def get_probabilities(session: SessionId, revision: RevisionAsked = None) -> Response:
        """A grey PNG, 255 for certain, of the box in the header Clickcut-Box (x,y,width,height)."""
        with store.using(session) as work:
            work.check_revision(revision)
            found = _unless_newer(work, lambda moment, stale: _probs(served, work, moment, stale))
        if found is None:
            return Response(status_code=204)
        box, probs = found
        grey = np.rint(probs * 255).astype(np.uint8)
        return _png(_bounded(grey), box)

    @routes.get("/crop", responses=_PICTURE, response_class=Response)
    def get_crop(session: SessionId, revision: RevisionAsked = None) -> Response:
        """The pixels that the network looked at last, as it saw them; the header Clickcut-Box says where they lie."""
        with store.using(session) as work:
            work.check_revision(revision)
            trail, subject = work.moment.draft.trail, work.bench.subject
            crop = store.answers.crop(subject, trail)
            if crop is None and trail.is_computed:
                present(work)
                _unless_newer(work, lambda moment, stale: _probs(served, work, moment, stale))
                crop = store.answers.crop(subject, trail)
            if crop is None:
                return Response(status_code=204)
            pixels = store.answers.seen_pixels(subject, trail, crop)
        return _png(pixels, crop)

    @routes.post("/preview", response_model=schema.PreviewTold)
    def preview(session: SessionId, asked: schema.PreviewAsked) -> Any:
        """What a click would give, at little cost; changes nothing. Refused where it would take an encode, or something newer was asked."""
        with store.using(session) as work:
            work.check_revision(asked.revision)
            with work.lock:
                work.num_previews += 1
                number, revision, moment = work.num_previews, work.revision, work.moment
            wanted = edits.clicked(moment, work.bench, [Click(float(asked.y), float(asked.x), asked.positive)])
            if not store.answers.is_ready(work.bench.subject, moment.draft.trail):
                raise Refusal("superseded", "the image is not encoded yet")
            try:
                cut, _ = work.bench.draft_cut(wanted, lambda: work.num_previews != number or work.revision != revision)
            except Superseded:
                raise Refusal("superseded", "something newer was asked for") from None
            return {"revision": revision, "mask": whole_mask_view(work, revision, cut)["mask"]}

    return routes


def _is_ready(served: Served, session: str) -> bool:
    with served.store.using(session) as work:
        return served.store.answers.is_ready(work.bench.subject, work.moment.draft.trail)


def _unless_newer(work: Work, computed: Callable[[Moment, Callable[[], bool]], Any]) -> Any:
    moment = work.moment
    try:
        return computed(moment, unwanted(work, moment))
    except Superseded:
        raise Refusal("superseded", "something newer was asked for") from None


def _probs(served: Served, work: Work, moment: Moment, stale: Callable[[], bool]) -> tuple[Box, NDArray[np.float32]] | None:
    trail = moment.draft.trail
    return served.store.answers.probs(work.bench.subject, trail, work.bench.start(trail), stale)


def _mask(work: Work, revision: int, cut: Cut | None, form: str) -> Any:
    if form == "json":
        return whole_mask_view(work, revision, cut)
    return _png(mask_in(cut, Box.whole(work.bench.subject.hw)).astype(np.uint8) * 255)


def _bounded(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = LONGEST / max(grey.shape)
    if scale >= 1:
        return grey
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _png(pixels: NDArray[Any], box: Box | None = None) -> Response:
    content = BytesIO()
    Image.fromarray(pixels).save(content, "PNG", compress_level=1)
    headers = {} if box is None else {"Clickcut-Box": f"{box.left},{box.top},{box.width},{box.height}"}
    return Response(content.getvalue(), media_type="image/png", headers=headers)
