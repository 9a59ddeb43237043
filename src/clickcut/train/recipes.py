"""Recipes by name: that of the model that ships, and those of the field. A new experiment is a new function here, not a flag."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace

from clickcut.data.mixture import Part
from clickcut.data.views import ViewStyle
from clickcut.train.field_recipes import FIELD_RECIPES
from clickcut.train.losses import LossWeights
from clickcut.train.optimise import Optimisation
from clickcut.train.recipe import Recipe, ViewRecipe
from clickcut.train.rollout import Rollout
from clickcut.train.views import ViewPlan


def clickcut_s() -> ViewRecipe:
    """The model that ships: prompt encoder and mask decoder tuned on a frozen encoder's features, on a CPU.

    Finely drawn sets weigh most, the passes include some without a new click (which is what the cascade feeds the network), and a pull
    towards the start keeps the sharpness that the start has.
    """
    return ViewRecipe(
        name="clickcut-s",
        encoder="frozen",
        parts=(
            Part("ecssd", 0.22),
            Part("coco_pool", 0.16),
            Part("weizmann_horses", 0.11),
            Part("feral_cats", 0.10),
            Part("bsds_regions_new200", 0.09),
            Part("coco_person", 0.07),
            Part("human290", 0.07),
            Part("ccp_fashion", 0.07, union=0.6),
            Part("coco_traffic", 0.03),
            Part("via_bottles", 0.02),
            Part("msrc_cow", 0.02),
            Part("dsb2018_nuclei", 0.02),
            Part("via_mugs", 0.01),
            Part("isbi2012_em", 0.01),
        ),
        views=ViewPlan(num_views=1000, seed=1, style=ViewStyle()),
        validation_views=ViewPlan(num_views=96, seed=2, style=ViewStyle(brightness=0.0, contrast=0.0, mirror=0.0)),
        rollout=Rollout(warmup=(0, 0), graded=(1, 4), weights=(1.0, 2.0, 3.0, 4.0), repeat_share=0.35, centre_share=0.5, coarse_share=0.25),
        losses=LossWeights(focal=1.0, dice=0.5),
        optimisation=Optimisation(lr=1e-4, weight_decay=0.0, pull=4.0, warmup_steps=50, decay="cosine", clip=1.0, average=0.998),
        steps=1200,
        batch_size=4,
        supervision_side=512,
        min_object_share=0.005,
        seed=0,
    )


def clickcut_s_last_stage() -> ViewRecipe:
    """``clickcut_s`` gone on with: the encoder's last stage and neck learn too, and clicks lie anywhere in an error more often."""
    before = clickcut_s()
    return replace(
        before,
        name="clickcut-s-last-stage",
        encoder="last stage learning",
        views=ViewPlan(num_views=520, seed=11, style=ViewStyle()),
        rollout=replace(before.rollout, centre_share=0.2),
        optimisation=replace(before.optimisation, warmup_steps=10, average=0.99),
        steps=460,
    )


RECIPES: dict[str, Callable[[], Recipe]] = {
    "clickcut-s": clickcut_s,
    "clickcut-s-last-stage": clickcut_s_last_stage,
    **FIELD_RECIPES,
}


def recipe_named(name: str) -> Recipe:
    """The recipe of this name; the error of a typo names the nearest one."""
    if name not in RECIPES:
        nearest = difflib.get_close_matches(name, RECIPES, n=4, cutoff=0.0)
        raise ValueError(
            f"unknown recipe {name!r}: expected one of {len(RECIPES)}, such as {', '.join(nearest)}; did you mean {nearest[0]!r}?"
        )
    return RECIPES[name]()
