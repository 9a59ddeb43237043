"""What an image's work is at one time, frozen: finished objects and the draft, the object in progress. Masks are named here, not held.

A draft's mask follows from its **trail** alone (start, clicks, strokes, settings, window), so undo is an older trail, other settings
are the same trail with others, and what a journal has to keep is short.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from clickcut.core.boxes import Box
from clickcut.core.clicks import Clicks
from clickcut.web.record.cuts import Stroke
from clickcut.web.record.settings import Settings

Source = Literal["clicks", "brush", "import", "merge"]


@dataclass(frozen=True, slots=True)
class KeptMask:
    """A mask on the disk: its fingerprint, which names the file, the tight box it covers, and how many pixels it has."""

    digest: str
    box: Box
    area: int


@dataclass(frozen=True, slots=True)
class Trail:
    """All that a mask in progress follows from. ``window`` is the box of a large image that the network works in, None for the whole."""

    settings: Settings
    start: KeptMask | None = None
    clicks: Clicks = ()
    strokes: tuple[Stroke, ...] = ()
    window: Box | None = None

    @property
    def is_empty(self) -> bool:
        return self.start is None and not self.clicks and not self.strokes

    @property
    def is_computed(self) -> bool:
        """Whether the network has a say in it."""
        return bool(self.clicks)

    def goes_on_from(self, earlier: Trail) -> bool:
        """Whether computing this one needs what the earlier one computes."""
        return (
            self.settings.before_threshold == earlier.settings.before_threshold
            and self.window == earlier.window
            and self.start == earlier.start
            and self.clicks[: len(earlier.clicks)] == earlier.clicks
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """The object in progress. ``object_id`` is that of the object reopened; ``parts`` are what was partially finished."""

    trail: Trail
    object_id: int | None = None
    name: str = ""
    class_id: int = 1
    parts: tuple[KeptMask, ...] = ()
    seconds: float = 0.0

    @property
    def is_empty(self) -> bool:
        return self.trail.is_empty and not self.parts


@dataclass(frozen=True, slots=True)
class CutOut:
    """A finished object: its mask, and the draft that it came from, to go on with. ``network`` says whose answers its clicks led to."""

    id: int
    name: str
    class_id: int
    mask: KeptMask
    trail: Trail
    parts: tuple[KeptMask, ...]
    source: Source
    hidden: bool = False
    seconds: float = 0.0
    network: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """An image's work at one time; the order of objects is that of the panel and of labels. ``next_id`` is given to no object yet."""

    draft: Draft
    objects: tuple[CutOut, ...] = ()
    done: bool = False
    no_overlap: bool = True
    next_id: int = 1

    @classmethod
    def first(cls, settings: Settings, *, no_overlap: bool = True, class_id: int = 1) -> Moment:
        """The work of an image that nothing was done on."""
        return cls(Draft(Trail(settings), class_id=class_id), no_overlap=no_overlap)

    def object(self, object_id: int) -> CutOut | None:
        return next((cut for cut in self.objects if cut.id == object_id), None)

    @property
    def is_untouched(self) -> bool:
        return self.draft.is_empty and not self.objects

    @property
    def kept_off(self) -> tuple[CutOut, ...]:
        """The objects whose pixels the draft may not have."""
        return tuple(cut for cut in self.objects if cut.id != self.draft.object_id) if self.no_overlap else ()

    def with_trail(self, trail: Trail) -> Moment:
        return replace(self, draft=replace(self.draft, trail=trail))


@dataclass(frozen=True, slots=True)
class Past:
    """The moments that undo and redo reach, each with the name of the change that led to it, and which of them is now."""

    moments: tuple[Moment, ...]
    names: tuple[str, ...]
    now: int = 0
    most: int = field(default=1000, kw_only=True)
    """How many moments are kept; the oldest go."""

    @classmethod
    def beginning(cls, moment: Moment) -> Past:
        return cls((moment,), ("",))

    @property
    def present(self) -> Moment:
        return self.moments[self.now]

    @property
    def undo_name(self) -> str | None:
        return self.names[self.now] if self.now > 0 else None

    @property
    def redo_name(self) -> str | None:
        return self.names[self.now + 1] if self.now + 1 < len(self.moments) else None

    @property
    def mask_digests(self) -> set[str]:
        """The fingerprints of all masks that undo and redo reach."""
        # An object that a change left alone is the same value in all moments that have it.
        cuts = list({id(cut): cut for moment in self.moments for cut in moment.objects}.values())
        begun: list[Draft | CutOut] = [*(moment.draft for moment in self.moments), *cuts]
        masks = [cut.mask for cut in cuts] + [part for one in begun for part in one.parts]
        return {mask.digest for mask in (*masks, *(one.trail.start for one in begun)) if mask is not None}

    def then(self, name: str, moment: Moment) -> Past:
        """One more moment; what had been undone is gone."""
        first = max(0, self.now + 2 - self.most)
        moments = (*self.moments[first : self.now + 1], moment)
        return replace(self, moments=moments, names=(*self.names[first : self.now + 1], name), now=len(moments) - 1)

    def moved(self, step: Literal[-1, 1]) -> Past:
        """Undone or redone."""
        return replace(self, now=self.now + step)
