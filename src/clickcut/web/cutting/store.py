"""Sessions and the works they are on: a few in memory, the others on the disk, where every change already is.

Locks, in the order in which they are taken: the store's own (which lease, which slot; never held while anything is read or computed),
a slot's (while its work is read from the disk), a work's (while it is changed), the network's (``answers``), and innermost those of
caches. Nothing takes one while it holds a later one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from clickcut.web.cutting.answers import Answers, Subject
from clickcut.web.cutting.bench import Bench
from clickcut.web.cutting.leases import Lease, Leases
from clickcut.web.cutting.work import Work
from clickcut.web.folder.listing import ListedImage
from clickcut.web.folder.workspace import FolderSettings, Workspace
from clickcut.web.record.mask_files import MaskFiles
from clickcut.web.record.moments import Moment
from clickcut.web.refusal import Refusal

MAX_WORKS: Final = 16


@dataclass(slots=True, eq=False)
class _Slot:
    """Room for one work: ``users`` counts the requests that are at it now."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    work: Work | None = None
    users: int = 0


class Store:
    """All sessions of one workspace and one network. Threads share it."""

    def __init__(self, workspace: Workspace, answers: Answers, *, leases: Leases | None = None, max_works: int = MAX_WORKS) -> None:
        self.workspace = workspace
        self.answers = answers
        self._leases = leases or Leases()
        self._max_works = max_works
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    def open(self, image: ListedImage, *, take: bool = False) -> Lease:
        """A session on an image; Refusal while another one is on it, and where the image cannot be read."""
        self.workspace.pixels.hw(image)
        with self._lock:
            return self._leases.open(image, take=take)

    def close(self, session: str) -> None:
        """Gives a lease back; the work stays in memory until others need the room."""
        with self._lock:
            self._leases.of(session)
            self._leases.close(session)

    def is_held(self, image: ListedImage) -> bool:
        with self._lock:
            return self._leases.is_held(image)

    def renew(self, session: str) -> Lease:
        """A session's lease, which lives on by this."""
        with self._lock:
            return self._leases.of(session)

    @contextmanager
    def using(self, session: str) -> Iterator[Work]:
        """The work of a session, in memory as long as the block runs."""
        with self.working_on(self.renew(session).image) as work:
            yield work

    @contextmanager
    def working_on(self, image: ListedImage) -> Iterator[Work]:
        """The work of an image, whoever holds it: for the server's own doings."""
        with self._lock:
            slot = self._slots.setdefault(image.id, _Slot())
            slot.users += 1
            self._slots.move_to_end(image.id)
        try:
            with slot.lock:
                if slot.work is None:
                    slot.work = self._loaded(image)
            yield slot.work
        finally:
            with self._lock:
                slot.users -= 1
                self._evict()

    @property
    def settings(self) -> FolderSettings:
        return self.workspace.settings(self.answers.defaults)

    def remove_upload(self, image: ListedImage) -> None:
        """Deletes an upload and forgets its work; Refusal while a session is on it."""
        with self._lock:
            if self._leases.is_held(image):
                raise Refusal("held", f"{image.name} is open in another tab or program")
        self.workspace.remove_upload(image)

    def close_all(self) -> None:
        """Ends every work; call it when no request runs any more."""
        with self._lock:
            for slot in self._slots.values():
                if slot.work is not None:
                    slot.work.close()
            self._slots.clear()

    def _loaded(self, image: ListedImage) -> Work:
        pixels, folder = self.workspace.pixels, self.workspace.folder_of(image)
        subject = Subject(f"{image.id}-{image.version}", pixels.hw(image), partial(pixels.whole, image))
        bench = Bench(self.answers, MaskFiles(folder / "masks"), subject, pixels.is_large(image))
        wanted = self.settings
        fresh = Moment.first(wanted.settings, no_overlap=wanted.no_overlap, class_id=self.workspace.classes.classes[0].id)
        return Work(image, bench, folder, fresh)

    def _evict(self) -> None:
        """Drops the works that were not used for longest. Called with the lock."""
        spare = [image_id for image_id, slot in self._slots.items() if slot.users == 0]
        for image_id in spare[: max(0, len(self._slots) - self._max_works)]:
            slot = self._slots.pop(image_id)
            if slot.work is not None:
                slot.work.close()
                # Without its work's journal the image's features would only take room.
                threading.Thread(target=self.answers.forget, args=(slot.work.bench.subject.key,), daemon=True).start()
