"""Where a run's batches come from, and the held-out objects that it is measured on when no other photos are given for that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from clickcut.core.progress import Progress
from clickcut.data.mixture import Mixture
from clickcut.model.build import AnyNetwork
from clickcut.model.late import SamLineage
from clickcut.train.batches import CachedSource, DrawnSource, Source, TargetStyle
from clickcut.train.field_source import field_sources
from clickcut.train.log import Tell
from clickcut.train.prepare import Prepared
from clickcut.train.recipe import FieldRecipe, Recipe, ViewRecipe
from clickcut.train.validate import Held
from clickcut.train.views import Depth, ViewCache, ViewPlan

HELD_OUT_OBJECTS = 48
HOLD_OUT_EVERY = 20
VIEWS_A_PHOTO = 16
"""As many views of one photo differ enough to be worth a second of encoding each."""


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Photos that were found good, where encoded views are kept, a user's file of scores, and who hears of it."""

    prepared: Prepared
    cache: Path
    scores: Path | None
    tell: Tell
    progress: Progress

    def sources(self, recipe: Recipe, network: AnyNetwork) -> tuple[Source, Held | None]:
        """Where training batches come from, and held-out objects where the data has any and there is no --val."""
        mixture = Mixture.of(self.prepared.parts, hold_out_every=HOLD_OUT_EVERY if self.prepared.val is None else None)
        held_out = self._held_out()
        if isinstance(recipe, FieldRecipe):
            source, held_source = field_sources(recipe, mixture, held_out, network, scores=self.scores)
            return source, None if held_source is None else Held.draw(held_source, HELD_OUT_OBJECTS, recipe.seed + 1)
        if not isinstance(recipe, ViewRecipe):
            raise ValueError(f"{recipe.name}: expected a recipe of views or of the field, got {type(recipe).__name__}")
        seen, held = self._views(recipe, mixture, held_out, network)
        return seen, None if held is None else Held.draw(held, HELD_OUT_OBJECTS, recipe.validation_views.seed)

    def _views(self, recipe: ViewRecipe, mixture: Mixture, held_out: Mixture | None, network: AnyNetwork) -> tuple[Source, Source | None]:
        style = TargetStyle(recipe.supervision_side, recipe.min_object_share)
        if recipe.encoder == "learning":
            drawn = DrawnSource(mixture, recipe.views.style, network.fitting, style)
            return drawn, None if held_out is None else DrawnSource(held_out, recipe.validation_views.style, network.fitting, style)
        if not isinstance(network, SamLineage):
            raise ValueError(f"{recipe.name} freezes the encoder: expected weights of the SAM lineage, got {network.config}")
        network.image_encoder.freeze(but_last_stage=recipe.encoder == "last stage learning")
        depth: Depth = "trunk" if recipe.encoder == "last stage learning" else "features"
        _check_cache(self.cache, self.prepared.fingerprint)
        plan = _worthwhile(recipe.views, mixture, num_draws=recipe.steps * recipe.batch_size)
        cached = CachedSource(self._encoded("train", plan, mixture, network, depth), network.fitting, style)
        if held_out is None:
            return cached, None
        held_plan = _worthwhile(recipe.validation_views, held_out, num_draws=recipe.validation_views.num_views)
        return cached, CachedSource(self._encoded("held-out", held_plan, held_out, network, depth), network.fitting, style)

    def _held_out(self) -> Mixture | None:
        if self.prepared.val is not None:
            return None
        try:
            return Mixture.of(self.prepared.parts, held_out=True, hold_out_every=HOLD_OUT_EVERY)
        except ValueError as error:
            self.tell(f"no figures on held-out photos: {error}; --val FOLDER measures on photos of your choice")
            return None

    def _encoded(self, name: str, plan: ViewPlan, mixture: Mixture, network: SamLineage, depth: Depth) -> ViewCache:
        with self.progress(f"encoding views of {name}") as advance:

            def tell(done: int) -> None:
                advance(done, plan.num_views, "")

            return ViewCache.build(self.cache / name, plan, mixture, network, depth=depth, tell=tell)


def _worthwhile(plan: ViewPlan, mixture: Mixture, *, num_draws: int) -> ViewPlan:
    """A plan without views that the run could never draw, and without a hundred of the same photo: a small folder starts in minutes."""
    return replace(plan, num_views=min(plan.num_views, VIEWS_A_PHOTO * mixture.num_photos, num_draws))


def _check_cache(cache: Path, fingerprint: str) -> None:
    """Views are of the masks that there were when they were encoded: mended masks need new ones."""
    path = cache / "data.sha256"
    if path.is_file() and path.read_text() != fingerprint:
        raise ValueError(f"{cache}: holds views of other photos or masks; name another --cache folder, or delete this one")
    cache.mkdir(parents=True, exist_ok=True)
    path.write_text(fingerprint)
