"""Who works on which image: a lease each, so that two tabs never mix; it lapses when nothing was heard for a while."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from clickcut.web.folder.listing import ListedImage
from clickcut.web.refusal import Refusal

LAPSES_S: Final = 60.0
MAX_SESSIONS: Final = 64
_LOST_REMEMBERED: Final = 1000


@dataclass(frozen=True, slots=True)
class Lease:
    """One session's hold on an image."""

    session: str
    image: ListedImage
    used: float


class Leases:
    """All leases; whoever uses it holds the store's lock."""

    def __init__(self, *, most: int = MAX_SESSIONS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._leases: dict[str, Lease] = {}
        self._lost: OrderedDict[str, None] = OrderedDict()

    def open(self, image: ListedImage, *, take: bool) -> Lease:
        """A new lease on an image; Refusal while another one holds it, unless it is taken over."""
        now = self._clock()
        for holder in [lease for lease in self._leases.values() if lease.image.id == image.id]:
            silent = now - holder.used
            if silent < LAPSES_S and not take:
                raise Refusal("held", f"{image.name} is open in another tab or program", since_s=round(silent, 1))
            self._lose(holder.session)
        while len(self._leases) >= self._most:
            oldest = min(self._leases.values(), key=lambda lease: lease.used)
            if now - oldest.used < LAPSES_S:
                raise Refusal("too_many_sessions", f"at most {self._most} sessions are open at a time; close one, or wait a minute")
            self._lose(oldest.session)
        lease = Lease(secrets.token_urlsafe(18), image, now)
        self._leases[lease.session] = lease
        return lease

    def of(self, session: str) -> Lease:
        """A session's lease, renewed by this."""
        if session in self._lost:
            raise Refusal("lease_lost", "the image was opened in another tab or program since; open it again to take it back")
        if session not in self._leases:
            raise Refusal("no_such_session", "there is no such session; open the image again, nothing is lost")
        self._leases[session] = replace(self._leases[session], used=self._clock())
        return self._leases[session]

    def close(self, session: str) -> None:
        self._leases.pop(session, None)

    def is_held(self, image: ListedImage) -> bool:
        """Whether some session works on an image now."""
        now = self._clock()
        return any(lease.image.id == image.id and now - lease.used < LAPSES_S for lease in self._leases.values())

    def _lose(self, session: str) -> None:
        del self._leases[session]
        self._lost[session] = None
        while len(self._lost) > _LOST_REMEMBERED:
            self._lost.popitem(last=False)
