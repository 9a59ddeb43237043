"""Moments as JSON: one whole, or what changed from the one before, so that a journal's line is short however much there is already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.web.record.cuts import Stroke
from clickcut.web.record.moments import CutOut, Draft, KeptMask, Moment, Trail
from clickcut.web.record.settings import Settings

T = TypeVar("T")

_PLAIN = ("done", "no_overlap", "next_id")


def moment_json(moment: Moment, before: Moment | None = None) -> dict[str, Any]:
    """What ``moment_of`` makes the moment from, given the same ``before``."""
    known = {} if before is None else {cut.id: cut for cut in before.objects}
    changed: dict[str, Any] = {}
    if before is None or moment.draft != before.draft:
        changed["draft"] = _draft_json(moment.draft, None if before is None else before.draft)
    if before is None or moment.objects != before.objects:
        changed["order"] = [cut.id for cut in moment.objects]
        changed["objects"] = [_object_json(cut) for cut in moment.objects if known.get(cut.id) != cut]
    return changed | {name: getattr(moment, name) for name in _PLAIN}


def moment_of(value: dict[str, Any], before: Moment | None = None) -> Moment:
    """The moment that was written; LookupError, TypeError or ValueError where it was not."""
    draft = _draft_of(value["draft"], None if before is None else before.draft) if "draft" in value else _needed(before).draft
    if "order" in value:
        known = {} if before is None else {cut.id: cut for cut in before.objects}
        known |= {entry["id"]: _object_of(entry) for entry in value["objects"]}
        objects = tuple(known[object_id] for object_id in value["order"])
    else:
        objects = _needed(before).objects
    return Moment(draft, objects, **{name: value[name] for name in _PLAIN})


def mask_reference(mask: KeptMask) -> list[Any]:
    box = mask.box
    return [mask.digest, box.top, box.left, box.bottom, box.right, mask.area]


def kept_mask_of(value: list[Any]) -> KeptMask:
    digest, top, left, bottom, right, area = value
    if not (isinstance(digest, str) and digest.isalnum()):  # it names a file
        raise ValueError(f"expected a mask's fingerprint, got {digest!r}")
    return KeptMask(digest, Box(top, left, bottom, right), area)


def _draft_json(draft: Draft, before: Draft | None) -> dict[str, Any]:
    return {
        "object": draft.object_id,
        "name": draft.name,
        "class": draft.class_id,
        "parts": [mask_reference(part) for part in draft.parts],
        "seconds": round(draft.seconds, 2),
        "trail": _trail_json(draft.trail, None if before is None else before.trail),
    }


def _draft_of(value: dict[str, Any], before: Draft | None) -> Draft:
    parts = tuple(kept_mask_of(part) for part in value["parts"])
    trail = _trail_of(value["trail"], None if before is None else before.trail)
    return Draft(trail, value["object"], value["name"], value["class"], parts, float(value["seconds"]))


def _object_json(cut: CutOut) -> dict[str, Any]:
    return {
        "id": cut.id,
        "name": cut.name,
        "class": cut.class_id,
        "mask": mask_reference(cut.mask),
        "trail": _trail_json(cut.trail, None),
        "parts": [mask_reference(part) for part in cut.parts],
        "source": cut.source,
        "hidden": cut.hidden,
        "seconds": round(cut.seconds, 2),
        "network": cut.network,
    }


def _object_of(value: dict[str, Any]) -> CutOut:
    return CutOut(
        value["id"],
        value["name"],
        value["class"],
        kept_mask_of(value["mask"]),
        _trail_of(value["trail"], None),
        tuple(kept_mask_of(part) for part in value["parts"]),
        value["source"],
        value["hidden"],
        float(value["seconds"]),
        value["network"],
    )


def _trail_json(trail: Trail, before: Trail | None) -> dict[str, Any]:
    return {
        "settings": trail.settings.json(),
        "start": None if trail.start is None else mask_reference(trail.start),
        "clicks": _list_json(trail.clicks, () if before is None else before.clicks, lambda c: [c.y, c.x, c.positive]),
        "strokes": _list_json(trail.strokes, () if before is None else before.strokes, lambda s: [s.points, s.radius, s.erase]),
        "window": None if trail.window is None else [trail.window.top, trail.window.left, trail.window.bottom, trail.window.right],
    }


def _trail_of(value: dict[str, Any], before: Trail | None) -> Trail:
    return Trail(
        Settings.from_json(value["settings"]),
        None if value["start"] is None else kept_mask_of(value["start"]),
        _list_of(value["clicks"], () if before is None else before.clicks, lambda c: Click(float(c[0]), float(c[1]), bool(c[2]))),
        _list_of(value["strokes"], () if before is None else before.strokes, _stroke_of),
        None if value["window"] is None else Box(*value["window"]),
    )


def _stroke_of(value: list[Any]) -> Stroke:
    points, radius, erase = value
    return Stroke(tuple((float(x), float(y)) for x, y in points), float(radius), bool(erase))


def _list_json(values: Sequence[T], before: Sequence[T], written: Callable[[T], Any]) -> list[Any]:
    """[how many of the ones before stay, the further ones]."""
    same = 0
    while same < min(len(values), len(before)) and values[same] == before[same]:
        same += 1
    return [same, [written(value) for value in values[same:]]]


def _list_of(value: list[Any], before: Sequence[T], read: Callable[[Any], T]) -> tuple[T, ...]:
    same, further = value
    if not 0 <= same <= len(before):
        raise ValueError(f"expected {same} earlier entries, found {len(before)}")
    return (*before[:same], *(read(one) for one in further))


def _needed(before: T | None) -> T:
    if before is None:
        raise ValueError("a change stands where a whole moment should")
    return before
