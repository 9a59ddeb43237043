"""What a person has cut out of one image: the value that the annotator gives, that writers of formats take and that importers give back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.images import Rgb
from clickcut.core.masks import MAX_OBJECT_ID, Mask
from clickcut.data.shapes import Piece, piece_of

Colour = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

DEFAULT_CLASS: Final = "object"
"""What objects are called where a format knows no classes."""

_MOST_OBJECTS: Final = 2**16 - 1


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """What objects can be: ids are from 1 on, names are not empty, and neither occurs twice in a list."""

    id: int
    name: str
    colour: Colour

    def __post_init__(self) -> None:
        if self.id < 1:
            raise ValueError(f"a class needs an id from 1 on, got {self.id} for {self.name!r}")
        if not self.name.strip():
            raise ValueError(f"class {self.id} needs a name, got {self.name!r}")
        if len(self.colour) != 3 or any(not 0 <= value <= 255 for value in self.colour):
            raise ValueError(f"a colour is red, green, blue from 0 to 255, got {self.colour}")


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedObject:
    """One object: its pixels (at least one, cut to their tight box), its class and the name that a person gave it, "" for none."""

    piece: Piece
    class_id: int
    name: str = ""

    @classmethod
    def of(cls, mask: Mask, class_id: int, name: str = "") -> AnnotatedObject:
        """The object that a mask (H, W) of the whole image shows; ValueError where it shows none."""
        piece = piece_of(mask)
        if piece is None:
            raise ValueError("an object needs at least one pixel, got an empty mask")
        return cls(piece, class_id, name)

    @property
    def box(self) -> Box:
        return self.piece.box


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """An image's finished objects, first one first: labels count from 1, and a later object lies over an earlier one where they overlap.

    ``image`` is its file's name within the opened folder, with "/" between folders; ``hw`` the size of the upright image. ``classes`` is
    the whole list, also what is not used here. ``path`` is the image's file and ``pixels`` gives the upright RGB pixels of a box; importers
    leave both None, and only formats that hold pixels ask for them.
    """

    image: str
    hw: tuple[int, int]
    objects: tuple[AnnotatedObject, ...]
    classes: tuple[ObjectClass, ...]
    is_done: bool = False
    path: Path | None = None
    pixels: Callable[[Box], Rgb] | None = None

    def __post_init__(self) -> None:
        ids, names = {one.id for one in self.classes}, {one.name for one in self.classes}
        if len(ids) < len(self.classes) or len(names) < len(self.classes):
            raise ValueError(f"{self.image}: expected classes with an id and a name of their own, got some twice")
        for number, one in enumerate(self.objects, start=1):
            if one.class_id not in ids:
                raise ValueError(f"{self.image}: object {number} is of class {one.class_id}, expected one of {sorted(ids)}")
            if not one.box.is_within(self.hw):
                raise ValueError(f"{self.image}: object {number} reaches out of the image's {self.hw[1]} x {self.hw[0]} pixels")
        if len(self.objects) > _MOST_OBJECTS:
            raise ValueError(f"{self.image}: expected at most {_MOST_OBJECTS} objects, got {len(self.objects)}")

    def class_of(self, one: AnnotatedObject) -> ObjectClass:
        return next(known for known in self.classes if known.id == one.class_id)

    def only(self, index: int) -> Annotated:
        """The same image with one of its objects, by its place from 0 on."""
        return replace(self, objects=(self.objects[index],))

    def mask(self, index: int) -> Mask:
        """The mask (H, W) of an object, by its place from 0 on."""
        mask = np.zeros(self.hw, np.bool_)
        piece = self.objects[index].piece
        mask[piece.box.slices] = piece.inside
        return mask

    def label_map(self) -> NDArray[Any]:
        """(H, W): 0 for none, 1 for the first object and so on; uint8 for up to 254 objects, uint16 for more."""
        return self._drawn(range(1, len(self.objects) + 1))

    def class_map(self) -> NDArray[Any]:
        """(H, W): 0 for none, else the place of an object's class in the list, from 1 on; uint8 for up to 254 classes, else uint16."""
        places = {known.id: place for place, known in enumerate(self.classes, start=1)}
        return self._drawn([places[one.class_id] for one in self.objects], largest=len(self.classes))

    def _drawn(self, labels: range | list[int], largest: int | None = None) -> NDArray[Any]:
        largest = len(labels) if largest is None else largest
        drawn: NDArray[Any] = np.zeros(self.hw, np.uint8 if largest <= MAX_OBJECT_ID else np.uint16)
        for label, one in zip(labels, self.objects, strict=True):
            drawn[one.box.slices][one.piece.inside] = label
        return drawn
