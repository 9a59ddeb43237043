"""One training run from its command: opens the data and the start, checks them, trains, and writes a model file."""

from __future__ import annotations

import platform
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from clickcut import __version__
from clickcut.core.progress import Advance, Progress, lines_by
from clickcut.data.mixture import Part
from clickcut.data.photos import LabelledSet
from clickcut.model.build import AnyNetwork, build_network
from clickcut.model.catalogue import find_weights
from clickcut.model.header import Header
from clickcut.model.late import SamLineage
from clickcut.model.machine import use_machine
from clickcut.model.precision import Precision
from clickcut.model.presets import preset
from clickcut.model.ranks import device_of_rank, joined_ranks
from clickcut.model.weights import load_network, save_tensors, shipped_weights
from clickcut.train.best import Best
from clickcut.train.checkpoint import whole_weights
from clickcut.train.engine import IN_PROCESS, Engine
from clickcut.train.field_source import check_network, meant_data
from clickcut.train.log import Tell
from clickcut.train.loop import Watch, train_network
from clickcut.train.pictures import save_batch_picture
from clickcut.train.prepare import SHEET, Preparation, Prepared
from clickcut.train.recipe import FieldRecipe, Recipe, ViewRecipe
from clickcut.train.recipe_json import recipe_to_json
from clickcut.train.recipes import recipe_named
from clickcut.train.sources import Sourcing
from clickcut.train.validate import Held, measured
from clickcut.train.watched import Watched, measured_every


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where a run reads and writes.

    ``data`` and ``val`` may be ``NAME=DIR``, a known set. ``start`` are the weights it begins with, a file or a published name (the
    shipped model if None), ``cache`` its encoded views, ``val`` photos to measure it on. ``scores`` is for a recipe of the field: a file
    that says how well each photo is known already.
    """

    data: Path
    out: Path
    start: Path | None = None
    cache: Path | None = None
    scores: Path | None = None
    val: Path | None = None


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
    Preparation(_data(recipe, files), files.val, files.out, tell, progress or lines_by(tell)).prepared(_parts(recipe))
    return files.out / SHEET


def train(recipe_name: str, files: RunFiles, options: RunOptions, *, tell: Tell, progress: Progress | None = None) -> Path:
    """Trains a recipe and gives the path of the model file that it wrote below ``files.out``.

    ``progress`` shows how far the long pieces of work are, the steps among them; without it there are lines.
    """
    recipe = recipe_named(recipe_name)
    if options.steps is not None:
        recipe = replace(recipe, steps=options.steps)
    if options.precision is not None:
        recipe = replace(recipe, optimisation=replace(recipe.optimisation, precision=options.precision))
    if files.scores is not None and not isinstance(recipe, FieldRecipe):
        raise ValueError(f"--scores: has no effect on {recipe.name}, which draws photos by the weights of their sets")
    if options.val_every is not None and files.val is None:
        raise ValueError("--val-every has no effect without --val")
    if options.engine.sharded and files.val is not None:
        raise ValueError("--val: asks a whole network, which --fsdp spreads over the ranks; leave one of them out")
    device = device_of_rank(options.device)
    use_machine(device, options.threads)
    with joined_ranks(device, sharded=options.engine.sharded) as ranks:
        together = replace(options, device=device, engine=replace(options.engine, ranks=ranks))
        if ranks.is_first:
            return _Run(recipe, files, together, tell, progress).made()
        return _Run(recipe, files, together, lambda line: None, None).made()


@dataclass(frozen=True, slots=True)
class _Run:
    """A run on a device and among ranks that are there."""

    recipe: Recipe
    files: RunFiles
    options: RunOptions
    tell: Tell
    progress: Progress | None

    def made(self) -> Path:
        """Everything from the first file read to the model file written, whose path it gives."""
        ranks, out = self.options.engine.ranks, self.files.out
        _check_out(out, resume=self.options.resume)
        ranks.wait()  # until all have looked, before the first one writes
        network, start_header, start = self._start()
        if isinstance(network, SamLineage):  # what we train answers with mask 0 always: its one job is the whole object
            network.config = replace(network.config, answer="single")
        out.mkdir(parents=True, exist_ok=True)
        account = self.progress or lines_by(self.tell)
        with ranks.first_goes_first():  # what is checked and encoded once is so by one
            data = Preparation(_data(self.recipe, self.files), self.files.val, out, self.tell, account)
            prepared = data.prepared(_parts(self.recipe), resume=self.options.resume or not ranks.is_first)
            sourcing = Sourcing(prepared, self.files.cache or out / "views", self.files.scores, self.tell, account)
            source, held = sourcing.sources(self.recipe, network)
            header = Header(network.config, _card(self.recipe, prepared, start, start_header), start_header.inference)
            watched = None if prepared.val is None else self._watched(prepared.val, network, header, account)
        with account("steps") if self.progress is not None else nullcontext() as advance:
            train_network(
                network,
                source,
                self.recipe,
                out,
                watch=self._watch(network, held, watched, advance),
                checkpoint_every=self.options.checkpoint_every,
                resume=self.options.resume,
                engine=self.options.engine,
            )
        weights = whole_weights(network)
        if ranks.is_first:
            save_tensors(out / "model.safetensors", weights, header, dtype=torch.float16)
        if watched is not None:
            self.tell(watched.summary())
        return out / "model.safetensors"

    def _start(self) -> tuple[AnyNetwork, Header, str]:
        """The network that a run begins with, its header, and the name of the file that it came from."""
        recipe = self.recipe
        if self.files.start is None and isinstance(recipe, FieldRecipe):
            if recipe.begins_with != "fresh weights":
                raise ValueError(f"{recipe.name} begins with {recipe.begins_with}: name weights for {recipe.network} by --start")
            torch.manual_seed(recipe.seed)
            network = build_network(preset(recipe.network)).to(self.options.device)
            return network, Header(network.config, {"name": recipe.network, "origin": "fresh weights"}, {}), "fresh weights"
        path = shipped_weights() if self.files.start is None else find_weights(self.files.start)
        network, header = load_network(path, self.options.device)
        if isinstance(recipe, FieldRecipe):
            check_network(recipe, network)
        return network, header, path.name

    def _watched(self, val: LabelledSet, network: AnyNetwork, header: Header, account: Progress) -> Watched:
        best, resume = Best(self.files.out / "best.safetensors"), self.options.resume
        goes_on = resume and (self.files.out / "checkpoint.safetensors").is_file()
        is_first = self.options.engine.ranks.is_first
        if is_first and not goes_on:
            best.path.unlink(missing_ok=True)
        record = self.files.out / "val.json"
        return Watched.begin(network, header, val, best if is_first else None, record, resume=resume or not is_first, progress=account)

    def _watch(self, network: AnyNetwork, held: Held | None, watched: Watched | None, advance: Advance | None) -> Watch:
        if watched is None:
            return Watch((lambda: measured(network, held)) if held else None, save_batch_picture, self.tell, advance=advance)
        every = self.options.val_every or measured_every(self.recipe.steps)
        self.tell(watched.plan(every))
        return Watch(watched.measure, save_batch_picture, self.tell, measured_on="--val", measure_every=every, advance=advance)


def _parts(recipe: Recipe) -> tuple[Part, ...]:
    """The sets that a recipe names; those of the field are published on one set, which is any labelled folder here."""
    return recipe.parts if isinstance(recipe, ViewRecipe) else ()


def _data(recipe: Recipe, files: RunFiles) -> Path:
    """A folder in the official layout of a field recipe's own set is read as that set."""
    return meant_data(recipe, files.data) if isinstance(recipe, FieldRecipe) else files.data


def _check_out(out: Path, *, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: expected a folder for the run, found a file")
    if (out / "checkpoint.safetensors").is_file() and not resume:
        raise ValueError(f"{out}: holds a run already; go on with --resume, or name another --out folder")


def _card(recipe: Recipe, prepared: Prepared, start: str, header: Header) -> dict[str, Any]:
    """What the model file says of its making; licences are those of the start and of the data, which only people can tell."""
    return {
        "name": recipe.name,
        "started from": {"file": start, "card": header.card},
        "trained on": [part.folder for part, _ in prepared.parts],
        "recipe": recipe_to_json(recipe),
        "made with": {"clickcut": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }
