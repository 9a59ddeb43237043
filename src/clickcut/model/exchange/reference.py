"""Reference containers: what RITM, SimpleClick and CFR-ICL save (spec 1.13), read and written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from clickcut.core.files import replacing
from clickcut.model.config import HrnetConfig, ModelConfig, SingleConfig, StagesConfig
from clickcut.model.exchange.field_pickles import FIELD_PICKLE, UnusedLoss
from clickcut.model.exchange.reference_config import config_of, description_of
from clickcut.model.exchange.stored import StoredTensor, StoredTensors
from clickcut.model.stages import stage_name

SIMPLECLICK_INFERENCE: Final = {"flip": True, "zoom": {"skip_clicks": -1}}
RITM_INFERENCE: Final = {"flip": True, "zoom": {"skip_clicks": 1}}


def is_container(value: Any) -> bool:
    """Whether a pickle's value is a reference container or a list of them."""
    if isinstance(value, list | tuple):
        return len(value) > 0 and all(is_container(one) for one in value)
    return isinstance(value, Mapping) and "state_dict" in value and "config" in value


def read_container(value: Any) -> tuple[ModelConfig, StoredTensors]:
    """Config and tensors of a container; of a list (multi-stage: a network for each click) those of all stages."""
    if isinstance(value, Mapping):
        return _read_one(value)
    stages = [_read_one(one) for one in value]
    if len(stages) == 1:
        return stages[0]
    config = StagesConfig(tuple(config for config, _ in stages))
    return config, {stage_name(index, name): tensor for index, (_, tensors) in enumerate(stages) for name, tensor in tensors.items()}


def _read_one(value: Mapping[str, Any]) -> tuple[SingleConfig, StoredTensors]:
    tensors = _tensors(value["state_dict"])
    return _config(value["config"], tensors), tensors


def inference_of(config: ModelConfig) -> dict[str, Any]:
    """How the field evaluates a network of this family (spec 3.4): its size comes from the network itself."""
    one = config.stages[0] if isinstance(config, StagesConfig) else config
    return dict(RITM_INFERENCE if isinstance(one, HrnetConfig) else SIMPLECLICK_INFERENCE)


def write_container(path: Path, config: ModelConfig, tensors: Mapping[str, Tensor]) -> None:
    """Writes a file that the field's code loads strictly; ``tensors`` are all of a network's, in its order.

    Floats are written as float32, which is what the field's networks hold.
    """
    stages = config.stages if isinstance(config, StagesConfig) else None
    value = _container(config, tensors) if stages is None else [_container(one, _stage(index, tensors)) for index, one in enumerate(stages)]
    with replacing(path) as file:
        torch.save(value, file, pickle_module=FIELD_PICKLE)


def _container(config: ModelConfig, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    state = OrderedDict((name, tensor.float() if tensor.is_floating_point() else tensor) for name, tensor in tensors.items())
    return {"state_dict": state, "config": description_of(config, UnusedLoss())}


def _stage(index: int, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    prefix = stage_name(index, "")
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _tensors(state: Any) -> StoredTensors:
    if not isinstance(state, Mapping) or not state:
        raise ValueError("expected a state_dict of named tensors")
    if others := [str(name) for name, tensor in state.items() if not isinstance(name, str) or not isinstance(tensor, StoredTensor)]:
        raise ValueError(f"expected tensors in the state_dict, found something else under {', '.join(others[:3])}")
    return dict(state)


def _config(description: Any, tensors: StoredTensors) -> SingleConfig:
    if any(name.startswith("rgb_conv.") for name in tensors):
        raise ValueError("its clicks enter by an rgb_conv, as in no released iterative model; clickcut has maps_transform only (quirk Q29)")
    try:
        return config_of(description)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"its config is incomplete or of another kind ({type(error).__name__}: {error})") from error
