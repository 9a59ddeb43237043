"""The mutable middle of a run: the one place where weights change."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from clickcut.model.build import AnyNetwork
from clickcut.model.precision import PRECISIONS
from clickcut.train.batches import Batch
from clickcut.train.checkpoint import Contents, fingerprint, load_checkpoint, save_checkpoint
from clickcut.train.engine import Engine, Rolling, prepared, running_statistics, unsynchronised
from clickcut.train.optimise import AverageWeights, clip_gradients, optimiser_for, pull_back, set_lr, trained_parameters
from clickcut.train.recipe import Recipe
from clickcut.train.shards import local


@dataclass(frozen=True, slots=True)
class Step:
    """What a step came to: the loss over all ranks, the gradients' joined length, and the last pass's logits of this rank's first part."""

    loss: float
    gradient: float
    num_passes: int
    last_logits_BSS: Tensor


class Training:
    """Parameters, running statistics, their average, and the optimiser; on every rank, sharded or not."""

    def __init__(self, network: AnyNetwork, recipe: Recipe, out: Path, engine: Engine) -> None:
        self.network, self.recipe, self.engine = network, recipe, engine
        self.path = out / "checkpoint.safetensors"
        self.plan = json.dumps({**asdict(recipe), "start": fingerprint(network)})
        optimisation = recipe.optimisation
        if optimisation.precision != "fp32" and network.device.type == "cpu":
            raise ValueError(f"{recipe.name}: {optimisation.precision} needs a GPU, this run is on the CPU; use a recipe in fp32")
        self.module = prepared(Rolling(network, recipe.rollout, recipe.losses), engine)
        self.parameters = trained_parameters(network)
        self.statistics = running_statistics(network)
        self.average = AverageWeights(self._averaged_tensors(), optimisation.average)
        self.optimiser = optimiser_for(self.parameters, optimisation)
        self.start = {parameter: parameter.detach().clone() for parameter in self.parameters.values()} if optimisation.pull else {}
        self.scaler = torch.amp.GradScaler(network.device.type, enabled=optimisation.precision == "fp16")
        self.saved: int | None = None

    @property
    def lr(self) -> float:
        return float(self.optimiser.param_groups[-1]["lr"])

    @property
    def last_good(self) -> str:
        """Where a run that went wrong can go on from, for its message."""
        return "there is no checkpoint yet" if self.saved is None else f"the last good checkpoint is {self.path}, of step {self.saved}"

    def step(self, batches: Sequence[Batch], step: int) -> Step:
        """One step on this rank's micro-batches; nothing has changed if the loss or the gradient is not a number."""
        set_lr(self.optimiser, self.recipe.optimisation.lr_share(step, self.recipe.steps))
        self.optimiser.zero_grad(set_to_none=True)
        losses: list[Tensor] = []
        answers: list[Tensor] = []
        for index, batch in enumerate(batches):
            is_last = index + 1 == len(batches)
            with nullcontext() if is_last else unsynchronised(self.module):
                loss, logits_BSS, num_passes = self._backward(batch, step, share=1 / len(batches))
            losses.append(loss)
            answers.append(logits_BSS)
        mean = self.engine.ranks.mean(torch.stack(losses).mean().item())
        self._check("loss", mean, step)
        norm = self._descend(step)
        return Step(mean, norm, num_passes, answers[0])

    def _backward(self, batch: Batch, step: int, *, share: float) -> tuple[Tensor, Tensor, int]:
        """Adds a micro-batch's share to the gradients. Chance begins anew for each, so that all draw the same number of passes."""
        rng = np.random.default_rng((self.recipe.seed, step))
        # Dropout draws from torch's generator: seeded by the step, a resumed run draws what an unbroken one draws; parts draw their own.
        torch.manual_seed(int(rng.integers(2**62)) + batch.targets.first)
        with self._precision():
            loss, logits_BSS, num_passes = self.module(batch, rng)
        self.scaler.scale(loss * share).backward()
        return loss.detach(), logits_BSS, num_passes

    def _descend(self, step: int) -> float:
        self.scaler.unscale_(self.optimiser)
        norm = clip_gradients(self.parameters.values(), self.recipe.optimisation.clip)
        if not self.scaler.is_enabled():  # a scaler leaves such a step out by itself
            self._check("gradient", norm, step)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        pull_back(self.optimiser, self.start, self.recipe.optimisation.pull)
        self.engine.ranks.average(tensor for tensor in self.statistics.values() if tensor.is_floating_point())
        self.average.update(self._averaged_tensors(), step)
        return norm

    def _check(self, what: str, value: float, step: int) -> None:
        if not math.isfinite(value):
            raise ValueError(f"the {what} became {value} at step {step + 1}: lower the learning rate; {self.last_good}")

    def _precision(self) -> AbstractContextManager[object]:
        precision = self.recipe.optimisation.precision
        if precision == "fp32":
            return nullcontext()
        return torch.autocast(self.network.device.type, PRECISIONS[precision])

    def save(self, step: int) -> None:
        save_checkpoint(self.path, self._contents(), step=step, plan=self.plan, ranks=self.engine.ranks)
        self.saved = step

    def load(self) -> int:
        """Goes back to the last checkpoint, if there is one; gives its step."""
        if not self.path.is_file():
            return 0
        self.saved = load_checkpoint(self.path, self._contents(), plan=self.plan)
        return self.saved

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The network with its averaged weights, ready to answer, for as long as the block lasts."""
        kept = {name: tensor.detach().clone() for name, tensor in self._averaged_tensors().items()}
        self.take_average()
        self.network.eval()
        try:
            with self._outer_weights():
                yield
        finally:
            self.network.train()
            self._take(kept)

    def take_average(self) -> None:
        if self.average.decay:
            self._take(self.average.values)

    def _contents(self) -> Contents:
        return Contents(self.parameters, self.average, self.optimiser, self.scaler, self.statistics)

    def _averaged_tensors(self) -> dict[str, Tensor]:
        return {**self.parameters, **{name: buffer for name, buffer in self.statistics.items() if buffer.is_floating_point()}}

    @torch.no_grad()
    def _take(self, values: Mapping[str, Tensor]) -> None:
        for name, tensor in self._averaged_tensors().items():
            local(tensor).copy_(local(values[name]))

    @contextmanager
    def _outer_weights(self) -> Iterator[None]:
        """Puts sharded weights outside of blocks together, as training's one forward does; blocks gather their own."""
        if not self.engine.sharded:
            yield
            return
        self.module.unshard()  # type: ignore[operator]
        try:
            yield
        finally:
            self.module.reshard()  # type: ignore[operator]
