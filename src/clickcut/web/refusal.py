"""What the server refuses, with the status and the code that the page and scripts can tell it by."""

from __future__ import annotations

from typing import Any, Final

STATUS: Final = {
    "bad_request": 400,
    "wrong_host": 400,
    "token_needed": 401,
    "wrong_origin": 403,
    "not_found": 404,
    "no_such_image": 404,
    "no_such_session": 404,
    "no_such_object": 404,
    "no_such_class": 404,
    "no_such_tile": 404,
    "method_not_allowed": 405,
    "stale_revision": 409,
    "held": 409,
    "lease_lost": 409,
    "nothing_to_undo": 409,
    "nothing_to_redo": 409,
    "nothing_to_finish": 409,
    "nothing_to_cancel": 409,
    "nothing_to_export": 409,
    "superseded": 409,
    "in_use": 409,
    "not_uploaded": 409,
    "bound_reached": 409,
    "image_changed": 409,
    "too_large": 413,
    "wrong_content_type": 415,
    "unreadable_image": 415,
    "invalid": 422,
    "too_many_sessions": 429,
    "failed": 500,
    "no_room": 507,
}
"""Every code and its HTTP status."""


class Refusal(ValueError):  # noqa: N818 - it is the server's answer, and says what of
    """A request that is not granted; ``extras`` are further fields of the answer."""

    def __init__(self, code: str, message: str, **extras: Any) -> None:
        super().__init__(message)
        self.code = code
        self.extras = extras

    @property
    def status(self) -> int:
        return STATUS[self.code]

    @property
    def answer(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"error": {"code": self.code, "message": str(self), **self.extras}}
