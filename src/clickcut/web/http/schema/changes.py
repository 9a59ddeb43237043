"""Requests that open a session or change its work."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from clickcut.web.http.schema.values import (
    Asked,
    BoxValue,
    ClassId,
    ClickValue,
    MaskGiven,
    Name,
    Position,
    Revision,
    SettingsValue,
    StrokeValue,
)

MAX_CLICKS_AT_ONCE = 50
MAX_STROKES_AT_ONCE = 50


class SessionAsked(Asked):
    """``image`` is an id, or a name within the folder."""

    image: Annotated[str, Field(min_length=1, max_length=4096)]
    take: bool = False
    masks: bool = True


class Change(Asked):
    """What every change may say: the revision it is meant for, and the one whose mask is shown."""

    revision: Revision | None = None
    base: Revision | None = None


class ClicksAsked(Change):
    clicks: Annotated[list[ClickValue], Field(min_length=1, max_length=MAX_CLICKS_AT_ONCE)]
    view: BoxValue | None = None


class FinishAsked(Change):
    name: Name | None = None
    class_id: ClassId | None = None


class StrokesAsked(Change):
    strokes: Annotated[list[StrokeValue], Field(min_length=1, max_length=MAX_STROKES_AT_ONCE)]


class DraftAsked(Change):
    name: Name | None = None
    class_id: ClassId | None = None


class SettingsAsked(Change):
    settings: SettingsValue
    no_overlap: bool | None = None
    remember: bool = True


class MaskAsked(Change):
    mask: MaskGiven


class ObjectAsked(Change):
    name: Name | None = None
    class_id: ClassId | None = None
    hidden: bool | None = None
    position: Position | None = None


class MergeAsked(Change):
    ids: Annotated[list[Annotated[int, Field(ge=1, le=2**31)]], Field(min_length=2, max_length=1000)]


class DoneAsked(Change):
    done: bool


class PreviewAsked(ClickValue):
    revision: Revision | None = None
