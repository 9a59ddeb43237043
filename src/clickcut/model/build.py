"""From a config to its network: the one place that knows which family a config belongs to."""

from __future__ import annotations

from typing import TypeAlias

from clickcut.model.config import ModelConfig, PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.late import SamLineage

AnyNetwork: TypeAlias = EarlyFusion | SamLineage


def build_network(config: ModelConfig) -> AnyNetwork:
    """A network with fresh weights."""
    return EarlyFusion(config) if isinstance(config, PlainVitConfig) else SamLineage(config)
