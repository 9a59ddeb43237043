"""From a config to its network: the one place that knows which family a config belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch.overrides import TorchFunctionMode

from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SamConfig, StagesConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.late import SamLineage
from clickcut.model.ritm import ClickedHrnet
from clickcut.model.stages import Stages

AnyNetwork: TypeAlias = EarlyFusion | SamLineage | ClickedHrnet | Stages


def build_network(config: ModelConfig) -> AnyNetwork:
    """A network with fresh weights."""
    match config:
        case PlainVitConfig():
            return EarlyFusion(config)
        case HrnetConfig():
            return ClickedHrnet(config)
        case SamConfig():
            return SamLineage(config)
        case StagesConfig():
            return Stages(config, [build_network(stage) for stage in config.stages])


def outline_network(config: ModelConfig) -> AnyNetwork:
    """A network whose tensors have shapes but no memory (torch's meta device), to be filled from a file."""
    with torch.device("meta"), _NoNormals():
        return build_network(config)


class _NoNormals(TorchFunctionMode):
    """Leaves out filling with normal numbers: on the meta device torch would import its compiler for that, which takes seconds."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.randn:
            func = torch.empty
        elif getattr(func, "__name__", "") in ("normal_", "kaiming_normal_"):  # of tensors and of torch.nn.init alike
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)
