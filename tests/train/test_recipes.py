"""Recipes by name: complete values that survive JSON, and names that are told when mistyped."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from clickcut.data.mixture import Mixture
from clickcut.train.recipe_json import recipe_from_json, recipe_to_json
from clickcut.train.recipes import RECIPES, clickcut_s, recipe_named


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_bears_the_name_by_which_it_is_found(name: str) -> None:
    assert recipe_named(name).name == name


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name: str) -> None:
    recipe = recipe_named(name)

    assert recipe_from_json(json.loads(json.dumps(recipe_to_json(recipe)))) == recipe


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_frozen_and_the_same_every_time(name: str) -> None:
    recipe = recipe_named(name)

    with pytest.raises(FrozenInstanceError):
        recipe.steps = 5  # type: ignore[misc]
    assert recipe == recipe_named(name)


def test_training_and_held_out_views_are_drawn_from_other_seeds() -> None:
    recipe = clickcut_s()

    assert recipe.views.seed != recipe.validation_views.seed


def test_the_shipped_models_recipe_uses_no_set_that_forbids_commercial_use() -> None:
    assert "wgisd_grapes" not in {part.folder for part in clickcut_s().parts}


def test_the_shipped_models_recipe_finds_all_of_its_sets(shared: Path) -> None:
    recipe = clickcut_s()

    mixture = Mixture.open(shared / "data" / "train", recipe.parts)

    assert mixture.parts == recipe.parts


def test_an_unknown_recipe_is_told_with_the_nearest_name() -> None:
    with pytest.raises(
        ValueError, match=r"unknown recipe 'clikcut-s': expected one of 26, such as clickcut-s, .*; did you mean 'clickcut-s'"
    ):
        recipe_named("clikcut-s")


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch_size": 0}])
def test_a_recipe_of_no_steps_or_no_objects_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected at least one step of one object"):
        replace(clickcut_s(), **wrong)  # type: ignore[arg-type]


def test_views_come_without_clicks_to_begin_with() -> None:
    recipe = clickcut_s()

    with pytest.raises(ValueError, match="the first one must be simulated, not sampled"):
        replace(recipe, rollout=replace(recipe.rollout, first="sampled"))
