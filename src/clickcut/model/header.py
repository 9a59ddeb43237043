"""What a weights file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clickcut.model.config import ModelConfig


@dataclass(frozen=True, slots=True)
class Header:
    """How to build a weights file's network, where it comes from (``card``), and how it is meant to be used (``inference``)."""

    config: ModelConfig
    card: Mapping[str, Any]
    inference: Mapping[str, Any]
