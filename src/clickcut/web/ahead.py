"""Encoding ahead: while nobody waits for the network, it looks at what the next click will need, here or on the next image."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from clickcut.web.interruptible import Superseded
from clickcut.web.listing import ListedImage
from clickcut.web.refusal import Refusal
from clickcut.web.store import Store

_LOG = logging.getLogger(__name__)

IDLE_S = 0.1
"""The pause after a click before the network is given other work: a quick second click goes first."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One image to look at; ``is_next`` of one that is not open yet."""

    image: ListedImage
    is_next: bool = False


class Ahead:
    """A thread that encodes for the image asked for last and then for its next one; what is not begun yet gives way to newer wishes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wanted: list[Errand] = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="encode-ahead", daemon=True)
        self._thread.start()

    def want(self, image: ListedImage, *, then: ListedImage | None = None) -> None:
        """Asks for the next click's crop of ``image``, and after it for the first click's of the image that is likely to follow."""
        errands = [Errand(image)]
        if then is not None:
            errands.append(Errand(then, is_next=True))
        with self._changed:
            waiting = [errand for errand in self._wanted if errand.image.id not in {new.image.id for new in errands}]
            self._wanted = [*errands, *waiting][:8]
            self._changed.notify()

    def close(self) -> None:
        """Ends the thread, after what it is at."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or bool(self._wanted))
                if self._ended:
                    return
                self._changed.wait(IDLE_S)
                if self._ended:
                    return
                errand = self._wanted.pop(0)
            try:
                self._prepare(errand)
            except (Superseded, Refusal):
                pass  # whoever opens the image is told why it cannot be read
            except Exception:  # noqa: BLE001 - this thread serves all sessions; the click that follows meets the error and tells it
                _LOG.exception("cannot encode %s ahead", errand.image.name)

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

