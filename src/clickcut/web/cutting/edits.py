"""Every change of a moment, as functions from one to the next. A Refusal says why a change cannot be made; then nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.web.cutting.bench import Bench
from clickcut.web.record.cuts import LARGEST_STROKE, Cut, Stroke, union
from clickcut.web.record.moments import CutOut, Draft, Moment, Source, Trail
from clickcut.web.record.settings import Settings
from clickcut.web.refusal import Refusal

MAX_CLICKS: Final = 200
MAX_STROKES: Final = 500
MAX_OBJECTS: Final = 1000
MAX_PARTS: Final = 100


@dataclass(frozen=True, slots=True)
class ObjectWishes:
    """What is to be changed of an object; None leaves it as it is. ``position`` is its new place in the panel."""

    name: str | None = None
    class_id: int | None = None
    hidden: bool | None = None
    position: int | None = None


def clicked(moment: Moment, bench: Bench, clicks: Sequence[Click], view: Box | None = None) -> Moment:
    height, width = bench.subject.hw
    for click in clicks:
        if not (0 <= click.y < height and 0 <= click.x < width):
            raise Refusal(
                "invalid",
                f"the click x={click.x:g}, y={click.y:g} lies outside of the image, which is {width} pixels wide and {height} high",
            )
    if len(moment.draft.trail.clicks) + len(clicks) > MAX_CLICKS:
        raise Refusal("bound_reached", f"an object takes at most {MAX_CLICKS} clicks")
    return moment.with_trail(bench.clicked(moment.draft.trail, clicks, view))


def without_click(moment: Moment, index: int) -> Moment:
    clicks = moment.draft.trail.clicks
    if not 0 <= index < len(clicks):
        raise Refusal("not_found", f"there is no click {index}; the object has {len(clicks)}, counted from 0")
    return moment.with_trail(replace(moment.draft.trail, clicks=(*clicks[:index], *clicks[index + 1 :])))


def stroked(moment: Moment, bench: Bench, strokes: Sequence[Stroke]) -> Moment:
    for stroke in strokes:
        box = stroke.box(bench.subject.hw)
        if box is not None and box.height * box.width > LARGEST_STROKE:
            raise Refusal("bound_reached", "this stroke reaches over too large a part of the image: lift the brush between shorter ones")
    if len(moment.draft.trail.strokes) + len(strokes) > MAX_STROKES:
        raise Refusal("bound_reached", f"an object takes at most {MAX_STROKES} strokes; finish it and reopen it to begin anew")
    return moment.with_trail(replace(moment.draft.trail, strokes=(*moment.draft.trail.strokes, *strokes)))


def started_from(moment: Moment, bench: Bench, cut: Cut | None) -> Moment:
    """From a given mask, which replaces clicks and strokes."""
    if cut is None:
        raise Refusal("invalid", "the starting mask is empty; leave it out to begin without one")
    return moment.with_trail(Trail(moment.draft.trail.settings, start=bench.masks.keep(cut)))


def reset(moment: Moment) -> Moment:
    return replace(moment, draft=replace(moment.draft, trail=Trail(moment.draft.trail.settings), parts=()))


def cancelled(moment: Moment, settings: Settings) -> Moment:
    if moment.draft.is_empty and moment.draft.object_id is None:
        raise Refusal("nothing_to_cancel", "there is no object in progress")
    return replace(moment, draft=Draft(Trail(settings), class_id=moment.draft.class_id))


def part_kept(moment: Moment, bench: Bench) -> Moment:
    """The draft partially finished: what is further clicked is found apart from it."""
    trail = moment.draft.trail
    cut, _ = bench.trail_cut(trail)
    if cut is None:
        raise Refusal("nothing_to_finish", "there is nothing to keep as a part: the mask is empty")
    if len(moment.draft.parts) == MAX_PARTS:
        raise Refusal("bound_reached", f"an object has at most {MAX_PARTS} parts")
    earlier = [bench.erased(part, trail) for part in moment.draft.parts]
    parts = (*(bench.masks.keep(part) for part in earlier if part is not None), bench.masks.keep(cut))
    return replace(moment, draft=replace(moment.draft, trail=Trail(trail.settings), parts=parts))


def redone_with(moment: Moment, settings: Settings, *, no_overlap: bool) -> Moment:
    """The draft with other settings, from its clicks."""
    return replace(moment.with_trail(replace(moment.draft.trail, settings=settings)), no_overlap=no_overlap)


def draft_named(moment: Moment, name: str | None, class_id: int | None) -> Moment:
    draft = moment.draft
    return replace(
        moment, draft=replace(draft, name=draft.name if name is None else name, class_id=draft.class_id if class_id is None else class_id)
    )


def finished(moment: Moment, bench: Bench, settings: Settings) -> Moment:
    """The draft as an object, in its former place or behind the others; the next draft begins with ``settings``."""
    draft = moment.draft
    cut, _ = bench.draft_cut(moment)
    if cut is None:
        raise Refusal("nothing_to_finish", "there is no object to finish: the mask is empty, or finished objects hold all of its pixels")
    former = None if draft.object_id is None else moment.object(draft.object_id)
    made = CutOut(
        moment.next_id if former is None else former.id,
        draft.name,
        draft.class_id,
        bench.masks.keep(cut),
        draft.trail,
        draft.parts,
        _source_of(draft) if former is None or draft.trail.clicks or draft.trail.strokes else former.source,
        hidden=False if former is None else former.hidden,
        seconds=draft.seconds,
        network=bench.answers.name,
    )
    empty = Draft(Trail(settings), class_id=draft.class_id)
    if former is not None:
        return replace(moment, draft=empty, objects=tuple(made if one.id == made.id else one for one in moment.objects))
    return replace(added(moment, [made]), draft=empty)


def added(moment: Moment, cut_outs: Sequence[CutOut]) -> Moment:
    """Further objects behind the present ones, with ids of this image's own."""
    if len(moment.objects) + len(cut_outs) > MAX_OBJECTS:
        raise Refusal("bound_reached", f"an image holds at most {MAX_OBJECTS} objects")
    numbered = tuple(replace(one, id=moment.next_id + place) for place, one in enumerate(cut_outs))
    return replace(moment, objects=(*moment.objects, *numbered), next_id=moment.next_id + len(numbered))


def reopened(moment: Moment, bench: Bench, object_id: int, settings: Settings) -> Moment:
    """An object as the draft, with its clicks; a draft that has a mask is finished first."""
    if moment.draft.object_id == object_id:
        return moment
    _object(moment, object_id)
    if not moment.draft.is_empty:
        cut, _ = bench.draft_cut(moment)
        moment = cancelled(moment, settings) if cut is None else finished(moment, bench, settings)
    one = _object(moment, object_id)
    trail, parts = one.trail, one.parts
    if trail.is_computed and one.network != bench.answers.name:
        # Its clicks would lead another network to another mask: it is gone on with as it is.
        trail, parts = Trail(settings, start=one.mask), ()
    return replace(moment, draft=Draft(trail, one.id, one.name, one.class_id, parts, one.seconds))


def changed_object(moment: Moment, object_id: int, wishes: ObjectWishes) -> Moment:
    one = _object(moment, object_id)
    changed = replace(
        one,
        name=one.name if wishes.name is None else wishes.name,
        class_id=one.class_id if wishes.class_id is None else wishes.class_id,
        hidden=one.hidden if wishes.hidden is None else wishes.hidden,
    )
    objects = [changed if other.id == object_id else other for other in moment.objects]
    if wishes.position is not None:
        objects.remove(changed)
        objects.insert(wishes.position, changed)
    draft = moment.draft
    if draft.object_id == object_id:
        draft = replace(draft, name=changed.name, class_id=changed.class_id)
    return replace(moment, objects=tuple(objects), draft=draft)


def deleted(moment: Moment, object_id: int, settings: Settings) -> Moment:
    _object(moment, object_id)
    draft = moment.draft if moment.draft.object_id != object_id else Draft(Trail(settings), class_id=moment.draft.class_id)
    return replace(moment, draft=draft, objects=tuple(other for other in moment.objects if other.id != object_id))


def merged(moment: Moment, bench: Bench, object_ids: Sequence[int], settings: Settings) -> Moment:
    """Several objects as one, in the place of the first that is named, with its name and class."""
    ids = list(dict.fromkeys(object_ids))
    if len(ids) < 2:
        raise Refusal("invalid", "merging takes two or more different objects")
    if moment.draft.object_id in ids:
        raise Refusal("invalid", f"object {moment.draft.object_id} is open: finish it before it is merged")
    ones = [_object(moment, object_id) for object_id in ids]
    cut = union(bench.masks.read(one.mask) for one in ones)
    assert cut is not None, "objects have pixels"
    mask = bench.masks.keep(cut)
    whole = replace(
        ones[0],
        mask=mask,
        trail=Trail(settings, start=mask),
        parts=(),
        source="merge",
        seconds=sum(one.seconds for one in ones),
        network=bench.answers.name,
    )
    swallowed = ids[1:]
    return replace(moment, objects=tuple(whole if one.id == whole.id else one for one in moment.objects if one.id not in swallowed))


def _object(moment: Moment, object_id: int) -> CutOut:
    one = moment.object(object_id)
    if one is None:
        raise Refusal("no_such_object", f"there is no object {object_id} in this image")
    return one


def _source_of(draft: Draft) -> Source:
    if draft.trail.clicks or draft.parts:
        return "clicks"
    return "brush" if draft.trail.strokes else "import"
