"""Batches as the field trains on them: crops of one size, the whole crop a target, random clicks to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from clickcut.data.field_samples import FieldSamples, Photo
from clickcut.data.mixture import Mixture
from clickcut.data.scores import draw_shares, read_scores
from clickcut.model.build import AnyNetwork
from clickcut.model.fit import AsIs
from clickcut.model.presets import preset
from clickcut.train.batches import Batch, Seen
from clickcut.train.recipe import FieldRecipe
from clickcut.train.rollout import Targets

_OFFICIAL_MARKS = {
    "COCO+LVIS": ("train/hannotation.pickle",),
    "SBD": ("inst", "dataset/inst"),
}


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Samples that are drawn anew for every batch; the same ``rng`` gives the same batch."""

    samples: FieldSamples

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch:
        drawn = [self.samples.draw(rng) for _ in range(batch_size)]
        whole = AsIs().fit(self.samples.rules.augmentation.crop_hw)
        labels = torch.from_numpy(np.stack([sample.target for sample in drawn]))
        targets = Targets(labels, torch.ones_like(labels, dtype=torch.bool), (1.0, 1.0), tuple(sample.clicks for sample in drawn))
        return Batch(
            Seen("pixels", (torch.cat([whole.pixels(sample.image) for sample in drawn]),)), targets, tuple(sample.id for sample in drawn)
        )


def field_sources(
    recipe: FieldRecipe, mixture: Mixture, held_out: Mixture | None, network: AnyNetwork, *, scores: Path | None = None
) -> tuple[FieldSource, FieldSource | None]:
    """Where a recipe's training batches come from, and its held-out ones if there are any.

    ``scores`` is a user's file of how well each sample is known (specification 4.2).
    """
    check_network(recipe, network)
    photos = _photos(mixture)
    shares = None if scores is None else draw_shares([photo.id for photo in photos], read_scores(scores), recipe.training.score_gamma)
    held = None if held_out is None else FieldSource(FieldSamples(_photos(held_out), recipe.validation))
    return FieldSource(FieldSamples(photos, recipe.training, shares)), held


def check_network(recipe: FieldRecipe, network: AnyNetwork) -> None:
    """Whether a network is of the family that a recipe trains; ValueError if not. Its size is the user's choice."""
    if not isinstance(network.config, type(preset(recipe.network))):
        raise ValueError(
            f"{recipe.name} trains {recipe.network} and begins with {recipe.begins_with}: name such weights by --start, "
            f"got a network of another family ({type(network.config).__name__})"
        )


def meant_data(recipe: FieldRecipe, data: Path) -> Path:
    """``NAME=DIR`` for a folder that holds a recipe's own set in its official layout; any other is left as it is."""
    if any((data / mark).exists() for mark in _OFFICIAL_MARKS[recipe.data_set]):
        return Path(f"{recipe.data_set}={data}")
    return data


def _photos(mixture: Mixture) -> tuple[Photo, ...]:
    return tuple(photo for some in mixture.photos for photo in some)
