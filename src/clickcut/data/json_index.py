"""Where the elements of a large JSON file lie, so that a million annotations are read one photo at a time and never kept all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_BYTE_ORDER_MARK: Final = "\u00ef\u00bb\u00bf"

Element = tuple[str, Any, int, int]
"""The member it belongs to, its value, and its first and beyond its last byte."""


def elements(path: Path, arrays: Collection[str]) -> Iterator[Element]:
    """Every element of the named arrays of a file's outermost object, and each other member as a whole, in the file's order.

    Texts in the values are bytes told as characters (Latin-1), so that places in the text are places in the file: ``value_at`` gives
    values as they are meant. ValueError where the file is no JSON object.
    """
    text = path.read_bytes().decode("latin-1")
    try:
        yield from _members(text, arrays)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is broken JSON: {error}") from error


def value_at(path: Path, start: int, end: int) -> Any:
    """The JSON value in a file's bytes ``start`` to ``end``."""
    with path.open("rb") as file:
        file.seek(start)
        return json.loads(file.read(end - start))


def first_keys(path: Path, num_bytes: int = 2**16) -> set[str]:
    """Names that stand in the beginning of a JSON file as members of objects: enough to tell formats apart, cheap for files of any size."""
    with path.open("rb") as file:
        beginning = file.read(num_bytes).decode("utf-8", "replace")
    return set(re.findall(r'"([A-Za-z_]+)"\s*:', beginning))


def _members(text: str, arrays: Collection[str]) -> Iterator[Element]:
    decoder = json.JSONDecoder()
    at = _token(text, len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0, "{")
    while not _is(text, at, "}"):
        name, at = decoder.raw_decode(text, _after_space(text, at))
        at = _after_space(text, _token(text, at, ":"))
        if name in arrays and _is(text, at, "["):
            at = _token(text, at, "[")
            while not _is(text, at, "]"):
                start = _after_space(text, at)
                value, at = decoder.raw_decode(text, start)
                yield name, value, start, at
                at = _comma(text, at, "]")
            at = _token(text, at, "]")
        else:
            start = at
            value, at = decoder.raw_decode(text, start)
            yield name, value, start, at
        at = _comma(text, at, "}")
    _token(text, at, "}")


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None, "no space is a match too"
    return match.end()


def _is(text: str, at: int, character: str) -> bool:
    return text.startswith(character, _after_space(text, at))


def _token(text: str, at: int, character: str) -> int:
    """Beyond a character that has to come now."""
    at = _after_space(text, at)
    if not text.startswith(character, at):
        raise json.JSONDecodeError(f"expected {character!r}", text[: at + 1], at)
    return at + 1


def _comma(text: str, at: int, end: str) -> int:
    """Beyond a comma, with something behind it, unless the end comes now."""
    if _is(text, at, end):
        return at
    at = _token(text, at, ",")
    if _is(text, at, end):
        raise json.JSONDecodeError("expected a value after the comma", text[: at + 1], at)
    return at
