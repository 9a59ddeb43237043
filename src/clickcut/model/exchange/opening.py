"""A weights file of any kind, looked into but not loaded: what it is, how its network is built, and its tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from clickcut.model.config import ModelConfig, SamConfig, config_from_json
from clickcut.model.exchange.backbones import FRESH_PARTS, backbone_of, start_from_backbone
from clickcut.model.exchange.hrnet_backbones import FRESH_HRNET_PARTS, hrnet_of, start_from_hrnet
from clickcut.model.exchange.pickles import is_pickled, read_pickled
from clickcut.model.exchange.reference import inference_of, is_container, read_container
from clickcut.model.exchange.safetensors_file import json_object, read_safetensors
from clickcut.model.exchange.stored import MappedFile, StoredTensor, StoredTensors
from clickcut.model.header import Header

DEFAULT_START_SIDE: Final = 448
CLICKCUT_KIND: Final = "weights file of clickcut (safetensors)"
_SAM_PARTS = ("image_encoder.", "prompt_encoder.", "mask_decoder.")


@dataclass(frozen=True, slots=True, eq=False)
class WeightsFile:
    """What lies in a file: ``kind`` names its format for people, ``tensors`` have the names of the network that ``header`` describes.

    ``file`` is what they are mapped from; ``release`` it between tensors that are copied, and memory holds one of them at a time.
    """

    path: Path
    kind: str
    header: Header
    tensors: StoredTensors
    file: MappedFile


def open_weights(path: Path, *, start_side: int = DEFAULT_START_SIDE) -> WeightsFile:
    """Looks into a weights file; ValueError says what is wrong with it.

    Read are clickcut's files and bare ones of the SAM lineage (safetensors), the field's containers, and pretrained ViTs (MAE, DINO,
    DINOv2, DeiT; pickled or safetensors), which become the start of a network for squares of ``start_side`` pixels. Pretrained HRNets
    become that of RITM's.
    """
    if path.is_dir():
        raise ValueError(f"{path}: expected a weights file, found a folder")
    file = MappedFile(path)
    try:
        return _opened(path, file, start_side)
    except OSError as error:
        raise ValueError(f"{path}: cannot read it: {error.strerror or error}") from error


def _opened(path: Path, file: MappedFile, start_side: int) -> WeightsFile:
    if is_pickled(path):
        value = read_pickled(path, file)
        if is_container(value):
            return _container(path, file, value)
    else:
        metadata, value = read_safetensors(path, file)
        if "config" in metadata:
            return WeightsFile(path, CLICKCUT_KIND, _stated(path, metadata), value, file)
        if value and all(name.startswith(_SAM_PARTS) for name in value):
            card = {"name": path.stem, "origin": "a bare file of the SAM lineage; its own rule answers a single click"}
            header = Header(SamConfig(answer="best-of-first-click"), card, {"zoom": None})
            return WeightsFile(path, "bare file of the SAM lineage (safetensors)", header, value, file)
    if (tensors := backbone_of(value)) is not None:
        return _start(
            path, file, "pretrained plain ViT (MAE, DINO, DINOv2 or DeiT)", FRESH_PARTS, partial(start_from_backbone, tensors, start_side)
        )
    if (tensors := hrnet_of(value)) is not None:
        return _start(path, file, "pretrained HRNet", FRESH_HRNET_PARTS, partial(start_from_hrnet, tensors))
    raise ValueError(
        f"{path}: expected a weights file of clickcut, the SAM lineage, RITM, SimpleClick or CFR-ICL, or a pretrained plain ViT or HRNet; "
        f"found {_described(value)}"
    )


def _stated(path: Path, metadata: Mapping[str, Any]) -> Header:
    config, card, inference = (json_object(path, key, metadata.get(key, "{}")) for key in ("config", "card", "inference"))
    try:
        return Header(config_from_json(config), card, inference)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _container(path: Path, file: MappedFile, value: Any) -> WeightsFile:
    try:
        config, tensors = read_container(value)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    many = f", {len(value)} stages" if isinstance(value, list | tuple) else ""
    kind = f"reference container of RITM, SimpleClick or CFR-ICL (pickled{many})"
    return WeightsFile(path, kind, Header(config, _card(path, kind), inference_of(config)), tensors, file)


def _start(
    path: Path,
    file: MappedFile,
    kind: str,
    fresh: Sequence[str],
    made: Callable[[], tuple[ModelConfig, dict[str, StoredTensor], list[str]]],
) -> WeightsFile:
    """A pretrained network as the start of one for clicks."""
    try:
        config, taken, notes = made()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    card = {**_card(path, kind), "untrained": list(fresh), "notes": notes}
    return WeightsFile(path, kind, Header(config, card, inference_of(config)), taken, file)


def _card(path: Path, kind: str) -> dict[str, Any]:
    """The card of a file that has none: what it was found as."""
    return {"name": path.stem, "origin": f"{path.name}, a {kind}"}


def _described(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"a {type(value).__name__}"
    names = ", ".join(str(name) for name in list(value)[:3])
    return f"{len(value)} entries ({names}{', ...' if len(value) > 3 else ''})" if value else "nothing"
