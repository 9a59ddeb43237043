"""The training loop: what happens when, and who is told."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from torch import Tensor

from clickcut.core.progress import Advance
from clickcut.model.build import AnyNetwork
from clickcut.train.adaptive_iou import AdaptiveIou
from clickcut.train.batches import Batch, Source
from clickcut.train.engine import IN_PROCESS, Engine
from clickcut.train.loader import Loaded, Loader
from clickcut.train.log import MetricsLog, Pace, Tell, Throughput
from clickcut.train.recipe import Recipe
from clickcut.train.training import Step, Training

VALIDATE_EVERY = 200
PICTURE_EVERY = 100
TELL_EVERY = 10


@dataclass(frozen=True, slots=True)
class Watch:
    """What looks on while a run goes: ``measure`` gives figures of the averaged weights, ``picture`` draws a batch and its answer.

    ``measured_on`` says in words what the figures are of, ``measure_every`` how many steps lie between them (200 if None). Every rank
    measures, and must do so alike. ``advance`` hears of every step, and takes the place of the lines about them.
    """

    measure: Callable[[], dict[str, float]] | None
    picture: Callable[[Path, Batch, Tensor], None] | None
    tell: Tell
    measured_on: str = "held out"
    measure_every: int | None = None
    advance: Advance | None = None


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """A run that was asked to stop, after it wrote its checkpoint."""


def train_network(
    network: AnyNetwork,
    source: Source,
    recipe: Recipe,
    out: Path,
    *,
    watch: Watch,
    checkpoint_every: int = 100,
    resume: bool = False,
    engine: Engine = IN_PROCESS,
) -> None:
    """Trains ``network`` in place by a recipe; at the end it holds the averaged weights.

    Writes ``metrics.jsonl``, ``checkpoint.safetensors`` and ``samples/`` below ``out``, on the first rank. SIGTERM
    and Ctrl-C on any rank write a checkpoint and raise ``Stopped`` on all; a loss or gradient that is not a number raises ``ValueError``,
    and what cannot be written ``OSError``: both name the last good checkpoint, which they leave.
    """
    ranks = engine.ranks
    parts = ranks.parts(recipe.batch_size, engine.accumulate)
    if ranks.is_first:
        (out / "samples").mkdir(parents=True, exist_ok=True)
        for remains in out.glob(".*.safetensors.*.part"):  # of a run that was killed while it wrote
            remains.unlink()
    training = Training(network, recipe, out, engine)
    first = training.load() if resume else 0
    steps = range(first, recipe.steps)
    loader = Loader(source, recipe.seed, steps, parts, engine.workers, pinned=network.device.type == "cuda")
    network.train()
    with closing(_Scribe(out, recipe, watch, engine, first=first)) as scribe, _stop_requests() as asked_to_stop:
        try:
            for step, loaded in zip(steps, _timed(loader, scribe), strict=True):
                made = training.step([one.batch for one in loaded], step)
                done = step + 1
                scribe.step(done, made, loaded, lr=training.lr)
                if watch.measure is not None and (done % (watch.measure_every or VALIDATE_EVERY) == 0 or done == recipe.steps):
                    with training.averaged():
                        figures = watch.measure()
                    scribe.figures(done, figures)
                stopping = ranks.any(asked_to_stop())
                if stopping or done % checkpoint_every == 0 or done == recipe.steps:
                    training.save(done)
                if stopping and done < recipe.steps:
                    raise Stopped(f"stopped at step {done} of {recipe.steps}; go on with --resume")
        except OSError as error:
            raise OSError(f"{error}; {training.last_good}") from error
    training.take_average()


class _Scribe:
    """Writes down and tells what a run does; only the first rank's says anything."""

    def __init__(self, out: Path, recipe: Recipe, watch: Watch, engine: Engine, *, first: int) -> None:
        self.out, self.recipe, self.watch, self.ranks = out, recipe, watch, engine.ranks
        self.log = MetricsLog(out / "metrics.jsonl", from_step=first) if self.ranks.is_first else None
        self.pace, self.throughput = Pace(recipe.steps - first), Throughput(engine.workers)
        self.waited = 0.0
        kept = self.log.values if self.log is not None else {}
        self.iou = AdaptiveIou(threshold=kept["iou_threshold"], ema=kept["iou"]) if "iou" in kept else AdaptiveIou()

    def step(self, done: int, made: Step, loaded: tuple[Loaded, ...], *, lr: float) -> None:
        took = self.pace.step()
        num_images = sum(len(one.batch.ids) for one in loaded)
        self.throughput.step(num_images, drawing=sum(one.seconds for one in loaded), stepping=took - self.waited)
        if self.log is None:
            return
        labels_BSS = loaded[0].batch.targets.labels_BSS.to(made.last_logits_BSS.device)
        self.iou = self.iou.updated(made.last_logits_BSS, labels_BSS)
        times = {"seconds": round(took, 3), "waited": round(self.waited, 3)}
        self.log.write(step=done, loss=made.loss, gradient=made.gradient, lr=lr, passes=made.num_passes, **self._iou(), **times)
        if self.watch.advance is not None:
            self.watch.advance(done, self.recipe.steps, f"loss {made.loss:.4f}, IoU {self.iou.ema:.3f}")
        elif done % TELL_EVERY == 0 or done in (1, self.recipe.steps):
            self._tell(done, made.loss)
        if self.watch.picture is not None and (done == 1 or done % PICTURE_EVERY == 0):  # the first shows wrong masks at once
            self.watch.picture(self.out / "samples" / f"{done:06d}.jpg", loaded[0].batch, made.last_logits_BSS)

    def _iou(self) -> dict[str, float]:
        """The running IoU of last passes, of the first rank's objects, and the threshold that suits the network at present."""
        return {"iou": self.iou.ema, "iou_threshold": self.iou.threshold}

    def _tell(self, done: int, loss: float) -> None:
        loader, step = (self.ranks.size * rate for rate in (self.throughput.loader, self.throughput.step_alone))
        rates = f"images/s: loader alone {loader:.1f}, step alone {step:.1f}"
        self.watch.tell(
            f"step {done} of {self.recipe.steps}, loss {loss:.4f}, {self.pace.seconds:.2f} s a step, {rates}, {self.pace.left} left"
        )

    def figures(self, done: int, figures: dict[str, float]) -> None:
        if self.log is None:
            return
        self.log.write(step=done, validation=figures)
        self.watch.tell(f"step {done}, {self.watch.measured_on}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))

    def close(self) -> None:
        if self.log is not None:
            self.log.close()


def _timed(loader: Loader, scribe: _Scribe) -> Iterator[tuple[Loaded, ...]]:
    """The loader's batches, and how long each step had to wait for its own."""
    batches = iter(loader)
    for _ in loader.steps:
        began = time.monotonic()
        loaded = next(batches)
        scribe.waited = time.monotonic() - began
        yield loaded


@contextmanager
def _stop_requests() -> Iterator[Callable[[], bool]]:
    """Turns SIGTERM and Ctrl-C into an answer that the loop asks for between steps, so that no step is cut in half."""
    asked: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    kept = {number: signal.signal(number, remember) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
