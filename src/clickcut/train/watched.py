"""A run watched on photos of the user's choice: NoC now and then, and the best weights kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clickcut.core.progress import Progress
from clickcut.data.photos import LabelledSet
from clickcut.model.build import AnyNetwork
from clickcut.model.header import Header
from clickcut.predict.options import predictor_for
from clickcut.predict.predictor import Predictor
from clickcut.train.best import Best
from clickcut.train.noc import Figures, Yardstick


@dataclass(frozen=True, slots=True)
class Watched:
    """A network in training, what it is measured on, and where its best weights go, as the model file that ``header`` describes.

    ``best`` is None on ranks that only measure along.
    """

    network: AnyNetwork
    header: Header
    yardstick: Yardstick
    best: Best | None

    @classmethod
    def begin(
        cls, network: AnyNetwork, header: Header, val: LabelledSet, best: Best | None, record: Path, *, resume: bool, progress: Progress
    ) -> Watched:
        """Measures the start, which chooses the objects; a run that goes on takes those of before from its ``record``."""
        if resume and record.is_file():
            return cls(network, header, Yardstick.read(record, val.photos), best)
        with progress(f"measuring the start on {val.path.name}") as advance:
            yardstick = Yardstick.chosen(val.photos, _predictor(network, header), advance=advance)
        yardstick.write(record)
        return cls(network, header, yardstick, best)

    def measure(self) -> Figures:
        """The figures of the network as it is now, which is kept if it is the best so far."""
        figures = self.yardstick.measure(_predictor(self.network, self.header))
        if self.best is not None:
            self.best.offer(self.network, self.header, figures)
        return figures

    def plan(self, every: int) -> str:
        """What will be measured, and what that costs."""
        return (
            f"--val: NoC of {len(self.yardstick.objects)} objects every {every} steps, about {self.yardstick.seconds:.0f} s each time; "
            f"the start: {in_words(self.yardstick.start)}"
        )

    def summary(self) -> str:
        """What came of it; says so where nothing was better than the start."""
        figures = None if self.best is None else self.best.figures
        if self.best is None or figures is None:
            return "--val: nothing was measured"
        worse = figures["NoC@90"] > self.yardstick.start["NoC@90"]
        note = ", so that the start was better" if worse else ""
        return f"best on --val: {in_words(figures)} (the start: {in_words(self.yardstick.start)}{note}); kept in {self.best.path}"


def measured_every(steps: int) -> int:
    """About six times in a run, but never more often than every 25 steps nor less often than every 200."""
    return min(200, max(25, -(-steps // 6)))


def in_words(figures: Figures) -> str:
    return ", ".join(f"{name} {figures[name]:.{3 if name.startswith('mIoU') else 2}f}" for name in ("NoC@85", "NoC@90", "mIoU@1"))


def _predictor(network: AnyNetwork, header: Header) -> Predictor:
    return predictor_for(network, header.inference)
