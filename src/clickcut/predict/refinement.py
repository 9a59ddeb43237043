"""A pass with backpropagating refinement: it alters a network from outside until the clicked pixels come out right.

The network itself is never changed: its parameters get neither new values nor gradients, and it declares where it may be altered.
Shape suffixes: B looks, N variables, H W pixels of the crop as the network sees it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.clicks import Clicks
from clickcut.model.network import ClickBatch, Injectable, Injection, Network
from clickcut.predict.brs import Brs, names_at
from clickcut.predict.brs_loss import Objective, click_squares
from clickcut.predict.brs_variables import ChannelScale, InputBias, Variables
from clickcut.predict.looks import Looks
from clickcut.predict.state import State, Tuned

_MEMORY = 20
_GRADIENT_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """Options, the cut through a network where they apply, and the threshold that tells clicked pixels right from wrong."""

    brs: Brs
    injection: Injection
    device: torch.device
    threshold: float

    @classmethod
    def of(cls, network: Network, brs: Brs, threshold: float) -> Refinement:
        """The refinement of a network's answers; ValueError where the network cannot be altered as ``brs`` asks."""
        injections = network.injections if isinstance(network, Injectable) else {}
        if brs.place not in injections:
            served = names_at(injections.keys())
            told = f"it serves {', '.join(served)}" if served else "it serves no mode of BRS"
            raise ValueError(f"{brs.name} alters a network at its {brs.place!r}, which {type(network).__name__} does not offer; {told}")
        return cls(brs, injections[brs.place], network.device, threshold)

    def answer(self, image: NDArray[np.uint8], looks: Looks, state: State, *, renewed: bool) -> tuple[Tensor, Tuned | None]:
        """The looks' logits (B, 1, H, W) over the crop, and what the next pass goes on from.

        ``state`` is that before the pass, but for its clicks; ``renewed`` says that zoom-in has just chosen the crop.
        """
        past = state.tuned if state.tuned is not None and state.tuned.mode == self.brs.mode else None
        changed = past is None or renewed or past.crop != looks.crop
        prev = self._prev(state, looks, None if changed else past)
        # Tensors of inference mode can never be differentiated, not even outside of it: everything is made anew here.
        with torch.inference_mode(False), torch.no_grad():
            tensors = self._before(image, looks, state.clicks, prev)
            variables = self._variables(tensors[0], looks)
            start_N = self._start(variables, past, changed=changed)

            def answer(variables_N: Tensor) -> tuple[Tensor, Tensor]:
                altered, penalty = variables.applied(tensors[0], variables_N)
                return looks.logits(self.injection.after((altered, *tensors[1:]))), penalty

            if len(state.clicks) <= self.brs.after_clicks:
                logits = answer(torch.tensor(start_N, dtype=tensors[0].dtype, device=tensors[0].device))[0]
                # Features remember what they were made with; an input is made anew, and its variables are still the zeros they begin with.
                return logits, None if self.brs.alters_input else Tuned(self.brs.mode, looks.crop, start_N, prev)
            squares = _squares(looks, state.clicks).to(tensors[0])
            objective = Objective(answer, squares, threshold=self.threshold, min_iou_diff=self.brs.min_iou_diff)
            found_N = _minimised(objective, start_N, self.brs.max_evaluations)
            assert objective.best is not None, "the optimiser evaluates where it starts"
            return objective.best, Tuned(self.brs.mode, looks.crop, found_N, None if self.brs.alters_input else prev)

    def _prev(self, state: State, looks: Looks, kept: Tuned | None) -> NDArray[np.float32] | None:
        """The previous mask over the crop for this pass; None before the very first.

        The field keeps features while it sees no new click: beyond the limit of clicks they stay those of an earlier pass on the same crop.
        We keep the mask that this pass was given (its clicks are the first ones, as now) and make the same features again.
        """
        if kept is not None and not self.brs.alters_input and len(state.clicks) > self.brs.clicks_limit:
            return kept.prev
        if state.probs is None or state.covered() == looks.crop:
            return state.probs  # shared with the state, and no copy, where they cover the same
        return state.probs_in(looks.crop)

    def _before(self, image: NDArray[np.uint8], looks: Looks, clicks: Clicks, prev: NDArray[np.float32] | None) -> tuple[Tensor, ...]:
        pixels = looks.pixels(image, self.device)
        prev_B1HW = looks.prev(None if prev is None else prev.copy(), self.device)
        return self.injection.before(pixels, prev_B1HW, ClickBatch.of(looks.clicks(clicks[: self.brs.clicks_limit]), self.device))

    def _variables(self, x_BChw: Tensor, looks: Looks) -> Variables:
        channels, height, width = x_BChw.shape[1:]
        return InputBias((channels, height, width), looks) if self.brs.alters_input else ChannelScale(channels)

    def _start(self, variables: Variables, past: Tuned | None, *, changed: bool) -> NDArray[np.float64]:
        """The last pass's variables, or zeros: for an input on every new crop, for features only where their number differs."""
        if past is None or (changed and self.brs.alters_input) or past.variables.size != variables.count:
            return np.zeros(variables.count)
        return past.variables


def _squares(looks: Looks, clicks: Clicks) -> Tensor:
    """(B, 2, H, W): each look's squares, drawn where that look sees the clicks, and laid out over the crop as its logits are."""
    drawn = [(fit, click_squares(one, fit.content_hw)) for fit, one in zip(looks.fits, looks.clicks(clicks), strict=True)]
    return torch.stack([fit.turned(squares) for fit, squares in drawn])


def _minimised(objective: Objective, start_N: NDArray[np.float64], max_evaluations: int) -> NDArray[np.float64]:
    """Where L-BFGS-B ends: not always where the objective was lowest."""
    from scipy.optimize import fmin_l_bfgs_b  # only here: a session without BRS need not wait until it is loaded

    found_N, _, _ = fmin_l_bfgs_b(
        objective,
        start_N,
        m=_MEMORY,
        factr=0,
        pgtol=_GRADIENT_TOLERANCE,
        maxfun=max_evaluations,
        maxiter=2 * max_evaluations,
    )
    return np.asarray(found_N, np.float64)
