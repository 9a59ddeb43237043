"""One training run from its command: opens the data and the start, builds what is missing, trains, and writes a model file."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from clickcut import __version__
from clickcut.data.mixture import Mixture
from clickcut.model.build import AnyNetwork, build_network
from clickcut.model.catalogue import find_weights
from clickcut.model.header import Header
from clickcut.model.late import SamLineage
from clickcut.model.machine import use_machine
from clickcut.model.presets import preset
from clickcut.model.weights import load_network, save_tensors, shipped_weights
from clickcut.train.batches import CachedSource, DrawnSource, Source, TargetStyle
from clickcut.train.checkpoint import whole_weights
from clickcut.train.engine import IN_PROCESS, Engine
from clickcut.train.field_source import field_sources
from clickcut.train.log import Pace, Tell
from clickcut.train.loop import Watch, train_network
from clickcut.train.optimise import Precision
from clickcut.train.pictures import save_batch_picture
from clickcut.train.ranks import device_of_rank, joined_ranks
from clickcut.train.recipe import FieldRecipe, Recipe, ViewRecipe
from clickcut.train.recipe_json import recipe_to_json
from clickcut.train.recipes import recipe_named
from clickcut.train.validate import Held, measured
from clickcut.train.views import ViewCache, ViewPlan

HELD_OUT_OBJECTS = 48
VIEWS_A_PHOTO = 16
"""As many views of one photo differ enough to be worth a second of encoding each."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where a run reads and writes: ``start`` are the weights it begins with (the shipped model if None), ``cache`` its encoded views.

    ``start`` may also be the name of published weights that have been downloaded. ``scores`` is for a recipe of the field: a file that
    says how well each photo is known already.
    """

    data: Path
    out: Path
    start: Path | None = None
    cache: Path | None = None
    scores: Path | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a command may change of a recipe's run without changing the recipe's name."""

    resume: bool = False
    steps: int | None = None
    checkpoint_every: int = 100
    device: str = "cpu"
    threads: int | None = None
    engine: Engine = IN_PROCESS
    precision: Precision | None = None

    def __post_init__(self) -> None:
        if self.checkpoint_every < 1 or (self.threads is not None and self.threads < 1):
            raise ValueError(f"expected counts of 1 or more, got checkpoint_every={self.checkpoint_every}, threads={self.threads}")


def train(recipe_name: str, files: RunFiles, options: RunOptions, *, tell: Tell) -> Path:
    """Trains a recipe and gives the path of the model file that it wrote below ``files.out``."""
    recipe = recipe_named(recipe_name)
    if options.steps is not None:
        recipe = replace(recipe, steps=options.steps)
    if options.precision is not None:
        recipe = replace(recipe, optimisation=replace(recipe.optimisation, precision=options.precision))
    device = device_of_rank(options.device)
    use_machine(device, options.threads)
    with joined_ranks(device, sharded=options.engine.sharded) as ranks:
        together = replace(options, device=device, engine=replace(options.engine, ranks=ranks))
        return _train(recipe, files, together, tell=tell if ranks.is_first else lambda line: None)


def _train(recipe: Recipe, files: RunFiles, options: RunOptions, *, tell: Tell) -> Path:
    """``train`` on a device and among ranks that are there."""
    ranks = options.engine.ranks
    _check_out(files.out, resume=options.resume)
    ranks.wait()  # until all have looked, before the first one writes
    if files.scores is not None and not isinstance(recipe, FieldRecipe):
        raise ValueError(f"--scores: has no effect on {recipe.name}, which draws photos by the weights of their sets")
    network, header, start = _start(recipe, files, options)
    if isinstance(network, SamLineage):  # what we train answers with mask 0 always: its one job is the whole object
        network.config = replace(network.config, answer="single")
    files.out.mkdir(parents=True, exist_ok=True)
    with ranks.first_goes_first():  # what is encoded once is encoded by one
        match recipe:
            case FieldRecipe():
                source, held = _field_sources(recipe, files, network, tell)
            case ViewRecipe():
                source, held = _sources(recipe, files, network, tell)
            case _:
                raise ValueError(f"{recipe.name}: expected a recipe of views or of the field, got {type(recipe).__name__}")
    watch = Watch(measure=(lambda: measured(network, held)) if held else None, picture=save_batch_picture, tell=tell)
    every, resume = options.checkpoint_every, options.resume
    train_network(network, source, recipe, files.out, watch=watch, checkpoint_every=every, resume=resume, engine=options.engine)
    path = files.out / "model.safetensors"
    weights = whole_weights(network)
    if ranks.is_first:
        save_tensors(path, weights, Header(network.config, _card(recipe, files, start, header), header.inference), dtype=torch.float16)
    return path


def _start(recipe: Recipe, files: RunFiles, options: RunOptions) -> tuple[AnyNetwork, Header, str]:
    """The network that a run begins with, its header, and the name of the file that it came from."""
    if files.start is None and isinstance(recipe, FieldRecipe):
        if recipe.begins_with != "fresh weights":
            raise ValueError(f"{recipe.name} begins with {recipe.begins_with}: name weights for {recipe.network} by --start")
        torch.manual_seed(recipe.seed)
        network = build_network(preset(recipe.network)).to(options.device)
        return network, Header(network.config, {"name": recipe.network, "origin": "fresh weights"}, {}), "fresh weights"
    path = shipped_weights() if files.start is None else find_weights(files.start)
    return *load_network(path, options.device), path.name


def _field_sources(recipe: FieldRecipe, files: RunFiles, network: AnyNetwork, tell: Tell) -> tuple[Source, Held | None]:
    """As ``_sources`` for a recipe of the field."""
    source, held_out = field_sources(recipe, files.data, network, scores=files.scores)
    if held_out is None:
        tell("no figures on held-out photos: there are too few to hold any out")
        return source, None
    return source, Held.draw(held_out, HELD_OUT_OBJECTS, recipe.seed + 1)


def _sources(recipe: ViewRecipe, files: RunFiles, network: AnyNetwork, tell: Tell) -> tuple[Source, Held | None]:
    """Where training batches come from, and held-out objects where the data has any."""
    style = TargetStyle(recipe.supervision_side, recipe.min_object_share)
    mixture = Mixture.open(files.data, recipe.parts)
    try:
        held_out = Mixture.open(files.data, recipe.parts, held_out=True)
    except ValueError as error:
        tell(f"no figures on held-out photos: {error}")
        held_out = None
    if not recipe.frozen_encoder:
        source: Source = DrawnSource(mixture, recipe.views.style, network.fitting, style)
        held_source: Source | None = (
            None if held_out is None else DrawnSource(held_out, recipe.validation_views.style, network.fitting, style)
        )
    else:
        if not isinstance(network, SamLineage):
            raise ValueError(f"{recipe.name} freezes the encoder: expected weights of the SAM lineage, got {network.config}")
        network.image_encoder.requires_grad_(False)
        cache = files.cache or files.out / "views"
        plan = _worthwhile(recipe.views, mixture, num_draws=recipe.steps * recipe.batch_size)
        source = CachedSource(_cache(cache / "train", plan, mixture, network, tell), network.fitting, style)
        held_source = None
        if held_out is not None:
            held_plan = _worthwhile(recipe.validation_views, held_out, num_draws=recipe.validation_views.num_views)
            held_source = CachedSource(_cache(cache / "held-out", held_plan, held_out, network, tell), network.fitting, style)
    held = None if held_source is None else Held.draw(held_source, HELD_OUT_OBJECTS, recipe.validation_views.seed)
    return source, held


def _worthwhile(plan: ViewPlan, mixture: Mixture, *, num_draws: int) -> ViewPlan:
    """A plan without views that the run could never draw, and without a hundred of the same photo: a small folder starts in minutes."""
    return replace(plan, num_views=min(plan.num_views, VIEWS_A_PHOTO * mixture.num_photos, num_draws))


def _cache(folder: Path, plan: ViewPlan, mixture: Mixture, network: SamLineage, tell: Tell) -> ViewCache:
    pace = Pace(plan.num_views)

    def told(done: int) -> None:
        if done:
            pace.step()
        pace.steps_left = plan.num_views - done
        if done % 10 == 0 or done == plan.num_views:
            tell(f"encoded {done} of {plan.num_views} views of {folder.name}, {pace.left} left")

    return ViewCache.build(folder, plan, mixture, network, tell=told)


def _check_out(out: Path, *, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: expected a folder for the run, found a file")
    if (out / "checkpoint.safetensors").is_file() and not resume:
        raise ValueError(f"{out}: holds a run already; go on with --resume, or name another --out folder")


def _card(recipe: Recipe, files: RunFiles, start: str, header: Header) -> dict[str, Any]:
    """What the model file says of its making; licences are those of the start and of the data, which only people can tell."""
    parts = recipe.parts if isinstance(recipe, ViewRecipe) and not (files.data / "images").is_dir() else ()
    return {
        "name": recipe.name,
        "started from": {"file": start, "card": header.card},
        "trained on": [part.folder for part in parts] or [files.data.name],
        "recipe": recipe_to_json(recipe),
        "made with": {"clickcut": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }
