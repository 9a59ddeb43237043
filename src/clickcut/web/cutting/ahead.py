"""Encoding ahead: while nobody waits for the network, it looks at what the next click will need, here or on the next image."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from clickcut.web.cutting.interruptible import Superseded
from clickcut.web.cutting.store import Store
from clickcut.web.folder.listing import ListedImage
from clickcut.web.refusal import Refusal

_LOG = logging.getLogger(__name__)

IDLE_S = 0.15
"""The pause after a click before the network is given other work: a quick second click goes first."""
NEXT_IDLE_S = 1.0
"""The same before an image that is not open yet is looked at."""
TRIES = 20
"""How often an errand gives way to clicks before it is forgotten."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One image to look at, not before a time (of ``time.monotonic``)."""

    image: ListedImage
    due: float
    tries: int = 0


class Ahead:
    """A thread that encodes for the images asked for; what is under way gives way to clicks, and is begun anew after them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wanted: dict[str, Errand] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="encode-ahead", daemon=True)
        self._thread.start()

    def want(self, image: ListedImage, *, then: ListedImage | None = None) -> None:
        """Asks for the next click's crop of ``image``, and after it for the first click's of the image that is likely to follow."""
        now = time.monotonic()
        with self._changed:
            self._wanted[image.id] = Errand(image, now + IDLE_S)
            if then is not None:
                self._wanted[then.id] = Errand(then, now + NEXT_IDLE_S)
            while len(self._wanted) > 16:
                del self._wanted[next(iter(self._wanted))]
            self._changed.notify()

    def close(self) -> None:
        """Ends the thread, after what it is at."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (errand := self._next()) is not None:
            try:
                self._prepare(errand)
            except Superseded:
                self._again(errand)
            except Refusal:
                pass  # whoever opens the image is told why it cannot be read
            except Exception:  # noqa: BLE001 - told below
                # This thread serves all sessions; the click that follows meets the error too, and tells it.
                _LOG.exception("cannot encode %s ahead", errand.image.name)

    def _next(self) -> Errand | None:
        """The errand that is due first, once it is; None in the end."""
        with self._changed:
            while not self._ended:
                first = min(self._wanted.values(), key=lambda errand: errand.due, default=None)
                if first is None:
                    self._changed.wait()
                elif (pause := first.due - time.monotonic()) > 0:
                    self._changed.wait(pause)
                else:
                    return self._wanted.pop(first.image.id)
            return None

    def _again(self, errand: Errand) -> None:
        with self._changed:
            if errand.image.id not in self._wanted and errand.tries < TRIES:
                self._wanted[errand.image.id] = Errand(errand.image, time.monotonic() + IDLE_S, errand.tries + 1)

    def _prepare(self, errand: Errand) -> None:
        with self._store.working_on(errand.image) as work:
            trail = work.moment.draft.trail
            if work.bench.is_large and trail.window is None:
                # Where a large image will be clicked, nobody knows; but its pixels can be had from the disk by then.
                self._store.workspace.pixels.levels(errand.image)
                return
            self._store.answers.prepare(
                work.bench.subject, trail, work.bench.start(trail), lambda: self._ended or work.moment.draft.trail is not trail
            )
