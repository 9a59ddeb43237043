"""The JSON of the HTTP interface: what requests hold, with their bounds, and what answers hold. x comes first, as browsers count."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_CLICKS_AT_ONCE = 50
MAX_STROKES_AT_ONCE = 50
MAX_STROKE_POINTS = 5000

_FAR = 2**20
"""Beyond any side of an image."""


class Asked(BaseModel):
    """Of a request: unknown fields are a slip, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Told(BaseModel):
    """Of an answer."""


Place = Annotated[float, Field(ge=-_FAR, le=_FAR)]
Whole = Annotated[int, Field(ge=0, le=_FAR)]
Revision = Annotated[int, Field(ge=0, le=2**53)]
Name = Annotated[str, Field(max_length=200)]
ClassName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
ClassId = Annotated[int, Field(ge=1, le=2**31)]
Position = Annotated[int, Field(ge=0, le=10_000)]


class BoxValue(Asked):
    """Half-open, in pixels of the upright image."""

    x: Whole
    y: Whole
    width: Annotated[int, Field(ge=1, le=_FAR)]
    height: Annotated[int, Field(ge=1, le=_FAR)]


class MaskGiven(Asked):
    """A mask: the pixels of a box as base64 of deflated bits, row after row; everything outside of the box is not the object."""

    box: BoxValue
    bits: Annotated[str, Field(max_length=2**25)]


class MaskTold(Told):
    """A mask, or with ``whole`` false the region in which it differs from revision ``base``."""

    box: BoxValue | None
    bits: str
    base: int | None
    whole: bool


class ClickValue(Asked):
    x: Place
    y: Place
    positive: bool = True


class StrokeValue(Asked):
    """A line of the brush; ``points`` are [x, y]."""

    points: Annotated[list[Annotated[list[Place], Field(min_length=2, max_length=2)]], Field(min_length=1, max_length=MAX_STROKE_POINTS)]
    radius: Annotated[float, Field(ge=0.5, le=500)]
    erase: bool = False


class SettingsValue(Asked):
    """How clicks are answered."""

    cascade_steps: Annotated[int, Field(ge=0, le=100)]
    adaptive: bool
    cascade_clicks: Annotated[int, Field(ge=0, le=1000)]
    zoom: bool
    zoom_skip_clicks: Annotated[int, Field(ge=-1, le=100)]
    zoom_expansion: Annotated[float, Field(ge=1, le=4)]
    zoom_min_side: Annotated[int, Field(ge=16, le=4096)]
    size: Annotated[int, Field(ge=64, le=2048)] | None
    flip: bool
    threshold: Annotated[float, Field(ge=0.01, le=0.99)]


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


class Skipped(Told):
    name: str
    message: str


class ImportTold(Told):
    images: int
    objects: int
    skipped: list[Skipped]


class SessionAsked(Asked):
    """``image`` is an id, or a name within the folder."""

    image: Annotated[str, Field(min_length=1, max_length=4096)]
    take: bool = False
    masks: bool = True


class ErrorDetails(BaseModel):
    model_config = ConfigDict(extra="allow")
    code: str
    message: str


class ErrorTold(Told):
    error: ErrorDetails


def error_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for the schema."""
    return {status: {"model": ErrorTold, "description": _DESCRIPTIONS[status]} for status in statuses}


_DESCRIPTIONS = {
    400: "not readable as what it should be",
    401: "the server wants its token",
    403: "the request comes from another site's page",
    404: "there is no such thing",
    409: "it does not fit the present state; the code says how",
    413: "larger than the bounds allow",
    415: "of another type than expected, or no image that can be read",
    422: "fields that are missing, or beyond their bounds",
    429: "too many sessions at a time",
    507: "no room left on the disk",
}
