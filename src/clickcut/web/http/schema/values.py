"""What requests and answers are made of: bounds, boxes, masks, clicks, strokes, settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_FAR = 2**20
"""Beyond any side of an image."""
MAX_STROKE_POINTS = 5000


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
