"""Recipes from JSON: what is not a recipe is told where it goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clickcut.train.field_recipes import cfr_icl_h
from clickcut.train.recipe_json import recipe_from_json, recipe_to_json


def stated(**change: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(recipe_to_json(cfr_icl_h("SBD"))))
    return {**value, **change}


def test_whole_numbers_will_do_for_others() -> None:
    value = stated()
    value["optimisation"]["weight_decay"] = 0

    assert recipe_from_json(value) == cfr_icl_h("SBD")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "other"}, "unknown kind of recipe 'other': expected one of views, field"),
        ({"steps": "many"}, "recipe.steps: expected int, got 'many'"),
        ({"steps": True}, "recipe.steps: expected int, got True"),
        ({"steps": 0}, "expected at least one step"),
        ({"colour": "red"}, "recipe: has no colour"),
        ({"data_set": "ImageNet"}, "recipe.data_set: expected"),
        ({"losses": [1.0]}, "recipe.losses: expected an object"),
        ({"losses": {}}, "recipe.losses: is incomplete"),
        ({"rollout": {"warmup": [0, 1, 2], "graded": [1, 1], "weights": [1.0]}}, "recipe.rollout.warmup: expected"),
    ],
)
def test_what_is_no_recipe_is_told_where_it_goes_wrong(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        recipe_from_json(stated(**change))


def test_a_missing_field_is_named() -> None:
    value = stated()
    del value["rollout"]

    with pytest.raises(ValueError, match=r"recipe: is incomplete: .*rollout"):
        recipe_from_json(value)
