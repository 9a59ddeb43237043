"""From what ``evaluate`` is told to how it measures: one protocol, or with ``--clicks human`` one for each user and seed."""

from __future__ import annotations

from clickcut.cli.options import ProtocolOptions
from clickcut.evaluate.protocol import Aim, Protocol, Start
from clickcut.evaluate.spread import HUMAN_AIMS

DEFAULT_SEEDS = 3
DEFAULT_START_IOU = (0.75, 0.85)
"""That of DAVIS-585's masks."""


def protocols_of(options: ProtocolOptions) -> dict[str, Protocol]:
    """The protocols by the names of their folders: a single one under "", else "centre", "jittered-0", "jittered-1" and so on."""
    if options.clicks != "human":
        if options.seeds is not None:
            raise ValueError("--seeds belongs to --clicks human; --seed chooses that of a single run")
        return {"": _protocol(options, options.clicks, options.seed)}
    num_seeds = DEFAULT_SEEDS if options.seeds is None else options.seeds
    if num_seeds < 1:
        raise ValueError(f"--seeds: expected 1 or more, got {num_seeds}")
    seeds = range(options.seed, options.seed + num_seeds)
    return {
        "centre": _protocol(options, "centre", options.seed if options.start_mask == "perturbed" else 0),
        **{f"{aim}-{seed}": _protocol(options, aim, seed) for aim in HUMAN_AIMS for seed in seeds},
    }


def _protocol(options: ProtocolOptions, clicks: Aim, seed: int) -> Protocol:
    low, high = _start_band(options.start_mask, options.start_iou)
    return Protocol(
        max_clicks=options.max_clicks,
        target=options.target,
        limit=options.limit,
        every=options.every,
        clicks=clicks,
        seed=seed,
        start=options.start_mask,
        start_low=low,
        start_high=high,
    )


def _start_band(start: Start | None, text: str | None) -> tuple[float, float] | tuple[None, None]:
    """The IoUs in "LOW,HIGH"."""
    if text is None:
        return DEFAULT_START_IOU if start == "perturbed" else (None, None)
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"--start-iou: expected two IoUs as LOW,HIGH, such as 0.75,0.85, got {text!r}") from error
    return low, high
