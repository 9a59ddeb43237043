"""What answers tell: values of the work as the JSON of the HTTP interface."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickcut import __version__
from clickcut.core.boxes import Box
from clickcut.web.cutting.answers import Answers, Effort
from clickcut.web.cutting.interruptible import Superseded
from clickcut.web.cutting.store import Store
from clickcut.web.cutting.work import Accepted, Work
from clickcut.web.folder.listing import ListedImage
from clickcut.web.folder.tiles import TILE
from clickcut.web.folder.workspace import Workspace
from clickcut.web.record.cuts import Cut, area_of, change_of
from clickcut.web.record.moments import CutOut, Moment
from clickcut.web.wire import BoxJson, box_json, mask_json


def class_views(workspace: Workspace) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "name": one.name, "colour": one.colour, "num_objects": workspace.summaries.num_objects_of(one.id)}
        for one in workspace.classes.classes
    ]


def counts_view(workspace: Workspace) -> dict[str, int]:
    counts = {"todo": 0, "work": 0, "done": 0}
    for image in workspace.images:
        counts[workspace.summaries.of(image.id).state] += 1
    return counts


def workspace_view(store: Store, limits: dict[str, int], formats: list[dict[str, Any]]) -> dict[str, Any]:
    workspace, wanted = store.workspace, store.settings
    images = workspace.images
    return {
        "name": workspace.name,
        "num_images": len(images),
        "counts": counts_view(workspace),
        "seconds": round(sum(workspace.summaries.of(image.id).seconds for image in images), 1),
        "version": __version__,
        "model": store.answers.name.partition(" ")[0],
        "device": str(store.answers.network.device),
        "classes": class_views(workspace),
        "settings": wanted.settings.json(),
        "defaults": store.answers.defaults.json(),
        "no_overlap": wanted.no_overlap,
        "limits": limits,
        "formats": formats,
    }


def image_view(store: Store, image: ListedImage) -> dict[str, Any]:
    """An entry of the list; nothing of the file is read for it."""
    summary, hw = store.workspace.summaries.of(image.id), store.workspace.pixels.known_hw(image)
    return {
        "id": image.id,
        "name": image.name,
        "index": store.workspace.place_of(image),
        "state": summary.state,
        "num_objects": summary.num_objects,
        "seconds": summary.seconds,
        "width": None if hw is None else hw[1],
        "height": None if hw is None else hw[0],
        "version": image.version,
        "uploaded": image.is_upload,
        "leased": store.is_held(image),
    }


def image_details(store: Store, image: ListedImage) -> dict[str, Any]:
    """The entry and what tiles there are; Refusal where the file cannot be read."""
    pixels, tiles = store.workspace.pixels, store.workspace.tiles
    about = {"tile_size": TILE, "levels": tiles.num_levels(image), "large": pixels.is_large(image)}
    return image_view(store, image) | about


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A moment together with its draft's mask, as one revision of a work."""

    work: Work
    revision: int
    moment: Moment
    cut: Cut | None

    def told(self, answers: Answers) -> dict[str, Any]:
        """What sessions and changes both tell."""
        past, bench, draft = self.work.record.past, self.work.bench, self.moment.draft
        crop = answers.crop(bench.subject, draft.trail)
        return {
            "revision": self.revision,
            "ready": answers.is_ready(bench.subject, draft.trail),
            "settings": draft.trail.settings.json(),
            "no_overlap": self.moment.no_overlap,
            "done": self.moment.done,
            "can_undo": past.undo_name is not None,
            "can_redo": past.redo_name is not None,
            "undo_name": past.undo_name,
            "redo_name": past.redo_name,
            "seconds": round(self.work.record.seconds, 1),
            "draft": {
                "object_id": draft.object_id,
                "name": draft.name,
                "class_id": draft.class_id,
                "clicks": [{"x": click.x, "y": click.y, "positive": click.positive} for click in draft.trail.clicks],
                "num_parts": len(draft.parts),
                "num_strokes": len(draft.trail.strokes),
                "has_start": draft.trail.start is not None,
                "window": _box(draft.trail.window),
                "crop": _box(crop),
                "area": area_of(self.cut),
                "seconds": round(draft.seconds, 1),
            },
        }


def session_view(store: Store, session: str, work: Work, *, masks: bool) -> dict[str, Any]:
    """All of a session, whole masks with it."""
    seen = present(work)
    objects = [object_view(cut_out, seen.moment) for cut_out in seen.moment.objects]
    if masks:
        for view, cut_out in zip(objects, seen.moment.objects, strict=True):
            view["mask"] = _whole(work.bench.masks.read(cut_out.mask))
    about = {"session": session, "image": image_details(store, work.image), "objects": objects, "mask": _whole(seen.cut)}
    return seen.told(store.answers) | about


def present(work: Work) -> Seen:
    """The work as it is now, computed if need be."""
    while True:
        with work.lock:
            revision, moment = work.revision, work.moment
        is_known, cut = work.shown_at(revision)
        if is_known:
            return Seen(work, revision, moment, cut)
        try:
            cut, _ = work.bench.draft_cut(moment, unwanted(work, moment))
        except Superseded:
            continue
        work.remember_shown(revision, cut)
        return Seen(work, revision, moment, cut)


def unwanted(work: Work, moment: Moment) -> Callable[[], bool]:
    """Tells, time and again, whether what is computed for a moment no longer serves the work as it is by then."""

    def is_unwanted() -> bool:
        now = work.moment.draft.trail  # asked hundreds of times a pass, nearly always of the same trail
        return now is not moment.draft.trail and not now.goes_on_from(moment.draft.trail)

    return is_unwanted


def change_view(store: Store, work: Work, accepted: Accepted, *, asked: int | None, base: int | None, began: float) -> dict[str, Any]:
    """What a change made of the work: computes the mask of its revision, and tells in what it differs from the base's.

    ``asked`` is the revision that the change was meant for, ``base`` the one whose mask is shown, ``began`` the time of the request.
    When it returns, the change is on the disk; OSError where it could not be written.
    """
    revision = accepted.revision
    moment = work.moment_at(revision) or work.moment
    effort, cut, superseded = Effort(), None, False
    try:
        cut, effort = work.bench.draft_cut(moment, unwanted(work, moment))
        work.remember_shown(revision, cut)
    except Superseded:
        superseded = True
    earlier = revision - 1 if asked is None else asked
    base = earlier if base is None else base
    seen = Seen(work, revision, moment, cut)
    told = seen.told(store.answers) | _objects_changed(work, moment, work.moment_at(min(base, earlier)))
    told |= {"superseded": superseded, "mask": None if superseded else _changed(work, base, cut)}
    accepted.settle()
    total_ms = 1000 * (time.perf_counter() - began)
    return told | {
        "timing": {
            "total_ms": round(total_ms, 2),
            "model_ms": round(effort.model_ms, 2),
            "waited_ms": round(effort.waited_ms, 2),
            "passes": effort.passes,
            "encodes": effort.encodes,
        },
    }


def object_view(cut_out: CutOut, moment: Moment) -> dict[str, Any]:
    return {
        "id": cut_out.id,
        "name": cut_out.name,
        "class_id": cut_out.class_id,
        "hidden": cut_out.hidden,
        "open": cut_out.id == moment.draft.object_id,
        "area": cut_out.mask.area,
        "box": box_json(cut_out.mask.box),
        "num_clicks": len(cut_out.trail.clicks),
        "seconds": round(cut_out.seconds, 1),
        "source": cut_out.source,
        "mask": None,
    }


def whole_mask_view(work: Work, revision: int, cut: Cut | None) -> dict[str, Any]:
    height, width = work.bench.subject.hw
    return {"revision": revision, "width": width, "height": height, "mask": _whole(cut)}


def _objects_changed(work: Work, moment: Moment, before: Moment | None) -> dict[str, Any]:
    if before is not None and before.objects == moment.objects and before.draft.object_id == moment.draft.object_id:
        return {"objects": None, "masks": []}
    known = {} if before is None else {cut_out.id: cut_out.mask.digest for cut_out in before.objects}
    changed = [cut_out for cut_out in moment.objects if known.get(cut_out.id) != cut_out.mask.digest]
    return {
        "objects": [object_view(cut_out, moment) for cut_out in moment.objects],
        "masks": [{"id": cut_out.id, "mask": _whole(work.bench.masks.read(cut_out.mask))} for cut_out in changed],
    }


def _changed(work: Work, base: int, cut: Cut | None) -> dict[str, Any]:
    is_known, shown = work.shown_at(base)
    if not is_known:
        return _whole(cut)
    change = change_of(shown, cut)
    return mask_json(None, None, base=base, whole=False) if change is None else mask_json(change.box, change.mask, base=base, whole=False)


def _whole(cut: Cut | None) -> dict[str, Any]:
    return mask_json(None, None) if cut is None else mask_json(cut.box, cut.mask)


def _box(box: Box | None) -> BoxJson | None:
    return None if box is None else box_json(box)
