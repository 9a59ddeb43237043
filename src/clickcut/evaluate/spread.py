"""How much figures depend on who clicks: the same objects by the field's user and by several others, each with several seeds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from clickcut.core.curves import mean_iou, mean_noc
from clickcut.core.files import replacing
from clickcut.evaluate.protocol import Aim, percent
from clickcut.evaluate.reports.centred import centred
from clickcut.evaluate.results import Results
from clickcut.evaluate.summary import MIOU_CLICKS

HUMAN_AIMS: Final[tuple[Aim, ...]] = ("jittered", "random", "border")
"""The users who are not the field's."""

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """Some runs' figures by name: the mean over runs, and the standard deviation between them (None for a single run)."""

    runs: int
    means: Figures
    deviations: Figures | None

    @classmethod
    def of(cls, runs: Sequence[Results]) -> Row:
        figures = [figures_of(run) for run in runs]
        means = {name: float(np.mean([one[name] for one in figures])) for name in figures[0]}
        if len(runs) == 1:
            return cls(1, means, None)
        return cls(len(runs), means, {name: float(np.std([one[name] for one in figures], ddof=1)) for name in means})


@dataclass(frozen=True, slots=True)
class Spread:
    """The runs of one benchmark by how they clicked: the field's clicks at the centre, and the others', a run a seed."""

    centre: Results
    human: Mapping[Aim, Sequence[Results]]

    def __post_init__(self) -> None:
        keys = [one.key for one in self.centre.objects]
        for run in self.every_human:
            if [one.key for one in run.objects] != keys:
                raise ValueError(f"{run.folder}: runs of different objects cannot be compared")

    @property
    def every_human(self) -> list[Results]:
        return [run for runs in self.human.values() for run in runs]

    @property
    def rows(self) -> dict[str, Row]:
        """The table's rows: the centre, each kind of user, and all of these but the field's together."""
        return {
            "centre": Row.of([self.centre]),
            **{aim: Row.of(runs) for aim, runs in self.human.items()},
            "all but centre": Row.of(self.every_human),
        }

    @property
    def within_objects(self) -> Figures:
        """How far runs but the field's differ on one and the same object: standard deviations of NoC, averaged over objects."""
        runs, protocol = self.every_human, self.centre.protocol
        spread = {}
        for t in protocol.thresholds:
            counts = [[curve.noc(t, protocol.max_clicks) for curve in run.curves] for run in runs]
            spread[_noc(t)] = float(np.std(counts, axis=0, ddof=1).mean())
        return spread

    def to_json(self) -> dict[str, Any]:
        """JSON values; what is NaN becomes null."""
        rows = {
            name: {"runs": row.runs, "mean": _plain(row.means), "deviation": row.deviations and _plain(row.deviations)}
            for name, row in self.rows.items()
        }
        return {
            "folder": self.centre.folder,
            "objects": len(self.centre.objects),
            "rows": rows,
            "within_objects": _plain(self.within_objects),
        }


def figures_of(results: Results) -> Figures:
    """NoC at each threshold and mIoU after a few clicks, by the names that tables use."""
    protocol, curves = results.protocol, results.curves
    nocs = {_noc(t): mean_noc(curves, t, protocol.max_clicks) for t in protocol.thresholds}
    return {**nocs, **{f"mIoU@{k}": mean_iou(curves, k) for k in MIOU_CLICKS if k <= protocol.max_clicks}}


def spread_table(spread: Spread) -> str:
    """One benchmark's table: means over runs, and after the sign the standard deviation between them."""
    rows = spread.rows
    names = list(rows["centre"].means)
    cells = [[name, str(row.runs), *(_cell(row, figure) for figure in names)] for name, row in rows.items()]
    within = spread.within_objects
    cells.append(["one object", "", *(f"± {within[name]:.2f}" if name in within else "" for name in names)])
    title = f"By who clicks: {spread.centre.folder}, {len(spread.centre.objects)} objects; ± is the standard deviation between runs"
    return "\n".join([title, *centred(["Clicks", "Runs", *names], cells), *_costs(rows)])


def write_spread(path: Path, spread: Spread) -> None:
    with replacing(path) as file:
        file.write((json.dumps(spread.to_json(), indent=2, allow_nan=False) + "\n").encode())


def _costs(rows: Mapping[str, Row]) -> list[str]:
    """How many more clicks people need than the field's user, who hits every centre."""
    means, centre = rows["all but centre"].means, rows["centre"].means
    changes = [f"{name} {means[name] / centre[name] - 1:+.1%}" for name in centre if name.startswith("NoC") and centre[name]]
    return [f"against clicks at the centre: {', '.join(changes)}"] if changes else []


def _cell(row: Row, figure: str) -> str:
    digits = 2 if figure.startswith("NoC") else 3
    told = f"{row.means[figure]:.{digits}f}"
    return told if row.deviations is None else f"{told} ± {row.deviations[figure]:.{digits}f}"


def _noc(threshold: float) -> str:
    return f"NoC@{percent(threshold)}%"


def _plain(figures: Figures) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else round(value, 5) for name, value in figures.items()}
