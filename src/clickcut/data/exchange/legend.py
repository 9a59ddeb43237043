"""What a mask file of ours tells of itself, in a text inside the PNG: which image it belongs to, and what its labels are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from clickcut.core.boxes import Box
from clickcut.data.annotated import Annotated, Colour
from clickcut.data.exchange.colours import colour_of, colour_text

KEYWORD: Final = "clickcut"
"""Of the text (iTXt) in a PNG file."""

Kind = Literal["labels", "mask", "cutout"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: its label in the file, its class, and the name that a person gave it."""

    label: int
    class_name: str
    colour: Colour | None
    name: str


@dataclass(frozen=True, slots=True)
class Legend:
    """``kind`` says how pixels tell the objects: by label, by being not 0, or by not being transparent. ``box`` is what a cut-out shows of
    the image of ``hw``; None of files that show all of it.
    """

    kind: Kind
    image: str
    hw: tuple[int, int]
    entries: tuple[Entry, ...]
    box: Box | None = None

    @property
    def text(self) -> str:
        return json.dumps(
            {
                "kind": self.kind,
                "image": self.image,
                "size": list(self.hw),
                "box": None if self.box is None else [self.box.top, self.box.left, self.box.bottom, self.box.right],
                "objects": [
                    {"label": e.label, "class": e.class_name, "colour": e.colour and colour_text(e.colour), "name": e.name}
                    for e in self.entries
                ],
            },
            ensure_ascii=False,
        )


def legend_of(annotated: Annotated, kind: Kind, labels: Sequence[int], box: Box | None = None) -> Legend:
    """The legend of a file that shows the objects with these labels, which count from 1."""
    entries = []
    for label in labels:
        one = annotated.objects[label - 1]
        known = annotated.class_of(one)
        entries.append(Entry(label, known.name, known.colour, one.name))
    return Legend(kind, annotated.image, annotated.hw, tuple(entries), box)


def legend_in(text: str | None) -> Legend | None:
    """The legend of a text that ``Legend.text`` made; None of anything else, as any program may have written it."""
    try:
        value = json.loads(text or "")
        kind, image, box = value["kind"], value["image"], value["box"]
        height, width = (int(side) for side in value["size"])
        entries = tuple(_entry(one) for one in value["objects"])
        if kind not in ("labels", "mask", "cutout") or not isinstance(image, str):
            return None
        return Legend(kind, image, (height, width), entries, None if box is None else Box(*(int(side) for side in box)))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _entry(value: dict[str, Any]) -> Entry:
    return Entry(int(value["label"]), str(value["class"]), colour_of(value["colour"]), str(value["name"]))
