"""How is measured: the limit of clicks, the IoU that is good enough, and which objects of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Aim: TypeAlias = Literal["centre", "random", "jittered", "border"]
"""Where simulated users click within the largest error: its centre, as the field does, anywhere, about the centre, or near its border."""

Start: TypeAlias = Literal["given", "perturbed"]
"""What mask an object begins with: one that comes with the benchmark, or its target with defects."""

FIELD_CLICKS: Final = 20
"""How many clicks an object gets in the field's tables at most."""

FIELD_THRESHOLDS: Final = (0.80, 0.85, 0.90, 0.95)
"""The IoUs whose NoC the field reports."""

NEVER_STOP: Final = 1.01
"""The field's target for curves that go on to the last click, whatever the IoU."""

_SAME: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Protocol:
    """At most ``max_clicks`` simulated clicks on an object, fewer once its IoU reaches ``target``; specification 3.2 and 3.3.

    ``every`` takes every so-manieth object of a benchmark, beginning with its first, and ``limit`` the first so many of those.
    ``clicks`` says where the largest error is clicked; ``seed`` belongs to what is left to chance. ``start`` has objects begin with a mask;
    one that is perturbed has an IoU between ``start_low`` and ``start_high``.
    """

    max_clicks: int = FIELD_CLICKS
    target: float = 0.95
    limit: int | None = None
    every: int = 1
    clicks: Aim = "centre"
    seed: int = 0
    start: Start | None = None
    start_low: float | None = None
    start_high: float | None = None

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
            raise ValueError(f"expected clicks that are {', '.join(get_args(Aim)[:-1])} or {get_args(Aim)[-1]}, got {self.clicks!r}")
        self._check_start()
        if self.seed < 0 or (self.seed and not self.has_chance):
            raise ValueError(
                f"a seed is a number from 0 on, for clicks or starts of chance; got {self.seed} for clicks at the {self.clicks}"
            )

    @property
    def has_chance(self) -> bool:
        """Whether anything depends on the seed."""
        return self.clicks != "centre" or self.start == "perturbed"

    @property
    def start_band(self) -> tuple[float, float]:
        """The IoUs between which those of perturbed starting masks lie."""
        assert self.start_low is not None, "only perturbed starting masks have one"
        assert self.start_high is not None, "and it has two ends"
        return self.start_low, self.start_high

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The IoUs whose NoC this protocol measures: the field's up to the target, and the target itself.

        Beyond the target nothing is known, for there the clicks stop.
        """
        within = tuple(threshold for threshold in FIELD_THRESHOLDS if threshold <= self.target + _SAME)
        known = any(abs(threshold - self.target) < _SAME for threshold in within)
        return within if known or self.target > 1 else (*within, self.target)

    def _check_start(self) -> None:
        if self.start is not None and self.start not in get_args(Start):
            raise ValueError(f"expected starting masks that are {' or '.join(get_args(Start))}, got {self.start!r}")
        if self.start != "perturbed" and (self.start_low, self.start_high) != (None, None):
            raise ValueError("a range of IoUs for starting masks belongs to perturbed ones")
        if self.start == "perturbed" and not (
            self.start_low is not None and self.start_high is not None and 0 < self.start_low <= self.start_high < 1
        ):
            raise ValueError(
                "perturbed starting masks need a range of IoUs between 0 and 1, the lower one first; "
                f"got {self.start_low} to {self.start_high}"
            )


def percent(threshold: float) -> str:
    """A threshold as tables and results name it: 0.9 is "90", 0.975 is "97.5"."""
    return f"{threshold * 100:.6g}"
