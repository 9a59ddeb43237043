"""How is measured: the limit of clicks, the IoU that is good enough, and which objects of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Aim: TypeAlias = Literal["centre", "random"]
"""Where simulated users click within the largest error: its centre, as the field does, or anywhere."""

FIELD_THRESHOLDS: Final = (0.80, 0.85, 0.90, 0.95)
"""The IoUs whose NoC the field reports."""

NEVER_STOP: Final = 1.01
"""The field's target for curves that go on to the last click, whatever the IoU."""

_SAME: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Protocol:
    """At most ``max_clicks`` simulated clicks on an object, fewer once its IoU reaches ``target``; specification 3.2 and 3.3.

    ``every`` takes every so-manieth object of a benchmark, beginning with its first, and ``limit`` the first so many of those.
    ``clicks`` says where the largest error is clicked; ``seed`` belongs to clicks that leave it to chance.
    """

    max_clicks: int = 20
    target: float = 0.95
    limit: int | None = None
    every: int = 1
    clicks: Aim = "centre"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_clicks < 1:
            raise ValueError(f"expected at least 1 click an object, got a limit of {self.max_clicks} clicks")
        if not 0 < self.target <= NEVER_STOP:  # NaN too
            raise ValueError(f"the target is an IoU between 0 and 1 ({NEVER_STOP} never stops early), got {self.target}")
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"expected a limit of at least 1 object, got {self.limit}")
        if self.every < 1:
            raise ValueError(f"expected every object (1), every second (2) and so on, got {self.every}")
        if self.clicks not in get_args(Aim):
            raise ValueError(f"expected clicks at the {' or '.join(get_args(Aim))} of errors, got {self.clicks!r}")
        if self.seed < 0 or (self.seed and self.clicks == "centre"):
            raise ValueError(f"a seed is a number from 0 on, and belongs to random clicks; got {self.seed} for clicks at the {self.clicks}")

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The IoUs whose NoC this protocol measures: the field's up to the target, and the target itself.

        Beyond the target nothing is known, for there the clicks stop.
        """
        within = tuple(threshold for threshold in FIELD_THRESHOLDS if threshold <= self.target + _SAME)
        known = any(abs(threshold - self.target) < _SAME for threshold in within)
        return within if known or self.target > 1 else (*within, self.target)


def percent(threshold: float) -> str:
    """A threshold as tables and results name it: 0.9 is "90", 0.975 is "97.5"."""
    return f"{threshold * 100:.6g}"
