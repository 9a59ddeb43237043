"""The combined annotation of a whole split, built by several processes; interrupted, the next call goes on with what is left."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2

from clickcut.core.locks import alone
from clickcut.core.progress import Advance
from clickcut.data.building.cocolvis import CombinedPhoto, HierarchyEntry, build_photo
from clickcut.data.building.field_pickles import write_pickle
from clickcut.data.building.lvis import lvis_photos
from clickcut.data.building.panoptic import panoptic_photos
from clickcut.data.photos import Split

HIERARCHY_FILE: Final = "hannotation.pickle"
_PHOTOS_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """What a split is built from, and the folder that the annotation goes to."""

    panoptic: Path
    panoptic_masks: Path
    lvis: Path
    out: Path

    @classmethod
    def below(cls, root: Path, split: Split) -> SplitFiles:
        """In the layout of the field's script, or with the names as they are published (quirk Q24); ValueError says what is missing."""
        coco, out = root / "MSCOCO" / "annotations", root / "LVIS" / split
        return cls(
            _first([coco / f"panoptic_{split}.json", coco / f"panoptic_{split}2017.json"], "COCO"),
            _first([coco / f"panoptic_{split}", coco / f"panoptic_{split}2017"], "COCO"),
            _first([folder / f"{name}_{split}.json" for folder in (out, out.parent) for name in ("lvis", "lvis_v1")], "LVIS"),
            out,
        )

    @property
    def hierarchy(self) -> Path:
        return self.out / HIERARCHY_FILE

    @property
    def masks(self) -> Path:
        return self.out / "masks"

    @property
    def staging(self) -> Path:
        """The masks while not all are there: nobody takes a part of them for a set, a download of the published ones neither."""
        return self.out / "masks.part"

    @property
    def journal(self) -> Path:
        """Entries of photos that are done, a line each, while not all are."""
        return self.out / f"{HIERARCHY_FILE}.part.jsonl"


def build_split(files: SplitFiles, jobs: int, advance: Advance) -> int:
    """Builds what is not there yet and gives the number of photos in the annotation; ValueError names a file that is broken."""
    files.out.mkdir(parents=True, exist_ok=True)
    with alone(files.out / f"{HIERARCHY_FILE}.lock"):
        _begin_masks(files)
        for unfinished in files.staging.glob(".*.part"):  # of workers that were stopped while they wrote
            unfinished.unlink()
        advance(0, None, "reading the annotations")
        photos = combined_photos(files)
        entries = _read_journal(files)
        left = [photo for photo in photos if photo.stem not in entries]
        num_before = len(photos) - len(left)
        advance(num_before, len(photos), "")
        with files.journal.open("a", encoding="utf-8") as journal:
            for count, (stem, entry) in enumerate(_built(left, files.staging, jobs), start=1):
                entries[stem] = entry
                journal.write(f"{json.dumps([stem, entry])}\n")
                journal.flush()
                advance(num_before + count, len(photos), stem)
        found = {photo.stem: _as_built(entry) for photo in photos if (entry := entries[photo.stem]) is not None}
        files.staging.replace(files.masks)
        write_pickle(files.hierarchy, found)
        files.journal.unlink()
    return len(found)


def _begin_masks(files: SplitFiles) -> None:
    if files.masks.exists():
        if not files.journal.is_file():
            raise ValueError(f"{files.masks}: is there without {HIERARCHY_FILE} beside it, and is not of this command; move it away first")
        files.masks.replace(files.staging)  # an earlier run was stopped at its very end
    files.staging.mkdir(exist_ok=True)


def combined_photos(files: SplitFiles) -> list[CombinedPhoto]:
    """The photos that both annotations have, by name."""
    coco, lvis = panoptic_photos(files.panoptic, files.panoptic_masks), lvis_photos(files.lvis)
    photos = [CombinedPhoto(stem, coco[stem], lvis[stem]) for stem in sorted(coco.keys() & lvis.keys())]
    if not photos:
        raise ValueError(f"{files.panoptic} ({len(coco)} photos) and {files.lvis} ({len(lvis)} photos) have no photo in common")
    return photos


def _built(photos: Sequence[CombinedPhoto], masks: Path, jobs: int) -> Iterator[tuple[str, HierarchyEntry | None]]:
    """In no certain order where there are several jobs."""
    build = partial(build_photo, masks=masks)
    if jobs == 1 or len(photos) <= _PHOTOS_AT_ONCE:
        yield from map(build, photos)
        return
    # Forked processes would inherit locks of threads that they do not have: they start anew.
    kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(kind).Pool(jobs, _begin) as pool:
        yield from pool.imap_unordered(build, photos, _PHOTOS_AT_ONCE)


def _begin() -> None:
    """A worker: Ctrl-C is its parent's business, and so is the number of processors that are busy."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _read_journal(files: SplitFiles) -> dict[str, HierarchyEntry | None]:
    """What an interrupted run did; a line that it did not finish counts for nothing, and neither does one whose masks are gone."""
    entries: dict[str, HierarchyEntry | None] = {}
    if not files.journal.is_file():
        return entries
    text = files.journal.read_text(encoding="utf-8")
    for line in text.splitlines():
        try:
            stem, entry = json.loads(line)
        except ValueError:
            continue
        if entry is None or (files.staging / f"{stem}.pickle").is_file():
            entries[stem] = entry
    if text and not text.endswith("\n"):
        with files.journal.open("a", encoding="utf-8") as journal:
            journal.write("\n")
    return entries


def _as_built(entry: HierarchyEntry) -> HierarchyEntry:
    """An entry that came from another process or out of JSON, which knows texts as keys only, so that it pickles to the same bytes."""
    nodes = {int(number): node for number, node in entry["hierarchy"].items()}
    hierarchy = {
        number: None if node is None else {"children": node["children"], "parent": node["parent"], "node_level": node["node_level"]}
        for number, node in nodes.items()
    }
    return {"num_instance_masks": entry["num_instance_masks"], "hierarchy": hierarchy}


def _first(paths: Sequence[Path], name: str) -> Path:
    for path in paths:
        if path.exists():
            return path
    raise ValueError(f"expected {paths[0]}, found nothing there; clickcut data download {name} gets it")
