"""What is answered where a request is refused."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from clickcut.web.http.schema.values import Told


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
