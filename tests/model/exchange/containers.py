"""Reference containers as the field's code saves them: written here by plain pickling, with modules that stand for its own."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig, PlainVitConfig
from tests.model.formula import fill_by_formula

TINY_VIT = PlainVitConfig(patch=16, dim=32, depth=8, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)
TINY_HRNET = HrnetConfig(width=4, ocr_width=6, small=True)
MEAN_STD = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


@contextmanager
def field_modules() -> Iterator[type[nn.Module]]:
    """While it lasts, the module of the field's loss object can be imported; gives its class."""
    path = "isegm.model.modeling.transformer_helper.cross_entropy_loss"
    names = [".".join(path.split(".")[: count + 1]) for count in range(len(path.split(".")))]
    modules = {name: ModuleType(name) for name in names}

    def cross_entropy() -> None: ...

    class CrossEntropyLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cls_criterion = cross_entropy

    for name, value in (("CrossEntropyLoss", CrossEntropyLoss), ("cross_entropy", cross_entropy)):
        value.__module__, value.__qualname__ = path, name
        setattr(modules[path], name, value)
    sys.modules.update(modules)
    try:
        yield CrossEntropyLoss
    finally:
        for name in names:
            del sys.modules[name]


def vit_description(loss: object, **changes: Any) -> dict[str, Any]:
    """The config of ``TINY_VIT`` as the field saves it (spec 1.13); ``changes`` replace parameters."""
    specified = {
        "use_disks": True, "norm_radius": 5, "with_prev_mask": True, "random_split": False,
        "backbone_params": {
            "img_size": [448, 448], "patch_size": (16, 16), "in_chans": 3, "embed_dim": 32, "depth": 8, "num_heads": 4, "mlp_ratio": 4,
            "qkv_bias": True,
        },
        "neck_params": {"in_dim": 32, "out_dims": [8, 16, 24, 32]},
        "head_params": {
            "in_channels": [8, 16, 24, 32], "in_index": [0, 1, 2, 3], "dropout_ratio": 0.1, "num_classes": 1, "loss_decode": loss,
            "align_corners": False, "upsample": "x1", "channels": 16,
        },
    }  # fmt: skip
    defaults = {
        "with_aux_output": False,
        "cpu_dist_maps": False,
        "use_rgb_conv": False,
        "use_leaky_relu": False,
        "norm_mean_std": MEAN_STD,
    }
    return described("isegm.model.is_plainvit_model.PlainVitModel", specified | changes, defaults)


def hrnet_description(**changes: Any) -> dict[str, Any]:
    """The config of ``TINY_HRNET`` as RITM saves it."""
    specified = {
        "width": 4, "ocr_width": 6, "small": True, "with_aux_output": True, "use_leaky_relu": True, "use_rgb_conv": False,
        "use_disks": True, "norm_radius": 5, "with_prev_mask": True,
    }  # fmt: skip
    defaults = {"backbone_lr_mult": 0.1, "binary_prev_mask": False, "clicks_groups": None, "conv_extend": False, "norm_mean_std": MEAN_STD}
    return described("isegm.model.is_hrnet_model.HRNetModel", specified | changes, defaults)


def described(path: str, specified: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    values = {**{name: (value, False) for name, value in defaults.items()}, **{name: (value, True) for name, value in specified.items()}}
    ordered = [*specified, *(name for name in defaults if name not in specified)]
    return {
        "class": path,
        "params": {name: {"type": "builtin", "value": values[name][0], "specified": values[name][1]} for name in ordered},
    }


def formula_state(config: PlainVitConfig | HrnetConfig) -> OrderedDict[str, torch.Tensor]:
    """A network's tensors with formula weights (A.2, A.4), in its order."""
    network = build_network(config)
    fill_by_formula(network)
    return OrderedDict(network.state_dict())


def save_vit(path: Path, **changes: Any) -> Path:
    """``TINY_VIT`` with the weights of A.2, as the field's code saves it."""
    with field_modules() as loss:
        torch.save({"state_dict": formula_state(TINY_VIT), "config": vit_description(loss(), **changes)}, path)
    return path


def save_hrnet(path: Path, **changes: Any) -> Path:
    torch.save({"state_dict": formula_state(TINY_HRNET), "config": hrnet_description(**changes)}, path)
    return path
