"""Every photo of a set read once, many at a time: what is there, told in figures, and what is broken, told file by file."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from clickcut.core.masks import MAX_OBJECT_ID, object_ids
from clickcut.data.layered import LayeredSample, OverlappingPhoto
from clickcut.data.photos import LabelledSet, Photo, Problem

TINY_SHARE: Final = 0.005
"""An object that fills less of its photo is hard to see and to click on."""

_AHEAD: Final = 4
"""Photos asked for beyond those being read, per thread: enough to keep all busy, few enough for any memory."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading one photo showed; ``areas`` are its objects' in pixels."""

    hw: tuple[int, int]
    areas: tuple[int, ...]
    fingerprint: int

    @classmethod
    def of(cls, photo: Photo) -> Seen:
        if isinstance(photo, OverlappingPhoto):
            return cls._layered(photo.read_layered())
        sample = photo.read()
        counts = np.bincount(sample.labels.ravel(), minlength=256)
        areas = tuple(int(counts[object_id]) for object_id in object_ids(sample.labels))
        content = zlib.crc32(np.ascontiguousarray(sample.labels).data, zlib.crc32(np.ascontiguousarray(sample.image).data))
        return cls((sample.image.shape[0], sample.image.shape[1]), areas, content)

    @classmethod
    def _layered(cls, sample: LayeredSample) -> Seen:
        """Objects that others hide count as well, stuff does not."""
        areas = tuple(sample.area(number) for number, node in sample.objects.items() if not node.is_stuff)
        content = zlib.crc32(np.ascontiguousarray(sample.layers).data, zlib.crc32(np.ascontiguousarray(sample.image).data))
        return cls(sample.hw, areas, content)


@dataclass(frozen=True, slots=True)
class Findings:
    """A set that was read whole: what each good photo showed, by its place in the set, and what is wrong with the others."""

    labelled: LabelledSet
    seen: dict[int, Seen]
    problems: tuple[Problem, ...]

    @property
    def num_photos(self) -> int:
        """Those that could be read."""
        return len(self.seen)

    @property
    def num_objects(self) -> int:
        return sum(len(one.areas) for one in self.seen.values())

    @property
    def photos_with_objects(self) -> list[Photo]:
        return [self.labelled.photos[index] for index, one in self.seen.items() if one.areas]

    @property
    def fingerprint(self) -> str:
        """What tells these pixels and labels from any others."""
        digest = hashlib.sha256()
        for index, one in self.seen.items():
            digest.update(f"{self.labelled.photos[index].id} {one.hw} {one.fingerprint}\n".encode())
        return digest.hexdigest()

    def lines(self) -> list[str]:
        """The report for people; sizes are width x height, as image viewers tell them."""
        found = self.labelled
        counts = [_counted(len(found.photos) + len(found.problems), "photo")]
        details: list[str] = []
        if self.seen:
            per_photo = [len(one.areas) for one in self.seen.values()]
            counts.append(_counted(self.num_objects, "object"))
            counts.append(f"{min(per_photo)} to {max(per_photo)} a photo, {np.median(per_photo):g} in the middle")
            details = [self._sizes(), self._objects(per_photo)]
        if self.problems:
            counts.append(f"{len(self.problems)} broken")
        return [f"{found.path}: {found.format}", *(f"  {line}" for line in (", ".join(counts), *details, *found.notes))]

    def _sizes(self) -> str:
        by_area = sorted({one.hw for one in self.seen.values()}, key=lambda hw: (hw[0] * hw[1], hw))
        texts = [f"{width} x {height}" for height, width in by_area]
        return f"sizes: all {texts[0]}" if len(texts) == 1 else f"sizes: {len(texts)} different ones, from {texts[0]} to {texts[-1]}"

    def _objects(self, per_photo: Sequence[int]) -> str:
        tiny = sum(area < TINY_SHARE * one.hw[0] * one.hw[1] for one in self.seen.values() for area in one.areas)
        parts = [f"{tiny} tiny ones (under {TINY_SHARE:.1%} of their photo, {tiny / max(1, self.num_objects):.0%} of all)"]
        if empty := list(per_photo).count(0):
            parts.append(f"{_counted(empty, 'photo')} without any")
        if full := list(per_photo).count(MAX_OBJECT_ID):
            parts.append(f"{_counted(full, 'photo')} with {MAX_OBJECT_ID}, the most there are labels for: what is smaller there is ignored")
        return "objects: " + ", ".join(parts)


def checked(labelled: LabelledSet, *, advance: Callable[[int, int, str], None], num_threads: int | None = None) -> Findings:
    """Reads every photo of a set; ``advance`` hears how many of how many are done, and how many are broken."""
    threads = num_threads or min(32, os.cpu_count() or 1)
    seen: dict[int, Seen] = {}
    broken: dict[int, Problem] = {}
    total = len(labelled.photos)
    advance(0, total, "")
    for done, (index, one) in enumerate(_all_read(labelled.photos, threads), start=1):
        if isinstance(one, Problem):
            broken[index] = one
        else:
            seen[index] = one
        advance(done, total, f"{len(broken)} broken" if broken else "")
    return Findings(labelled, dict(sorted(seen.items())), (*labelled.problems, *(problem for _, problem in sorted(broken.items()))))


def _all_read(photos: Sequence[Photo], threads: int) -> Iterator[tuple[int, Seen | Problem]]:
    """Each photo's place and what it showed, as they come."""
    numbered = iter(enumerate(photos))
    with ThreadPoolExecutor(threads) as pool:
        running: dict[Future[Seen | Problem], int] = {}
        try:
            while True:
                for index, photo in islice(numbered, threads * _AHEAD - len(running)):
                    running[pool.submit(_read, photo)] = index
                if not running:
                    return
                for finished in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(finished), finished.result()
        finally:  # asked to stop midway: what has not begun never will
            pool.shutdown(wait=False, cancel_futures=True)


def _read(photo: Photo) -> Seen | Problem:
    try:
        return Seen.of(photo)
    except (ValueError, OSError) as error:
        return Problem(photo.image_path.name, " ".join(str(error).split()))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
