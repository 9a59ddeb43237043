"""A picture of mIoU per click, where matplotlib is there."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from clickcut.core.curves import mean_iou
from clickcut.core.files import replacing
from clickcut.evaluate.results import Results

PLOT_NOTE: Final = "no plot was drawn, for that needs matplotlib: pip install 'clickcut[train]'"


def can_plot() -> bool:
    """Whether matplotlib is there, which comes with the extra ``train``."""
    return find_spec("matplotlib") is not None


def write_plot(results: Sequence[Results], path: Path) -> str | None:
    """Draws mIoU per click, one line for each of the results; without matplotlib it draws nothing and gives a note that says so."""
    if not can_plot():
        return PLOT_NOTE
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)  # draws without a screen
    axes = figure.add_subplot()
    for one in results:
        clicks = range(1, one.protocol.max_clicks + 1)
        mious = [mean_iou(one.curves, k) for k in clicks]
        axes.plot(clicks, mious, marker="o", markersize=3, label=f"{one.name}, {one.folder} ({len(one.objects)} objects)")
    axes.set(xlabel="clicks", ylabel="mean IoU")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=120)
    return None
