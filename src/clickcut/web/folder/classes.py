"""The folder's own list of classes: names and colours of what objects can be, in one file that is replaced at each change."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from clickcut.core.files import replacing
from clickcut.web.refusal import Refusal

MAX_CLASSES: Final = 1000

# Twelve hues that stand out from photos and from each other, also for people who confuse red and green: light and dark take turns.
PALETTE: Final = (
    "#ff5a5f",
    "#2f9e6e",
    "#4d7cfe",
    "#f7b32b",
    "#9b5de5",
    "#00b8d9",
    "#ef476f",
    "#8ac926",
    "#1d6fa5",
    "#ff924c",
    "#c77dff",
    "#5c7080",
)
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class: ``colour`` is #rrggbb in small letters."""

    id: int
    name: str
    colour: str

    def __post_init__(self) -> None:
        if self.id < 1 or not 1 <= len(self.name) <= 80 or self.name != self.name.strip():
            raise ValueError(f"a class needs an id from 1 on and a name of 1 to 80 characters, got {self.id} and {self.name!r}")
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"a colour is written #rrggbb in small letters, got {self.colour!r}")

    @property
    def rgb(self) -> tuple[int, int, int]:
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue


FIRST: Final = (NamedClass(1, "object", PALETTE[0]),)


class ClassList:
    """The classes of a folder, kept in ``path``; threads may share it. It has one class at least."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._classes = read_classes(path)

    @property
    def classes(self) -> tuple[NamedClass, ...]:
        return self._classes

    def __contains__(self, class_id: int) -> bool:
        return any(known.id == class_id for known in self._classes)

    def add(self, name: str, colour: str | None = None) -> NamedClass:
        """A new class at the end; without a colour it gets one that is used least."""
        with self._lock:
            self._check_name(name)
            if len(self._classes) == MAX_CLASSES:
                raise Refusal("bound_reached", f"a folder has at most {MAX_CLASSES} classes")
            used = [known.colour for known in self._classes]
            colour = min(PALETTE, key=used.count) if colour is None else colour
            made = _checked(lambda: NamedClass(max(known.id for known in self._classes) + 1, name.strip(), colour.lower()))
            self._write((*self._classes, made))
            return made

    def id_of(self, name: str, colour: str) -> int:
        """The class of a name, added if there is none: for imports."""
        for known in self._classes:
            if known.name == name:
                return known.id
        return self.add(name, colour).id

    def change(self, class_id: int, *, name: str | None = None, colour: str | None = None, position: int | None = None) -> None:
        with self._lock:
            old = self._known(class_id)
            if name is not None and name.strip() != old.name:
                self._check_name(name)
            new = _checked(
                lambda: replace(
                    old, name=old.name if name is None else name.strip(), colour=old.colour if colour is None else colour.lower()
                )
            )
            classes = [new if known is old else known for known in self._classes]
            if position is not None:
                classes.remove(new)
                classes.insert(position, new)
            self._write(tuple(classes))

    def remove(self, class_id: int, num_objects: int) -> None:
        """Takes a class out that no object is of."""
        with self._lock:
            old = self._known(class_id)
            if num_objects:
                raise Refusal(
                    "in_use", f"{num_objects} objects are of the class {old.name}; give them another one first", num_objects=num_objects
                )
            if len(self._classes) == 1:
                raise Refusal("in_use", "the last class stays: every object is of one", num_objects=0)
            self._write(tuple(known for known in self._classes if known is not old))

    def _known(self, class_id: int) -> NamedClass:
        for known in self._classes:
            if known.id == class_id:
                return known
        raise Refusal("no_such_class", f"there is no class {class_id}")

    def _check_name(self, name: str) -> None:
        if any(known.name == name.strip() for known in self._classes):
            raise Refusal("in_use", f"there is a class {name.strip()} already", num_objects=0)

    def _write(self, classes: tuple[NamedClass, ...]) -> None:
        with replacing(self._path) as file:
            file.write(json.dumps({"classes": [asdict(known) for known in classes]}, indent=1, ensure_ascii=False).encode())
        self._classes = classes


def read_classes(path: Path) -> tuple[NamedClass, ...]:
    """The classes of a file, or the first one where there is none; ValueError when it is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return FIRST
    try:
        classes = tuple(NamedClass(entry["id"], entry["name"], entry["colour"]) for entry in json.loads(text)["classes"])
        if not classes or len({known.id for known in classes}) < len(classes):
            raise ValueError("expected one class or more, each with an id of its own")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path}: is no list of classes, or is damaged: {error}") from error
    return classes


def _checked(make: Callable[[], NamedClass]) -> NamedClass:
    try:
        return make()
    except ValueError as error:
        raise Refusal("invalid", str(error)) from error
