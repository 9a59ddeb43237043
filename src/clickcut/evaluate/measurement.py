"""One object while it is measured: the next click, and what each mask is worth. Whoever asks the network stands outside."""

from __future__ import annotations

import numpy as np

from clickcut.core.boundary import BoundaryIou
from clickcut.core.clicks import Click
from clickcut.core.curves import IouCurve
from clickcut.core.masks import Mask, Target, iou
from clickcut.evaluate.benchmark import BenchmarkObject
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult
from clickcut.evaluate.start_masks import start_mask_for
from clickcut.evaluate.users import user_for


class Measurement:
    """Simulated clicks on an object until its IoU reaches the target or the clicks are used up.

    It changes as masks come. ``start`` is the mask to begin with, if there is one; no more clicks are needed once ``next_click`` is None.
    """

    def __init__(self, one: BenchmarkObject, target: Target, protocol: Protocol) -> None:
        self.start = start_mask_for(one, target, protocol)
        self._one, self._target, self._protocol = one, target, protocol
        self._user = user_for(one.image, one.object_id, protocol)
        self._boundary_iou = BoundaryIou.of(target)
        self._mask = np.zeros(target.shape, np.bool_) if self.start is None else self.start
        self._clicked = np.zeros(target.shape, np.bool_)
        worth = None if protocol.start is None else self._worth(self._mask)
        self._start_iou: float | None = None if worth is None else worth[0]
        self._start_biou: float | None = None if worth is None else worth[1]
        self._clicks: list[Click] = []
        self._ious: list[float] = []
        self._bious: list[float] = []
        self._seconds = 0.0

    def next_click(self) -> Click | None:
        """The user's next click on the present mask; None when the object is through."""
        if len(self._ious) == self._protocol.max_clicks or self._is_there():
            return None
        click = self._user.click(self._mask, self._target, self._clicked)
        self._clicked[int(click.y), int(click.x)] = True
        self._clicks.append(click)
        return click

    def answered(self, mask: Mask, seconds: float) -> None:
        """Takes the mask (H, W) that the last click led to, and how long it took."""
        self._mask = mask
        value, boundary_value = self._worth(mask)
        self._ious.append(value)
        self._bious.append(boundary_value)
        self._seconds += seconds

    def result(self, *, encodes: int, passes: int) -> ObjectResult:
        return ObjectResult(
            image=self._one.image,
            object_id=self._one.object_id,
            clicks=tuple(self._clicks),
            ious=tuple(self._ious),
            encodes=encodes,
            passes=passes,
            seconds=self._seconds,
            bious=tuple(self._bious),
            start_iou=self._start_iou,
            start_biou=self._start_biou,
        )

    def _is_there(self) -> bool:
        last = self._ious[-1] if self._ious else self._start_iou
        return last is not None and IouCurve((last,)).reached(self._protocol.target)

    def _worth(self, mask: Mask) -> tuple[float, float]:
        return float(iou(mask, self._target)), float(self._boundary_iou(mask))
