"""What the routes share: the store, what runs beside it, and the steps that every change of a session goes through."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from clickcut.web.cutting import edits
from clickcut.web.cutting.ahead import Ahead
from clickcut.web.cutting.store import Store
from clickcut.web.cutting.work import Accepted, Work
from clickcut.web.folder.listing import ListedImage
from clickcut.web.folder.pixels import MOST_PIXELS
from clickcut.web.folder.workspace import Workspace
from clickcut.web.http.schema import MAX_STROKE_POINTS, Change
from clickcut.web.http.security import BODY_BYTES
from clickcut.web.http.views import change_view
from clickcut.web.record.moments import Moment
from clickcut.web.refusal import Refusal

LIMITS = {
    "body_bytes": BODY_BYTES,
    "image_pixels": MOST_PIXELS,
    "clicks": edits.MAX_CLICKS,
    "objects": edits.MAX_OBJECTS,
    "sessions": 64,
    "strokes": edits.MAX_STROKES,
    "stroke_points": MAX_STROKE_POINTS,
}

Make = Callable[[Moment, Work], Moment]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """One served folder. Its routes run in many threads."""

    store: Store
    ahead: Ahead
    ending: threading.Event = field(default_factory=threading.Event)
    """Set once the server is told to stop: what merely waits ends then."""

    @property
    def workspace(self) -> Workspace:
        return self.store.workspace

    def change(self, session: str, name: str, asked: Change | None, make: Make) -> dict[str, Any]:
        """Makes a change of a session's work and tells what came of it."""
        asked = asked or Change()
        began = time.perf_counter()
        with self.store.using(session) as work:
            return self._told(work, work.change(name, asked.revision, lambda moment: make(moment, work)), asked, began)

    def move(self, session: str, step: Literal[-1, 1], asked: Change | None) -> dict[str, Any]:
        """Undoes or redoes."""
        asked = asked or Change()
        began = time.perf_counter()
        with self.store.using(session) as work:
            return self._told(work, work.move(step, asked.revision), asked, began)

    def encode_ahead(self, image: ListedImage) -> None:
        """Has the network look at what is likely to be clicked next: here, then on the image that follows."""
        images, following = self.workspace.images, self.workspace.place_of(image) + 1
        self.ahead.want(image, then=images[following] if following < len(images) else None)

    def _told(self, work: Work, accepted: Accepted, asked: Change, began: float) -> dict[str, Any]:
        try:
            told = change_view(self.store, work, accepted, asked=asked.revision, base=asked.base, began=began)
        except Exception:
            # What no mask can be computed of must not stay: the image could not be opened again.
            with suppress(Refusal):
                work.move(-1, accepted.settle()).settle()
            raise
        finally:
            self.workspace.summaries.note(work.image.id, work.record)
        self.encode_ahead(work.image)
        return told
