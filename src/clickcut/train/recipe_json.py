"""Recipes as JSON and back, so that a run's card tells another program all of it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from clickcut.train.recipe import FieldRecipe, Recipe, ViewRecipe

_KINDS: dict[str, type[Recipe]] = {"views": ViewRecipe, "field": FieldRecipe}


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON values, with its ``kind``."""
    kind = next(name for name, type_ in _KINDS.items() if isinstance(recipe, type_))
    return {"kind": kind, **asdict(recipe)}


def recipe_from_json(value: Mapping[str, Any]) -> Recipe:
    """The inverse of ``recipe_to_json``; ValueError names what is unknown, missing or of the wrong kind."""
    stated = dict(value)
    kind = stated.pop("kind", None)
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of recipe {kind!r}: expected one of {', '.join(_KINDS)}")
    recipe = _read(_KINDS[kind], stated, "recipe")
    assert isinstance(recipe, Recipe)
    return recipe


def _read(wanted: Any, value: Any, where: str) -> Any:
    """A value of the wanted type from what JSON makes of one: tuples are lists there, and dataclasses are objects."""
    origin, choices = get_origin(wanted), get_args(wanted)
    if is_dataclass(wanted) and isinstance(wanted, type):
        return _read_dataclass(wanted, value, where)
    if origin in (Union, types.UnionType):
        return _read_union(choices, value, where)
    if origin is tuple and isinstance(value, list | tuple):
        kinds = choices[:1] * len(value) if choices[1:] == (...,) else choices
        if len(kinds) == len(value):
            return tuple(_read(kind, item, f"{where}[{index}]") for index, (kind, item) in enumerate(zip(kinds, value, strict=True)))
    elif (origin is Literal and value in choices) or (wanted is types.NoneType and value is None):
        return value
    elif wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif wanted in (int, str, bool) and type(value) is wanted:
        return value
    raise ValueError(f"{where}: expected {getattr(wanted, '__name__', wanted)}, got {value!r:.60}")


def _read_union(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    problems = []
    for choice in choices:
        try:
            return _read(choice, value, where)
        except ValueError as problem:
            problems.append(str(problem))
    raise ValueError("; or ".join(problems))


def _read_dataclass(wanted: type[Any], value: Any, where: str) -> Any:
    known = {field.name for field in fields(wanted) if field.init}
    if not isinstance(value, Mapping) or (unknown := sorted(value.keys() - known)):
        raise ValueError(f"{where}: has no {', '.join(unknown)}" if isinstance(value, Mapping) else f"{where}: expected an object")
    hints = get_type_hints(wanted)
    stated = {name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()}
    try:
        return wanted(**stated)
    except TypeError as error:
        raise ValueError(f"{where}: is incomplete: {error}") from error
