"""Requests read and checked beyond what their schema says."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

from fastapi import Path, Query, Request
from pydantic import ValidationError

from clickcut.core.boxes import Box
from clickcut.web.http import schema
from clickcut.web.http.served import Served
from clickcut.web.record.cuts import Cut, cut_of
from clickcut.web.record.settings import Settings
from clickcut.web.refusal import Refusal
from clickcut.web.wire import box_of, unpacked

SessionId = Annotated[str, Path(max_length=64, description="what opening an image gave")]
RevisionAsked = Annotated[int | None, Query(ge=0, le=2**53)]
RAW_BODY: Final[dict[str, Any]] = {
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}

AskedT = TypeVar("AskedT", bound=schema.Asked)


def only_known_queries(request: Request) -> None:
    """Refuses what a route has no use for: a slip of the pen there would otherwise do something else than it says, in silence."""
    route = request.scope["route"]
    operation = request.app.openapi()["paths"].get(route.path, {}).get(request.method.lower(), {})
    known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        told = f"expected {', '.join(sorted(known))}" if known else "expected none"
        raise Refusal("invalid", f"query: {told}, got {unknown[0]!r}", fields=[{"where": unknown[0], "message": "not known here"}])


def parsed(kind: type[AskedT], body: bytes) -> AskedT:
    """A JSON body as a request; Refusal where it is none."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors()):
            raise Refusal("bad_request", "the body is not readable as JSON") from error
        fields = [{"where": ".".join(str(step) for step in one["loc"]), "message": one["msg"]} for one in error.errors()]
        raise Refusal("invalid", f"{fields[0]['where']}: {fields[0]['message']}", fields=fields) from error


def check_class(served: Served, class_id: int | None) -> None:
    if class_id is not None and class_id not in served.workspace.classes:
        raise Refusal("no_such_class", f"there is no class {class_id}")


def checked_settings(served: Served, asked: schema.SettingsValue) -> Settings:
    """Settings that the network can do; Refusal otherwise."""
    try:
        settings = Settings(**asked.model_dump())
        served.store.answers.check(settings)
    except ValueError as error:
        raise Refusal("invalid", str(error)) from error
    return settings


def given_cut(mask: schema.MaskGiven, hw: tuple[int, int]) -> Cut | None:
    box: Box = box_of(mask.box.model_dump())  # type: ignore[arg-type]
    if box.clamped(hw) != box:
        raise Refusal("invalid", f"the mask's box reaches out of the image, which is {hw[1]} pixels wide and {hw[0]} high")
    try:
        return cut_of(unpacked(mask.bits, box.hw), top=box.top, left=box.left)
    except ValueError as error:
        raise Refusal("bad_request", str(error)) from error
