"""The best weights of a run so far, by NoC: a model file of their own, which a later, worse step does not overwrite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clickcut.model.build import AnyNetwork
from clickcut.model.header import Header
from clickcut.model.weights import read_header, save_weights
from clickcut.train.noc import Figures


@dataclass(frozen=True, slots=True)
class Best:
    """Keeps ``path`` the model file of the best figures it was offered; what is best so far stands in the file's own card."""

    path: Path

    @property
    def figures(self) -> Figures | None:
        """The figures of what is kept; None before anything is."""
        if not self.path.is_file():
            return None
        found = read_header(self.path).card.get("measured in training")
        return {name: float(value) for name, value in found.items()} if isinstance(found, dict) else None

    def offer(self, network: AnyNetwork, header: Header, figures: Figures) -> bool:
        """Keeps a network as it is now if fewer clicks do (then: if the first one does more), and says whether it did."""
        kept = self.figures
        if kept is not None and _rank(figures) >= _rank(kept):
            return False
        card = {**header.card, "measured in training": dict(figures)}
        save_weights(self.path, network, Header(header.config, card, header.inference))
        return True


def _rank(figures: Figures) -> tuple[float, float, float]:
    """Smaller is better."""
    return float(figures["NoC@90"]), float(figures["NoC@85"]), -float(figures["mIoU@1"])
