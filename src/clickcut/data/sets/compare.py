"""A set that was read whole beside what was published of it."""

from __future__ import annotations

from dataclasses import dataclass

from clickcut.data.check import Findings
from clickcut.data.photos import Split
from clickcut.data.sets.known_set import Count, KnownSet


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a check of a known set found."""

    known: KnownSet
    split: Split
    findings: Findings

    @property
    def fits(self) -> bool:
        """Whether all that was published is there, and nothing is broken."""
        return not self.findings.problems and self._fits(self._photos, self.findings.num_photos) and self._fits(self._objects, self._found)

    def line(self) -> str:
        """``GrabCut  photos 50 of 50, objects 50 of 50``, and what else there is to say in a few words."""
        splits = f" ({self.split})" if len(self.known.published) != 1 else ""
        photos = _of("photos", self.findings.num_photos, self._photos)
        objects = _of("objects", self._found, self._objects)
        broken = f", {len(self.findings.problems)} broken" if self.findings.problems else ""
        source = "" if self._photos or self._objects else "; no numbers are published"
        return f"{self.known.name}{splits}  {photos}, {objects}{broken}{source}"

    @property
    def _found(self) -> int:
        return self.findings.num_objects

    @property
    def _photos(self) -> Count | None:
        published = self.known.published.get(self.split)
        return None if published is None else published.photos

    @property
    def _objects(self) -> Count | None:
        published = self.known.published.get(self.split)
        return None if published is None else published.objects

    @staticmethod
    def _fits(stated: Count | None, found: int) -> bool:
        return stated is None or stated.fits(found)


def _of(what: str, found: int, stated: Count | None) -> str:
    return f"{what} {found}" if stated is None else f"{what} {found} of {stated}"
