"""Named configs: the sizes of the field's plain ViTs and HRNets, and the default model's network."""

from __future__ import annotations

import difflib

from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SamConfig

PRESETS: dict[str, ModelConfig] = {
    "vit-xt": PlainVitConfig(patch=16, dim=160, depth=8, heads=4, neck_dims=(96, 192, 288, 384), head_channels=128),
    # DINOv2's S/14 (2304.07193): its position embedding was made for 518 pixels.
    "vit-s14": PlainVitConfig(patch=14, dim=384, depth=12, heads=6, neck_dims=(64, 128, 256, 512), head_channels=256, pos_grid=(37, 37)),
    "vit-b": PlainVitConfig(patch=16, dim=768, depth=12, heads=12, neck_dims=(128, 256, 512, 1024), head_channels=256),
    "vit-l": PlainVitConfig(patch=16, dim=1024, depth=24, heads=16, neck_dims=(192, 384, 768, 1536), head_channels=256),
    "vit-h": PlainVitConfig(patch=14, dim=1280, depth=32, heads=16, neck_dims=(240, 480, 960, 1920), head_channels=256, pos_grid=(32, 32)),
    "hrnet18s": HrnetConfig(width=18, ocr_width=48, small=True),
    "hrnet18": HrnetConfig(width=18, ocr_width=64),
    "hrnet32": HrnetConfig(width=32, ocr_width=128),
    "clickcut-s": SamConfig(),
}


def preset(name: str) -> ModelConfig:
    """The config of this name; the error of a typo names the nearest one."""
    if name not in PRESETS:
        nearest = difflib.get_close_matches(name, PRESETS, n=1, cutoff=0.0)[0]
        raise ValueError(f"unknown network {name!r}: expected one of {', '.join(PRESETS)}; did you mean {nearest!r}?")
    return PRESETS[name]
