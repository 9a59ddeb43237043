"""The field's description of a network (class path and constructor arguments, spec 1.13), to our config and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from clickcut.model.click_maps import DISK_RADIUS
from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SingleConfig
from clickcut.model.fit import MEAN, STD

VIT_CLASS: Final = "isegm.model.is_plainvit_model.PlainVitModel"
HRNET_CLASS: Final = "isegm.model.is_hrnet_model.HRNetModel"
_HEAD_DROPOUT = 0.1

Params = Mapping[str, Any]


def config_of(description: Any) -> SingleConfig:
    """The config that a reference container's ``config`` amounts to; ValueError names what clickcut has no network for."""
    if not isinstance(description, Mapping) or not isinstance(description.get("class"), str) or "params" not in description:
        raise ValueError("expected the config {'class': ..., 'params': ...} of a reference container")
    params = {name: entry["value"] for name, entry in description["params"].items()}
    _check_click_maps(params)
    match description["class"].rpartition(".")[2]:
        case "PlainVitModel":
            return _vit_config(params)
        case "HRNetModel":
            return _hrnet_config(params)
        case other:
            raise ValueError(f"its network is {other}; clickcut has PlainVitModel (SimpleClick, CFR-ICL) and HRNetModel (RITM)")


def description_of(config: ModelConfig, loss: object) -> dict[str, Any]:
    """The inverse of ``config_of``: what the field's loader builds this network from. ``loss`` stands for its unused loss object."""
    if isinstance(config, PlainVitConfig):
        return _described(VIT_CLASS, _vit_specified(config, loss), {"with_aux_output": False, **_DEFAULTS})
    if isinstance(config, HrnetConfig):
        described = _described(HRNET_CLASS, _hrnet_specified(config), {"backbone_lr_mult": 0.1, **_DEFAULTS})
        described["params"]["norm_layer"] = {"type": "class", "value": "torch.nn.modules.batchnorm.BatchNorm2d", "specified": False}
        return described
    raise ValueError(f"only plain ViTs and HRNets can be written for the field's code, which has no {type(config).__name__} network")


_DEFAULTS: Final = {"cpu_dist_maps": False, "use_rgb_conv": False, "use_leaky_relu": False, "norm_mean_std": (list(MEAN), list(STD))}
"""What the field's constructors are not told."""


def _described(path: str, specified: Params, unspecified: Params) -> dict[str, Any]:
    params = {name: {"type": "builtin", "value": value, "specified": True} for name, value in specified.items()}
    defaults = {name: {"type": "builtin", "value": value, "specified": False} for name, value in unspecified.items()}
    return {"class": path, "params": {**params, **{name: entry for name, entry in defaults.items() if name not in params}}}


def _check_click_maps(params: Params) -> None:
    """What every network here does with clicks and colours: refuse what would silently be something else."""
    _expect(params, "use_disks", True)
    _expect(params, "norm_radius", DISK_RADIUS)
    _expect(params, "binary_prev_mask", False, default=False)
    _expect(params, "clicks_groups", None, default=None)
    _expect(params, "conv_extend", False, default=False)
    norm = params.get("norm_mean_std", (MEAN, STD))
    if [list(values) for values in norm] != [list(MEAN), list(STD)]:
        raise ValueError(f"norm_mean_std: expected ImageNet's, got {norm}")


def _expect(params: Params, name: str, value: Any, *, default: Any = ...) -> None:
    found = params.get(name, default)
    if found is ...:
        raise ValueError(f"{name}: expected {value!r}, found nothing")
    if found != value:
        raise ValueError(f"{name}: clickcut has no network with {found!r}, only with {value!r}")


def _vit_config(params: Params) -> PlainVitConfig:
    backbone, neck, head = (params[f"{part}_params"] for part in ("backbone", "neck", "head"))
    _expect(params, "with_prev_mask", True)
    _expect(params, "with_aux_output", False, default=False)
    _expect(params, "use_rgb_conv", False, default=False)
    _expect(backbone, "in_chans", 3, default=3)
    _expect(backbone, "qkv_bias", True, default=True)
    _expect(head, "in_index", [0, 1, 2, 3])
    _expect(head, "num_classes", 1)
    _expect(head, "align_corners", False, default=False)
    (patch, other), (height, width) = _pair(backbone["patch_size"]), _pair(backbone["img_size"])
    if patch != other:
        raise ValueError(f"patch_size: expected a square, got {patch} x {other}")
    return PlainVitConfig(
        patch=patch,
        dim=backbone["embed_dim"],
        depth=backbone["depth"],
        heads=backbone["num_heads"],
        mlp_ratio=int(backbone.get("mlp_ratio", 4)),
        neck_dims=tuple(neck["out_dims"]),
        head_channels=head["channels"],
        upsample=head.get("upsample", "x1"),
        random_split=bool(params.get("random_split", False)),
        input_hw=(height, width),
        pos_grid=(height // patch, width // patch),
    )


def _vit_specified(config: PlainVitConfig, loss: object) -> dict[str, Any]:
    image_hw = [size * config.patch for size in config.pos_grid]
    return {
        "use_disks": True,
        "norm_radius": DISK_RADIUS,
        "with_prev_mask": True,
        "random_split": config.random_split,
        "backbone_params": {
            "img_size": image_hw,
            "patch_size": (config.patch, config.patch),
            "in_chans": 3,
            "embed_dim": config.dim,
            "depth": config.depth,
            "num_heads": config.heads,
            "mlp_ratio": config.mlp_ratio,
            "qkv_bias": True,
        },
        "neck_params": {"in_dim": config.dim, "out_dims": list(config.neck_dims)},
        "head_params": {
            "in_channels": list(config.neck_dims),
            "in_index": [0, 1, 2, 3],
            "dropout_ratio": _HEAD_DROPOUT,
            "num_classes": 1,
            "loss_decode": loss,
            "align_corners": False,
            "upsample": config.upsample,
            "channels": config.head_channels,
        },
    }


def _hrnet_config(params: Params) -> HrnetConfig:
    _expect(params, "with_aux_output", params["ocr_width"] > 0, default=False)
    return HrnetConfig(
        width=params["width"],
        ocr_width=params["ocr_width"],
        small=bool(params.get("small", False)),
        leaky_relu=bool(params.get("use_leaky_relu", False)),
        prev_mask=bool(params.get("with_prev_mask", False)),
    )


def _hrnet_specified(config: HrnetConfig) -> dict[str, Any]:
    return {
        "width": config.width,
        "ocr_width": config.ocr_width,
        "small": config.small,
        "with_aux_output": config.ocr_width > 0,
        "use_leaky_relu": config.leaky_relu,
        "use_rgb_conv": False,
        "use_disks": True,
        "norm_radius": DISK_RADIUS,
        "with_prev_mask": config.prev_mask,
    }


def _pair(value: Any) -> tuple[int, int]:
    """Sizes come as one number, or as a tuple or list of two (quirk Q28)."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)
