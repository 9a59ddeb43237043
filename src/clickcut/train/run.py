"""One training run from its command: opens the data and the start, builds what is missing, trains, and writes a model file."""

from __future__ import annotations

import platform
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from clickcut import __version__
from clickcut.core.progress import Advance, Progress, lines_by
from clickcut.data.mixture import Mixture
from clickcut.data.photos import LabelledSet
from clickcut.model.build import AnyNetwork
from clickcut.model.header import Header
from clickcut.model.late import SamLineage
from clickcut.model.machine import use_machine
from clickcut.model.weights import load_network, save_weights, shipped_weights
from clickcut.train.batches import CachedSource, DrawnSource, Source, TargetStyle
from clickcut.train.best import Best
from clickcut.train.log import Tell
from clickcut.train.loop import Watch, train_network
from clickcut.train.pictures import save_batch_picture
from clickcut.train.prepare import SHEET, Preparation, Prepared
from clickcut.train.recipes import Recipe, recipe_named
from clickcut.train.validate import Held, measured
from clickcut.train.views import ViewCache, ViewPlan
from clickcut.train.watched import Watched, measured_every

HELD_OUT_OBJECTS = 48
VIEWS_A_PHOTO = 16
"""As many views of one photo differ enough to be worth a second of encoding each."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where a run reads and writes.

    ``start`` are the weights it begins with (the shipped model if None), ``cache`` its encoded views, ``val`` photos to measure it on.
    """

    data: Path
    out: Path
    start: Path | None = None
    cache: Path | None = None
    val: Path | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a command may change of a recipe's run without changing the recipe's name."""

    resume: bool = False
    steps: int | None = None
    checkpoint_every: int = 100
    device: str = "cpu"
    threads: int | None = None
    val_every: int | None = None

    def __post_init__(self) -> None:
        if self.checkpoint_every < 1 or (self.threads is not None and self.threads < 1):
            raise ValueError(f"expected counts of 1 or more, got checkpoint_every={self.checkpoint_every}, threads={self.threads}")
        if self.val_every is not None and self.val_every < 1:
            raise ValueError(f"expected 1 step or more between measurements, got {self.val_every}")


def check(recipe_name: str, files: RunFiles, *, tell: Tell, progress: Progress | None = None) -> Path:
    """Tells what a recipe would train on, refusing what is broken, and gives the path of the contact sheet; nothing is trained."""
    recipe = recipe_named(recipe_name)
    _check_out(files.out, resume=True)
    files.out.mkdir(parents=True, exist_ok=True)
    Preparation(files.data, files.val, files.out, tell, progress or lines_by(tell)).prepared(recipe.parts)
    return files.out / SHEET


def train(recipe_name: str, files: RunFiles, options: RunOptions, *, tell: Tell, progress: Progress | None = None) -> Path:
    """Trains a recipe and gives the path of the model file that it wrote below ``files.out``.

    ``progress`` shows how far the long pieces of work are, the steps among them; without it there are lines.
    """
    recipe = recipe_named(recipe_name)
    if options.steps is not None:
        recipe = replace(recipe, steps=options.steps)
    _check_out(files.out, resume=options.resume)
    if options.val_every is not None and files.val is None:
        raise ValueError("--val-every has no effect without --val")
    use_machine(options.device, options.threads)
    start = files.start or shipped_weights()
    network, header = load_network(start, options.device)
    if isinstance(network, SamLineage):  # what we train answers with mask 0 always: its one job is the whole object
        network.config = replace(network.config, answer="single")
    files.out.mkdir(parents=True, exist_ok=True)
    account = progress or lines_by(tell)
    prepared = Preparation(files.data, files.val, files.out, tell, account).prepared(recipe.parts, resume=options.resume)
    source, held = _sources(recipe, files, network, prepared, tell=tell, progress=account)
    header = Header(network.config, _card(recipe, prepared, start, header), header.inference)
    watched = None if prepared.val is None else _watched(prepared.val, files, options, network, header, tell=tell, progress=account)
    with account("steps") if progress is not None else nullcontext() as advance:
        watch = _watch(recipe, options, network, held, watched, tell=tell, advance=advance)
        train_network(network, source, recipe, files.out, watch=watch, checkpoint_every=options.checkpoint_every, resume=options.resume)
    path = files.out / "model.safetensors"
    save_weights(path, network, header)
    if watched is not None:
        tell(watched.summary())
    return path


def _watch(
    recipe: Recipe,
    options: RunOptions,
    network: AnyNetwork,
    held: Held | None,
    watched: Watched | None,
    *,
    tell: Tell,
    advance: Advance | None,
) -> Watch:
    if watched is None:
        return Watch((lambda: measured(network, held)) if held else None, save_batch_picture, tell, advance=advance)
    every = options.val_every or measured_every(recipe.steps)
    tell(watched.plan(every))
    return Watch(watched.measure, save_batch_picture, tell, measured_on="--val", measure_every=every, advance=advance)


def _watched(
    val: LabelledSet, files: RunFiles, options: RunOptions, network: AnyNetwork, header: Header, *, tell: Tell, progress: Progress
) -> Watched:
    best = Best(files.out / "best.safetensors")
    if not (options.resume and (files.out / "checkpoint.safetensors").is_file()):
        best.path.unlink(missing_ok=True)
    return Watched.begin(network, header, val, best, files.out / "val.json", resume=options.resume, progress=progress)


def _sources(
    recipe: Recipe, files: RunFiles, network: AnyNetwork, prepared: Prepared, *, tell: Tell, progress: Progress
) -> tuple[Source, Held | None]:
    """Where training batches come from, and held-out objects where the data has any and no other photos are there to measure on."""
    style = TargetStyle(recipe.supervision_side, recipe.min_object_share)
    mixture = Mixture.of(prepared.parts, hold_out_every=20 if prepared.val is None else None)
    held_out = _held_out(prepared, tell)
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
        _check_cache(cache, prepared.fingerprint)
        plan = _worthwhile(recipe.views, mixture, num_draws=recipe.steps * recipe.batch_size)
        source = CachedSource(_cache(cache / "train", plan, mixture, network, progress), network.fitting, style)
        held_source = None
        if held_out is not None:
            held_plan = _worthwhile(recipe.validation_views, held_out, num_draws=recipe.validation_views.num_views)
            held_source = CachedSource(_cache(cache / "held-out", held_plan, held_out, network, progress), network.fitting, style)
    held = None if held_source is None else Held.draw(held_source, HELD_OUT_OBJECTS, recipe.validation_views.seed)
    return source, held


def _held_out(prepared: Prepared, tell: Tell) -> Mixture | None:
    if prepared.val is not None:
        return None
    try:
        return Mixture.of(prepared.parts, held_out=True)
    except ValueError as error:
        tell(f"no figures on held-out photos: {error}; --val FOLDER measures on photos of your choice")
        return None


def _worthwhile(plan: ViewPlan, mixture: Mixture, *, num_draws: int) -> ViewPlan:
    """A plan without views that the run could never draw, and without a hundred of the same photo: a small folder starts in minutes."""
    return replace(plan, num_views=min(plan.num_views, VIEWS_A_PHOTO * mixture.num_photos, num_draws))


def _cache(folder: Path, plan: ViewPlan, mixture: Mixture, network: SamLineage, progress: Progress) -> ViewCache:
    with progress(f"encoding views of {folder.name}") as advance:
        return ViewCache.build(folder, plan, mixture, network, tell=lambda done: advance(done, plan.num_views, ""))


def _check_cache(cache: Path, fingerprint: str) -> None:
    """Views are of the masks that there were when they were encoded: mended masks need new ones."""
    path = cache / "data.sha256"
    if path.is_file() and path.read_text() != fingerprint:
        raise ValueError(f"{cache}: holds views of other photos or masks; name another --cache folder, or delete this one")
    cache.mkdir(parents=True, exist_ok=True)
    path.write_text(fingerprint)


def _check_out(out: Path, *, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: expected a folder for the run, found a file")
    if (out / "checkpoint.safetensors").is_file() and not resume:
        raise ValueError(f"{out}: holds a run already; go on with --resume, or name another --out folder")


def _card(recipe: Recipe, prepared: Prepared, start: Path, header: Header) -> dict[str, Any]:
    """What the model file says of its making; licences are those of the start and of the data, which only people can tell."""
    return {
        "name": recipe.name,
        "started from": {"file": start.name, "card": header.card},
        "trained on": [part.folder for part, _ in prepared.parts],
        "recipe": asdict(recipe),
        "made with": {"clickcut": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }
