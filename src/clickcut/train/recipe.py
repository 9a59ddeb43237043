"""What a recipe is: everything that a training run depends on but the files it reads, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from clickcut.data.field_samples import SampleRules
from clickcut.data.mixture import Part
from clickcut.train.losses import LossWeights
from clickcut.train.optimise import Optimisation
from clickcut.train.rollout import Rollout
from clickcut.train.views import ViewPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What all recipes have; ``batch_size`` counts objects."""

    name: str
    rollout: Rollout
    losses: LossWeights
    optimisation: Optimisation
    steps: int
    batch_size: int
    seed: int

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1:
            raise ValueError(f"{self.name}: expected at least one step of one object, got {self.steps} steps of {self.batch_size}")


Encoder: TypeAlias = Literal["frozen", "last stage learning", "learning"]
"""What of a late network's encoder a run changes: nothing, its last stage and neck, or all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRecipe(Recipe):
    """A recipe that shows views: whole photos, or crops as zoom-in makes them.

    ``supervision_side`` is the side in pixels of the square on which the loss compares masks, and ``min_object_share`` the smallest part of
    a view that an object must fill to be drawn. With a frozen encoder, or one of which the last stage learns,
    the ``views`` are fixed and encoded once, as far as nothing changes; else their style alone counts, and every batch draws new ones.
    """

    encoder: Encoder
    parts: tuple[Part, ...]
    views: ViewPlan
    validation_views: ViewPlan
    supervision_side: int
    min_object_share: float

    def __post_init__(self) -> None:
        Recipe.__post_init__(self)
        if self.rollout.first != "simulated":
            raise ValueError(f"{self.name}: views come without clicks, so the first one must be simulated, not {self.rollout.first}")


DataSet: TypeAlias = Literal["COCO+LVIS", "SBD"]
Beginning: TypeAlias = Literal["MAE", "SimpleClick", "ImageNet", "fresh weights"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRecipe(Recipe):
    """A recipe of the field: random crops of one size with random clicks, on a data set in its official layout or any labelled folder.

    ``network`` is the preset that it trains and ``begins_with`` what its weights are at first: a file of the user's, unless they are fresh.
    ``data_set`` is what it was published on; ``training`` and ``validation`` are how crops of the two splits are drawn.
    """

    network: str
    begins_with: Beginning
    data_set: DataSet
    training: SampleRules
    validation: SampleRules
