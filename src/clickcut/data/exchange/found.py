"""Objects as files tell of them, with the names of their classes, and the annotated image that they make up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clickcut.data.annotated import DEFAULT_CLASS, Annotated, AnnotatedObject, Colour, ObjectClass
from clickcut.data.exchange.colours import voc_colour
from clickcut.data.shapes import Piece

NamedClass = tuple[str, Colour | None]
"""A class's name, and its colour where a file knows it."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One object; ``class_name`` is "" where a file names none."""

    piece: Piece
    class_name: str = ""
    colour: Colour | None = None
    name: str = ""


def gathered(image: str, hw: tuple[int, int], found: Sequence[Found], classes: Iterable[NamedClass] = ()) -> Annotated:
    """The annotated image; ``classes`` is the file's own list where it has one, the objects' classes follow it."""
    colours: dict[str, Colour | None] = {}
    for name, colour in (*classes, *((one.class_name, one.colour) for one in found)):
        colours[_known(name)] = colours.get(_known(name)) or colour
    known = [ObjectClass(place, name, colour or voc_colour(place)) for place, (name, colour) in enumerate(colours.items(), start=1)]
    ids = {one.name: one.id for one in known}
    objects = tuple(AnnotatedObject(one.piece, ids[_known(one.class_name)], one.name) for one in found)
    return Annotated(image, hw, objects, tuple(known))


def _known(class_name: str) -> str:
    return class_name.strip() or DEFAULT_CLASS
