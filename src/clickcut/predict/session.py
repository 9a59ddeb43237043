"""A session: a scene and its history. Command line, benchmark, web server and integrations all click here."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import MAX_OBJECT_ID, LabelMap, Mask
from clickcut.predict.history import CutObject, History, Moment, label_map_of
from clickcut.predict.predictor import Predictor
from clickcut.predict.requests import Passes, alone
from clickcut.predict.saved import read_history, write_history
from clickcut.predict.scene import Scene
from clickcut.predict.state import State


class Session:
    """Clicks on one image, object after object; every change can be undone and redone exactly.

    It changes as it is used, so one thread at a time; the predictor may be shared. Give a ``Scene`` instead of an image (H, W, 3), uint8
    RGB, to share the features of its crops with other sessions on the same image.
    """

    def __init__(self, predictor: Predictor, image: NDArray[np.uint8] | Scene) -> None:
        self.predictor = predictor
        self.scene = image if isinstance(image, Scene) else Scene(image)
        self._history = History.empty()

    @property
    def hw(self) -> tuple[int, int]:
        """(height, width) of the image."""
        return self.scene.hw

    @property
    def state(self) -> State:
        """The state of the object in progress."""
        return self._history.present.state

    @property
    def clicks(self) -> Clicks:
        """The clicks of the object in progress."""
        return self.state.clicks

    @property
    def probs(self) -> NDArray[np.float32]:
        """The probabilities (H, W) in [0, 1] that a pixel is the object in progress; zeros before the first click."""
        return self.state.probs_in(Box.whole(self.hw))

    @property
    def mask(self) -> Mask:
        """The mask (H, W) of the object in progress."""
        return self.probs > self.predictor.threshold

    @property
    def num_objects(self) -> int:
        """How many objects are finished."""
        return len(self._history.present.objects)

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    def click(self, *, y: float, x: float, positive: bool = True) -> Mask:
        """Adds a click, in pixels of the image, and gives the new mask (H, W)."""
        return self.add(Click(float(y), float(x), bool(positive)))

    def add(self, click: Click) -> Mask:
        """``click`` for a click that exists already, as the simulator's do."""
        return alone(self.adding(click))

    def adding(self, click: Click) -> Passes[Mask]:
        """The passes of ``add``, for whoever answers those of many sessions together; until they are through, the session is as before."""
        height, width = self.hw
        if not (math.isfinite(click.y) and math.isfinite(click.x)):
            raise ValueError(f"a click in this image of {width} x {height} pixels needs finite numbers, got x={click.x}, y={click.y}")
        if not (0 <= click.y < height and 0 <= click.x < width):
            raise ValueError(
                f"the click x={click.x:g}, y={click.y:g} lies outside of the image, which is {width} pixels wide and {height} high"
            )
        self._go_on_with((yield from self.predictor.stepping(self.scene, self.state, click)))
        return self.mask

    def start_from(self, mask: Mask | NDArray[np.integer[Any]]) -> None:
        """Begins the object in progress anew, from a mask (H, W), bool or integers other than 0 where the object is."""
        if mask.shape != self.hw:
            raise ValueError(f"expected a starting mask of the image's shape {self.hw} (height, width), got {mask.shape}")
        if not (mask.dtype == np.bool_ or np.issubdtype(mask.dtype, np.integer)):
            raise ValueError(f"expected a starting mask of bool or whole numbers, got {mask.dtype}")
        if not mask.any():
            raise ValueError("the starting mask is empty; leave it out to begin without one")
        self._go_on_with(self.predictor.start_from(mask != 0))

    def reset(self) -> None:
        """Drops the object in progress, its clicks and its starting mask; finished objects stay."""
        self._go_on_with(State())

    def finish_object(self, *, over: bool = False) -> int:
        """Keeps the mask as the next object, begins a new one and gives the kept one's label, counted from 1.

        Objects share no pixel: those that finished objects hold stay theirs, or go to the new one with ``over``.
        """
        mask = self.mask if over else self.mask & (self.label_map() == 0)
        if not mask.any():
            raise ValueError("there is no object to finish: the mask is empty, or finished objects hold all of its pixels")
        if self.num_objects == MAX_OBJECT_ID:
            raise ValueError(f"a label map holds at most {MAX_OBJECT_ID} objects, and as many are finished")
        objects = (*self._history.present.objects, CutObject.of(mask))
        self._history = self._history.then(Moment(State(), objects))
        return len(objects)

    def label_map(self) -> LabelMap:
        """All finished objects (H, W): 0 for none, else the label that ``finish_object`` gave."""
        return label_map_of(self._history.present.objects, self.hw)

    def undo(self) -> bool:
        """Takes the last change back, be it a click or any other; False when there is nothing to take back."""
        if not self.can_undo:
            return False
        self._history = self._history.undone()
        return True

    def redo(self) -> bool:
        """Makes the change again that was undone last; False when there is none."""
        if not self.can_redo:
            return False
        self._history = self._history.redone()
        return True

    def forget_past(self) -> None:
        """Lets go of all that could be undone or redone: of a benchmark's many sessions at once, only the present counts."""
        self._history = History((self._history.present,), 0)

    def save(self, path: Path) -> None:
        """Writes the whole history to one .npz file, atomically; neither the image nor the predictor's options go into it."""
        write_history(path, self._history, self.scene)

    @classmethod
    def restore(cls, path: Path, predictor: Predictor, image: NDArray[np.uint8] | Scene) -> Session:
        """The session that ``save`` wrote, to the last bit and with all that it can undo, on the same image."""
        session = cls(predictor, image)
        session._history = read_history(path, session.scene)
        return session

    def _go_on_with(self, state: State) -> None:
        self._history = self._history.then(replace(self._history.present, state=state))
