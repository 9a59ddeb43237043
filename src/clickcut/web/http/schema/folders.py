"""The folder: its images, classes, settings, and what is imported into it."""

from __future__ import annotations

from typing import Literal

from clickcut.web.http.schema.values import Asked, ClassName, Colour, Position, SettingsValue, Told


class FolderSettingsValue(Asked):
    settings: SettingsValue
    no_overlap: bool = True


class ClassAsked(Asked):
    name: ClassName
    colour: Colour | None = None


class ClassChange(Asked):
    name: ClassName | None = None
    colour: Colour | None = None
    position: Position | None = None


class ClassTold(Told):
    id: int
    name: str
    colour: str
    num_objects: int


class ClassesTold(Told):
    classes: list[ClassTold]


class FormatTold(Told):
    name: str
    title: str
    suffix: str
    can_import: bool
    lossy: bool
    note: str


class Counts(Told):
    todo: int
    work: int
    done: int


class WorkspaceTold(Told):
    name: str
    num_images: int
    counts: Counts
    seconds: float
    version: str
    model: str
    device: str
    classes: list[ClassTold]
    settings: SettingsValue
    defaults: SettingsValue
    no_overlap: bool
    limits: dict[str, int]
    formats: list[FormatTold]


class ImageTold(Told):
    id: str
    name: str
    index: int
    state: Literal["todo", "work", "done"]
    num_objects: int
    seconds: float
    width: int | None
    height: int | None
    version: str
    uploaded: bool
    leased: bool


class ImageDetails(ImageTold):
    tile_size: int
    levels: int
    large: bool


class ImagesTold(Told):
    total: int
    offset: int
    counts: Counts
    images: list[ImageTold]


class Skipped(Told):
    name: str
    message: str


class ImportTold(Told):
    images: int
    objects: int
    skipped: list[Skipped]
