"""The work on one image while it is in memory: its record, and the journal that every change is in before it counts.

Whoever uses it holds its lock; ``change`` and ``move`` take it themselves. Computing happens outside of it, on moments, which are frozen.
The disk takes as long as a part of a pass: a line is handed to the system before the change is made, so that no crash of the server can
lose it, and a thread sees to it that it reaches the disk while the mask is computed. No answer is given before it has.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from clickcut.web.cutting.bench import Bench
from clickcut.web.folder.listing import ListedImage
from clickcut.web.record.cuts import Cut
from clickcut.web.record.journal import Journal, Record, damaged_beside, mended
from clickcut.web.record.moments import Moment, Trail
from clickcut.web.record.settings import Settings
from clickcut.web.refusal import Refusal

REMEMBERED: Final = 16
"""Revisions whose masks are kept, to tell what changed since."""
REMEMBERED_BYTES: Final = 48 * 2**20
EARLY_S: Final = 2.0
"""How long a request waits for its turn that has overtaken the one before it."""
LONGEST_PAUSE_S: Final = 60.0
"""Of two changes further apart, only so much counts as time spent."""


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """A change that was made: the revision it led to, and whether its line has reached the disk."""

    revision: int
    written: Future[None]

    def settle(self) -> int:
        """Waits for the disk and gives the revision; OSError where the disk failed, and the change has been taken back."""
        try:
            self.written.result()
        except CancelledError:
            raise OSError("a change before this one could not be written") from None
        return self.revision


class Work:
    """One image's record, shared by the threads that serve its session."""

    def __init__(self, image: ListedImage, bench: Bench, folder: Path, fresh: Moment) -> None:
        self.image = image
        self.bench = bench
        self.lock = threading.Condition(threading.RLock())
        self._journal = Journal(folder / "journal.jsonl")
        self.record = self._read(fresh)
        self._moments: OrderedDict[int, Moment] = OrderedDict({self.record.revision: self.moment})
        self._shown: OrderedDict[int, Cut | None] = OrderedDict()
        self._last_change = time.monotonic()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._unsure: list[Future[None]] = []
        self.num_previews = 0

    @property
    def moment(self) -> Moment:
        return self.record.past.present

    @property
    def revision(self) -> int:
        return self.record.revision

    def change(self, name: str, expected: int | None, make: Callable[[Moment], Moment]) -> Accepted:
        """Makes one change of the revision that is expected (None: of the present one), which is to be settled; Refusal if stale."""
        with self.lock:
            self._wait_for(expected)
            spent = min(time.monotonic() - self._last_change, LONGEST_PAUSE_S)
            present = self.moment
            timed = replace(present, draft=replace(present.draft, seconds=round(present.draft.seconds + spent, 2)))
            past = self.record.past.then(name, make(timed))
            return self._go_on(name, replace(self.record, past=past, revision=self.revision + 1, seconds=self.record.seconds + spent))

    def begin_with(self, settings: Settings, *, no_overlap: bool) -> None:
        """Lets an empty draft begin with the folder's present settings; no change, as nothing follows from them yet."""
        with self.lock:
            moment = self.moment
            if moment.draft.is_empty and moment.draft.object_id is None:
                moment = replace(moment.with_trail(Trail(settings)), no_overlap=no_overlap)
                past = self.record.past
                moments = (*past.moments[: past.now], moment, *past.moments[past.now + 1 :])
                self.record = replace(self.record, past=replace(past, moments=moments))
                self._moments[self.revision] = moment

    def move(self, step: Literal[-1, 1], expected: int | None) -> Accepted:
        """Undoes (-1) or redoes (1) one change, which is to be settled."""
        with self.lock:
            self._wait_for(expected)
            past = self.record.past
            if step == -1 and past.undo_name is None:
                raise Refusal("nothing_to_undo", "there is nothing to take back")
            if step == 1 and past.redo_name is None:
                raise Refusal("nothing_to_redo", "there is nothing to make again")
            name = "undo" if step == -1 else "redo"
            return self._go_on(name, replace(self.record, past=past.moved(step), revision=self.revision + 1))

    def check_revision(self, expected: int | None) -> None:
        """Refusal unless the present revision is the one expected, if one is."""
        if expected is not None and expected != self.revision:
            raise Refusal(
                "stale_revision", f"the image is at revision {self.revision}, this was meant for {expected}", revision=self.revision
            )

    def moment_at(self, revision: int) -> Moment | None:
        """The moment of a revision, if it is remembered."""
        with self.lock:
            return self._moments.get(revision)

    def remember_shown(self, revision: int, cut: Cut | None) -> None:
        """Notes the draft's mask at a revision."""
        with self.lock:
            self._shown[revision] = cut
            while len(self._shown) > REMEMBERED or (len(self._shown) > 1 and self._shown_bytes() > REMEMBERED_BYTES):
                self._shown.popitem(last=False)

    def shown_at(self, revision: int) -> tuple[bool, Cut | None]:
        """Whether the draft's mask at a revision is remembered, and the mask."""
        with self.lock:
            return revision in self._shown, self._shown.get(revision)

    def close(self) -> None:
        """Ends it; the lock must not be held."""
        self._disk.shutdown()
        self._journal.close()

    def _read(self, fresh: Moment) -> Record:
        hw = self.bench.subject.hw
        if not self._journal.path.exists():
            return Record.beginning(self.image.name, hw, fresh)
        record = mended(self._journal.path)
        if record.hw != hw:
            raise Refusal(
                "image_changed",
                f"{self.image.name} is {hw[1]} x {hw[0]} pixels now, but what was cut out of it is of {record.hw[1]} x {record.hw[0]}; "
                f"bring the former file back, or remove {self._journal.path.parent}",
            )
        self._clear_masks(record)
        return record

    def _clear_masks(self, record: Record) -> None:
        """Removes masks that nothing leads back to any more.

        A session can begin only after this, so none is on its way into the journal.
        """
        if damaged_beside(self._journal.path).exists():
            return  # what a person may still put back there names masks too
        with suppress(OSError):  # they can stay as well
            self._journal.sync()  # what says that they are not needed must not be lost before they are
            self.bench.masks.clear(record.past.mask_digests)

    def _wait_for(self, expected: int | None) -> None:
        if expected is not None and expected > self.revision:
            self.lock.wait_for(lambda: self.revision >= expected, EARLY_S)
        self.check_revision(expected)

    def _go_on(self, name: str, record: Record) -> Accepted:
        before, start = self.record, self._journal.append(self.record, record, name)
        self._unsure = [written for written in self._unsure if not written.done()]
        self._unsure.append(self._disk.submit(self._sync, before, start))
        self.record = record
        self._last_change = time.monotonic()
        self._moments[record.revision] = record.past.present
        while len(self._moments) > REMEMBERED:
            self._moments.popitem(last=False)
        self.lock.notify_all()
        return Accepted(record.revision, self._unsure[-1])

    def _sync(self, before: Record, start: int) -> None:
        """Runs in the journal's thread, one change after another."""
        try:
            self._journal.sync()
        except OSError:
            with self.lock:
                # Those that were built upon it wait behind it, and go with it.
                for written in self._unsure:
                    written.cancel()
                self._journal.cut_off(start)
                self.record = before
                for known in (self._moments, self._shown):
                    for revision in [revision for revision in known if revision > before.revision]:
                        del known[revision]
            raise

    def _shown_bytes(self) -> int:
        return sum(cut.mask.size for cut in self._shown.values() if cut is not None)
