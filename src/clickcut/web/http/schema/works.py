"""What is told of a session's work: the draft, objects, masks, and what a change made of them."""

from __future__ import annotations

from typing import Literal

from clickcut.web.http.schema.folders import ImageDetails
from clickcut.web.http.schema.values import BoxValue, ClickValue, MaskTold, SettingsValue, Told


class DraftTold(Told):
    object_id: int | None
    name: str
    class_id: int
    clicks: list[ClickValue]
    num_parts: int
    num_strokes: int
    has_start: bool
    window: BoxValue | None
    crop: BoxValue | None
    area: int
    seconds: float


class ObjectTold(Told):
    id: int
    name: str
    class_id: int
    hidden: bool
    open: bool
    area: int
    box: BoxValue
    num_clicks: int
    seconds: float
    source: Literal["clicks", "brush", "import", "merge"]
    mask: MaskTold | None = None


class WorkTold(Told):
    """What a session and a change both tell."""

    revision: int
    ready: bool
    settings: SettingsValue
    no_overlap: bool
    done: bool
    can_undo: bool
    can_redo: bool
    undo_name: str | None
    redo_name: str | None
    seconds: float
    draft: DraftTold


class SessionTold(WorkTold):
    session: str
    image: ImageDetails
    objects: list[ObjectTold]
    mask: MaskTold


class ObjectMask(Told):
    id: int
    mask: MaskTold


class Timing(Told):
    total_ms: float
    model_ms: float
    waited_ms: float
    passes: int
    encodes: int


class ChangeTold(WorkTold):
    superseded: bool
    objects: list[ObjectTold] | None
    masks: list[ObjectMask]
    mask: MaskTold | None
    timing: Timing


class KeepTold(Told):
    revision: int
    ready: bool


class ReadyTold(Told):
    ready: bool


class WholeMaskTold(Told):
    revision: int
    width: int
    height: int
    mask: MaskTold


class LabelMapTold(Told):
    """``labels`` is base64 of deflated little-endian 16-bit rows."""

    width: int
    height: int
    labels: str


class PreviewTold(Told):
    revision: int
    mask: MaskTold
