"""Backpropagating refinement (BRS): which kind of it, and how far it goes. What a user may ask for, without torch; ``refinement`` does it.

After Jang and Kim (CVPR 2019) and f-BRS (Sofiiuk et al., arXiv 2001.10331), with RITM's constants.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from clickcut.model.network import Place

Mode: TypeAlias = Literal["rgb-brs", "distmap-brs", "f-brs-a", "f-brs-b", "f-brs-c"]

NAMES: Final[dict[Mode, str]] = {
    "rgb-brs": "RGB-BRS",
    "distmap-brs": "DistMap-BRS",
    "f-brs-a": "f-BRS-A",
    "f-brs-b": "f-BRS-B",
    "f-brs-c": "f-BRS-C",
}
"""The modes as the field writes them."""

# A and B differ in DeepLab alone: in an HRNet, both alter the joined features of all branches.
_PLACES: Final[dict[Mode, Place]] = {
    "rgb-brs": "rgb",
    "distmap-brs": "click-maps",
    "f-brs-a": "backbone",
    "f-brs-b": "backbone",
    "f-brs-c": "context",
}
_INPUT_MODES: Final = frozenset[Mode]({"rgb-brs", "distmap-brs"})
_INPUT_CLICKS, _FEATURE_CLICKS = 5, 8


@dataclass(frozen=True, slots=True)
class Brs:
    """Options of backpropagating refinement: what is altered until the clicked pixels come out as they were clicked.

    The network sees the first ``clicks_limit`` clicks alone, the loss sees all. The optimiser runs from click ``after_clicks`` + 1 on,
    for about ``max_evaluations`` evaluations (it finishes the line search that it is in), and stops early when the mean IoU of two masks in
    a row is above 1 - ``min_iou_diff`` (0: never).
    """

    mode: Mode
    clicks_limit: int
    max_evaluations: int = 20
    min_iou_diff: float = 0.01
    after_clicks: int = 1

    def __post_init__(self) -> None:
        if self.mode not in NAMES:
            raise ValueError(f"BRS: expected a mode of {', '.join(map(repr, NAMES))}, got {self.mode!r}")
        if self.clicks_limit < 1:
            raise ValueError(f"BRS: the network must see 1 click or more, got a limit of {self.clicks_limit}")
        if self.max_evaluations < 1:
            raise ValueError(f"BRS: max_evaluations must be 1 or more, got {self.max_evaluations}")
        if not 0 <= self.min_iou_diff < 1:
            raise ValueError(f"BRS: min_iou_diff must be 0 or more and less than 1, got {self.min_iou_diff}")
        if self.after_clicks < 0:
            raise ValueError(f"BRS: after_clicks must be 0 or more, got {self.after_clicks}")

    @classmethod
    def named(cls, name: str, clicks_limit: int | None = None) -> Brs:
        """The mode that a name in the field's spelling, or any other case, stands for; without a limit of clicks the field's for it."""
        mode = _mode_of(name)
        if clicks_limit is None:
            clicks_limit = _INPUT_CLICKS if mode in _INPUT_MODES else _FEATURE_CLICKS
        return cls(mode, clicks_limit)

    @property
    def name(self) -> str:
        return NAMES[self.mode]

    @property
    def place(self) -> Place:
        """Where it alters a network."""
        return _PLACES[self.mode]

    @property
    def alters_input(self) -> bool:
        """Whether it adds to what enters the network, pixel by pixel, rather than scaling the channels of its features."""
        return self.mode in _INPUT_MODES


def brs_of(name: str | None, clicks_limit: int | None) -> Brs | None:
    """What a user asks for; None where no mode is named."""
    if name is not None:
        return Brs.named(name, clicks_limit)
    if clicks_limit is not None:
        raise ValueError("a limit of the clicks that BRS shows the network has no effect without BRS: name a mode too")
    return None


def names_at(places: Collection[Place]) -> list[str]:
    """The modes, as the field writes them, that a network can serve which may be altered at ``places``."""
    return [name for mode, name in NAMES.items() if _PLACES[mode] in places]


def _mode_of(name: str) -> Mode:
    for mode in NAMES:
        if name.strip().lower() == mode:
            return mode
    near = [known for known in NAMES.values() if known.lower() in difflib.get_close_matches(name.lower(), NAMES, n=1)]
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ValueError(f"there is no BRS mode {name!r}{hint}; expected one of {', '.join(NAMES.values())}")
