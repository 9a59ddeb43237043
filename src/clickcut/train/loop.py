"""The training loop: the one place where weights change."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from torch import Tensor

from clickcut.core.progress import Advance
from clickcut.model.build import AnyNetwork
from clickcut.train.batches import Batch, Source
from clickcut.train.checkpoint import Contents, fingerprint, load_checkpoint, save_checkpoint
from clickcut.train.log import MetricsLog, Pace, Tell
from clickcut.train.optimise import AverageWeights, clip_gradients, optimiser_for, pull_back, set_lr, trained_parameters
from clickcut.train.recipes import Recipe
from clickcut.train.rollout import Outcome, Targets, roll_out

VALIDATE_EVERY = 200
PICTURE_EVERY = 100


@dataclass(frozen=True, slots=True)
class Watch:
    """What looks on while a run goes: ``measure`` gives figures of the averaged weights, ``picture`` draws a batch and its answer.

    ``measured_on`` says in words what the figures are of, ``measure_every`` how many steps lie between them (200 if None). ``advance``
    hears of every step, and takes the place of the lines about them.
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
    network: AnyNetwork, source: Source, recipe: Recipe, out: Path, *, watch: Watch, checkpoint_every: int = 100, resume: bool = False
) -> None:
    """Trains ``network`` in place by a recipe; at the end it holds the averaged weights.

    Writes ``metrics.jsonl``, ``checkpoint.safetensors`` and ``samples/`` below ``out``. SIGTERM and Ctrl-C write a checkpoint and raise
    ``Stopped``; a loss or gradient that is not a number raises ``ValueError`` and leaves the last checkpoint.
    """
    (out / "samples").mkdir(parents=True, exist_ok=True)
    run = _Run(network, recipe, out / "checkpoint.safetensors")
    first = run.load() if resume and run.path.is_file() else 0
    pace = Pace(recipe.steps - first)
    network.train()
    with closing(MetricsLog(out / "metrics.jsonl", from_step=first)) as log, _stop_requests() as asked_to_stop:
        for step in range(first, recipe.steps):
            rng = np.random.default_rng((recipe.seed, step))
            outcome, batch, norm = run.step(source, step, rng)
            done = step + 1
            took = pace.step()
            log.write(step=done, loss=float(outcome.loss), gradient=norm, lr=run.lr, passes=outcome.num_passes, seconds=round(took, 3))
            if watch.advance is not None:
                watch.advance(done, recipe.steps, f"loss {float(outcome.loss):.4f}")
            elif done % 10 == 0 or done == recipe.steps:
                watch.tell(f"step {done} of {recipe.steps}, loss {float(outcome.loss):.4f}, {pace.seconds:.2f} s a step, {pace.left} left")
            if watch.picture is not None and (done == 1 or done % PICTURE_EVERY == 0):  # the first shows wrong masks at once
                watch.picture(out / "samples" / f"{done:06d}.jpg", batch, outcome.last_logits_BSS)
            if watch.measure is not None and (done % (watch.measure_every or VALIDATE_EVERY) == 0 or done == recipe.steps):
                with run.averaged():
                    figures = watch.measure()
                log.write(step=done, validation=figures)
                watch.tell(f"step {done}, {watch.measured_on}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))
            stopping = asked_to_stop()
            if stopping or done % checkpoint_every == 0 or done == recipe.steps:
                run.save(done)
            if stopping and done < recipe.steps:
                raise Stopped(f"stopped at step {done} of {recipe.steps}; go on with --resume")
    run.take_average()


class _Run:
    """The mutable middle of a run: parameters, their average, and the optimiser."""

    def __init__(self, network: AnyNetwork, recipe: Recipe, path: Path) -> None:
        self.network, self.recipe, self.path = network, recipe, path
        self.parameters = trained_parameters(network)
        self.average = AverageWeights(self.parameters, recipe.optimisation.average)
        self.optimiser = optimiser_for(self.parameters, recipe.optimisation)
        self.start = {parameter: parameter.detach().clone() for parameter in self.parameters.values()}
        self.plan = json.dumps({**asdict(recipe), "start": fingerprint(network)})
        self.device = next(iter(self.parameters.values())).device
        self.precision = recipe.optimisation.precision
        if self.precision != "fp32" and self.device.type == "cpu":
            raise ValueError(f"{recipe.name}: {self.precision} needs a GPU, this run is on the CPU; use a recipe in fp32")
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")

    @property
    def lr(self) -> float:
        return float(self.optimiser.param_groups[-1]["lr"])

    def step(self, source: Source, step: int, rng: np.random.Generator) -> tuple[Outcome, Batch, float]:
        # Dropout draws from torch's generator: seeded by the step, a resumed run draws what an unbroken one draws.
        torch.manual_seed(int(rng.integers(2**62)))
        batch = source.draw(self.recipe.batch_size, rng)
        targets = Targets(batch.targets.labels_BSS.to(self.device), batch.targets.content_BSS.to(self.device), batch.targets.click_scale)
        set_lr(self.optimiser, self.recipe.optimisation.lr_share(step, self.recipe.steps))
        self.optimiser.zero_grad(set_to_none=True)
        with self._precision():
            outcome = roll_out(
                self.network, batch.encoded(self.network), targets, rollout=self.recipe.rollout, losses=self.recipe.losses, rng=rng
            )
        self._check("loss", outcome.loss.item(), step)
        self.scaler.scale(outcome.loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.unscale_(self.optimiser)
        norm = clip_gradients(self.parameters.values(), self.recipe.optimisation.clip)
        if not self.scaler.is_enabled():  # a scaler leaves such a step out by itself
            self._check("gradient", norm, step)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        pull_back(self.optimiser, self.start, self.recipe.optimisation.pull)
        self.average.update(self.parameters, step)
        return replace(outcome, loss=outcome.loss.detach()), batch, norm

    def _check(self, what: str, value: float, step: int) -> None:
        if not math.isfinite(value):
            kept = f"the last good checkpoint is {self.path}" if self.path.is_file() else "there is no checkpoint yet"
            raise ValueError(f"the {what} became {value} at step {step + 1}: lower the learning rate; {kept}")

    def _precision(self) -> torch.autocast | nullcontext[None]:
        if self.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16 if self.precision == "bf16" else torch.float16)

    def save(self, step: int) -> None:
        save_checkpoint(self.path, self._contents(), step=step, plan=self.plan)

    def load(self) -> int:
        return load_checkpoint(self.path, self._contents(), plan=self.plan)

    def _contents(self) -> Contents:
        return Contents(self.parameters, self.average, self.optimiser, self.scaler)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The network with its averaged weights, for as long as the block lasts."""
        kept = {name: parameter.detach().clone() for name, parameter in self.parameters.items()}
        self.take_average()
        self.network.eval()
        try:
            yield
        finally:
            self.network.train()
            self._take(kept)

    def take_average(self) -> None:
        if self.average.decay:
            self._take(self.average.values)

    @torch.no_grad()
    def _take(self, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            self.parameters[name].copy_(value)


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
