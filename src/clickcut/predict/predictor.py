"""One click's way through a network: choose a crop, encode it, decode, paste; again while the cascade asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.core.masks import Mask
from clickcut.core.simulate import MASK_THRESHOLD
from clickcut.model.fit import Fitting
from clickcut.model.network import Features, Network
from clickcut.predict.brs import Brs
from clickcut.predict.cascade import Cascade
from clickcut.predict.looks import Looks
from clickcut.predict.refinement import Refinement
from clickcut.predict.requests import Decoding, Encoding, Passes, Refining, alone
from clickcut.predict.scene import Framing, Scene
from clickcut.predict.state import State, Tuned
from clickcut.predict.zoom import NOT_ZOOMED, Aim, Zoom


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """Frozen options around a network; it holds nothing of any session, so threads and sessions may share it.

    ``flip`` averages the logits of each crop and its mirror image. ``threshold`` is the probability above which a pixel is the object's.
    ``fitting`` replaces the network's own, for another input size. With ``brs`` each pass, those of a cascade among them, is one of
    backpropagating refinement: it uses no encoded crop of the scene, and counts as one however often its optimiser asks the network.
    """

    network: Network
    zoom: Zoom | None = None
    cascade: Cascade = field(default_factory=Cascade)
    flip: bool = False
    threshold: float = MASK_THRESHOLD
    fitting: Fitting | None = None
    brs: Brs | None = None

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise ValueError(f"the mask's threshold must lie between 0 and 1, got {self.threshold}")
        if self.brs is not None:
            Refinement.of(self.network, self.brs, self.threshold)  # refuses a network that cannot be altered so

    def step(self, scene: Scene, state: State, click: Click) -> State:
        """The state after one more click."""
        return alone(self.stepping(scene, state, click))

    def stepping(self, scene: Scene, state: State, click: Click) -> Passes[State]:
        """The passes that give the state after one more click, for whoever answers those of many objects together."""
        return self._passes(scene, replace(state, clicks=(*state.clicks, click)))

    def start_from(self, mask: Mask) -> State:
        """The state of a session that begins with a mask (H, W) of the whole image and no click.

        It seeds the probabilities and the box that zoom-in would choose for it, once. So it reaches the first pass, cascade or not, and
        from then on the network sees its own answers; the field drops such a mask in the cascade and repeats it elsewhere (quirks Q3, Q4).
        """
        hw = (mask.shape[0], mask.shape[1])
        whole = State(probs=mask.astype(np.float32))
        if self.zoom is None or self.zoom.skip_clicks > 0:
            return whole
        box = self.zoom.object_box(whole, (), hw)
        return whole if box is None else State(box=box, probs=whole.probs_in(box))

    def next_framing(self, scene: Scene, state: State) -> Framing:
        """What the next click's first pass looks at, as far as it can be told before the click: encoded already, the click costs little."""
        return self._framing(NOT_ZOOMED if self.zoom is None else self.zoom.aim(state, scene.hw), scene.hw)

    def prepare(self, scene: Scene, state: State) -> None:
        """Encodes ``next_framing`` unless the scene holds it."""
        request = Encoding(self.network, scene, self.next_framing(scene, state))
        with torch.inference_mode():
            request.answer()

    def _passes(self, scene: Scene, state: State, seen: State | None = None) -> Passes[State]:
        """Passes for the last click; the first of them chooses its crop by ``seen`` if it is given."""
        for k in range(self.cascade.passes_for(len(state.clicks))):
            before = state
            state = yield from self._pass(scene, state, seen if seen is not None and k == 0 else state)
            if k > 0 and self.cascade.settled(before, state):  # compares passes of the same click only
                break
        return state

    def _pass(self, scene: Scene, state: State, seen: State) -> Passes[State]:
        aim = NOT_ZOOMED if self.zoom is None else self.zoom.aim(seen, scene.hw)
        after = yield from self._look(scene, state, aim)
        if self.zoom is not None and self.zoom.starts_over(after, scene.hw):
            # Quirk Q1: a whole new cascade, nested in this pass, whose crop comes from the mask just made, but whose network is fed the
            # mask from before it. It stores a box, and so does not start over again. What BRS has tuned goes on.
            return (yield from self._passes(scene, replace(state, tuned=after.tuned), seen=after))
        return after

    def _look(self, scene: Scene, state: State, aim: Aim) -> Passes[State]:
        """One pass: at ``aim.crop``, pasted into ``aim.into``."""
        scene.count_pass()
        framing = self._framing(aim, scene.hw)
        logits, tuned = yield from self._answer(scene, state, framing, renewed=aim.renewed)
        # Logits are averaged before the sigmoid, and probabilities are what is resized back (quirk Q15).
        into = aim.into or Box.whole(scene.hw)
        probs = framing.fitting.fit(into.hw).restore(torch.sigmoid(logits.mean(dim=0, keepdim=True) if len(logits) > 1 else logits))
        return State(state.clicks, aim.into, probs[0, 0].float().cpu().numpy(), tuned)

    def _answer(self, scene: Scene, state: State, framing: Framing, *, renewed: bool) -> Passes[tuple[Tensor, Tuned | None]]:
        """The logits over the crop, (B, 1, H, W), one row a look, and what refinement keeps."""
        looks = Looks.of(framing)
        if self.brs is not None:
            refinement = Refinement.of(self.network, self.brs, self.threshold)
            refined: tuple[Tensor, Tuned | None] = yield Refining(refinement, scene.image, looks, state, renewed)
            return refined
        features: Features = yield Encoding(self.network, scene, framing)
        prev = None if state.probs is None else looks.prev(state.probs_in(looks.crop), self.network.device)
        logits: Tensor = yield Decoding(self.network, looks, features, prev, state.clicks)
        return looks.logits(logits), None

    def _framing(self, aim: Aim, hw: tuple[int, int]) -> Framing:
        fitting = self.fitting or self.network.fitting
        if aim.crop is None:
            return Framing(Box.whole(hw), self.flip, fitting.unzoomed())
        return Framing(aim.crop, self.flip, fitting)
