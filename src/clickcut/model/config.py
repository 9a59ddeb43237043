"""What a network is built from: frozen values that survive JSON and lie in the header of every weights file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

# Far above any real network: a hostile header must not keep a machine busy building one, nor fill its memory with pixels.
_MOST_BLOCKS = 256
_LONGEST_SIDE = 4096
_MOST_STAGES = 32
_WIDEST_BRANCH = 128
_WIDEST_CONTEXT = 1024


@dataclass(frozen=True, slots=True)
class PlainVitConfig:
    """A plain ViT with a simple feature pyramid and an MLP head (early fusion; SimpleClick 2210.11006, section 3).

    ``input_hw`` is the size that crops are squashed to, ``pos_grid`` the grid of patches that the stored position embedding was made for;
    it is resampled for any other. ``neck_dims`` are the widths of the pyramid's levels at strides 4, 8, 16 and 32 (of a patch of 16).
    ``head_channels`` is the width in front of the last layer and ``upsample`` what the head does before it: its wide layers have
    ``head_channels`` times 1, 2 or 4 channels. ``random_split`` replaces windows by global attention (quirk Q31).
    """

    patch: int
    dim: int
    depth: int
    heads: int
    neck_dims: tuple[int, int, int, int]
    head_channels: int
    input_hw: tuple[int, int] = (448, 448)
    pos_grid: tuple[int, int] = (28, 28)
    upsample: Literal["x1", "x2", "x4"] = "x1"
    random_split: bool = False
    mlp_ratio: int = 4

    def __post_init__(self) -> None:
        if min(self.patch, self.dim, self.heads, self.mlp_ratio, self.head_channels) < 1 or self.dim % self.heads:
            raise ValueError(f"expected a width that the heads can share, got a width of {self.dim} and {self.heads} heads")
        if self.patch > 224:
            raise ValueError(f"patch: expected at most 224 pixels, the side of the smallest window, got {self.patch}")
        if self.upsample not in ("x1", "x2", "x4"):
            raise ValueError(f"upsample: expected x1, x2 or x4, got {self.upsample!r}")
        if self.depth % 4 or not 4 <= self.depth <= _MOST_BLOCKS:
            raise ValueError(f"depth: expected a multiple of 4 up to {_MOST_BLOCKS}, as blocks come in 4 groups, got {self.depth}")
        if self.wide_channels % 4:
            raise ValueError(f"head_channels: expected a multiple of 4 before upsampling, got {self.wide_channels}")
        if len(self.neck_dims) != 4 or len(self.pos_grid) != 2 or min(*self.neck_dims, *self.pos_grid) < 1:
            raise ValueError(f"expected 4 neck_dims and a pos_grid of (rows, columns), got {self.neck_dims} and {self.pos_grid}")
        if len(self.input_hw) != 2 or any(side % self.patch or not self.patch <= side <= _LONGEST_SIDE for side in self.input_hw):
            raise ValueError(f"input_hw: expected two multiples of {self.patch} up to {_LONGEST_SIDE}, got {self.input_hw}")

    @property
    def blocks_to_a_group(self) -> int:
        """Every so many blocks attention is global, between them it stays in windows."""
        return 6 if self.depth == 12 else self.depth // 4

    @property
    def wide_channels(self) -> int:
        return self.head_channels * {"x1": 1, "x2": 2, "x4": 4}[self.upsample]


@dataclass(frozen=True, slots=True)
class SamConfig:
    """The SAM-lineage network (late fusion); the defaults are TinyViT-5M with SAM's prompt encoder and mask decoder.

    ``answer`` says which of the decoder's four masks to give: the single-mask answer always, or, as SAM was published, the alternative with
    the highest predicted IoU while there is one click only. ``prev_limit`` clamps the logits of the previous mask.
    """

    input_side: int = 1024
    prev_limit: float = 10.0
    answer: Literal["single", "best-of-first-click"] = "single"
    widths: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    heads: tuple[int, ...] = (2, 4, 5, 10)
    window_sizes: tuple[int, ...] = (7, 7, 14, 7)
    embed_dim: int = 256

    def __post_init__(self) -> None:
        if self.input_side % 16 or not 16 <= self.input_side <= _LONGEST_SIDE:
            raise ValueError(f"input_side: expected a multiple of 16 up to {_LONGEST_SIDE}, got {self.input_side}")
        if self.answer not in ("single", "best-of-first-click"):
            raise ValueError(f"answer: expected single or best-of-first-click, got {self.answer!r}")
        if not 0 < self.prev_limit < float("inf"):
            raise ValueError(f"prev_limit: expected a positive logit, got {self.prev_limit}")
        stages = (self.widths, self.depths, self.heads, self.window_sizes)
        if len({len(stage) for stage in stages}) > 1 or len(self.widths) < 2 or min(map(min, stages)) < 1:
            raise ValueError(f"expected widths, depths, heads and window_sizes of the same 2 or more stages, got {stages}")
        if any(width != 32 * heads for width, heads in zip(self.widths, self.heads, strict=True)):
            raise ValueError(f"expected heads of a width of 32, got widths {self.widths} for {self.heads} heads")
        if sum(self.depths) > _MOST_BLOCKS or self.embed_dim % 16 or self.embed_dim < 16:
            raise ValueError(
                f"expected at most {_MOST_BLOCKS} blocks and an embed_dim that is a multiple of 16, got {self.depths}, {self.embed_dim}"
            )


@dataclass(frozen=True, slots=True)
class HrnetConfig:
    """RITM's network: HRNet with object context (2102.06583; HRNet 1908.07919, OCR 1909.11065).

    ``width`` is that of the finest branch; coarser ones have 2, 4 and 8 times as many channels. ``ocr_width`` is that of object context,
    0 for a plain head. ``small`` has half the blocks and fewer modules. ``leaky_relu`` and ``prev_mask`` shape what draws clicks and the
    previous mask into the stem. ``zoom_side`` is the longest side that zoomed crops are scaled to.
    """

    width: int
    ocr_width: int
    small: bool = False
    leaky_relu: bool = True
    prev_mask: bool = True
    zoom_side: int = 400

    def __post_init__(self) -> None:
        if not 1 <= self.width <= _WIDEST_BRANCH:
            raise ValueError(f"width: expected 1 to {_WIDEST_BRANCH} channels of the finest branch, got {self.width}")
        if not 0 <= self.ocr_width <= _WIDEST_CONTEXT:
            raise ValueError(f"ocr_width: expected 0, for no object context, to {_WIDEST_CONTEXT} channels, got {self.ocr_width}")
        if not 1 <= self.zoom_side <= _LONGEST_SIDE:
            raise ValueError(f"zoom_side: expected 1 to {_LONGEST_SIDE} pixels, got {self.zoom_side}")

    @property
    def joined_width(self) -> int:
        """Channels of all four branches side by side."""
        return 15 * self.width


SingleConfig: TypeAlias = PlainVitConfig | SamConfig | HrnetConfig


@dataclass(frozen=True, slots=True)
class StagesConfig:
    """A network for each of the first clicks, the last one for all further clicks (multi-stage models of RITM's code)."""

    stages: tuple[SingleConfig, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.stages) <= _MOST_STAGES:
            raise ValueError(f"stages: expected 2 to {_MOST_STAGES} networks, got {len(self.stages)}")
        if len({type(stage) for stage in self.stages}) > 1:
            raise ValueError("stages: expected networks of one family, whose crops are fitted alike")


ModelConfig: TypeAlias = SingleConfig | StagesConfig

_FAMILIES: dict[str, type[SingleConfig]] = {"plain-vit": PlainVitConfig, "sam-tinyvit": SamConfig, "hrnet-ocr": HrnetConfig}
_STAGES_FAMILY = "stages"


def config_to_json(config: ModelConfig) -> dict[str, Any]:
    """The config as JSON values, with the ``family`` that it belongs to."""
    if isinstance(config, StagesConfig):
        return {"family": _STAGES_FAMILY, "stages": [config_to_json(stage) for stage in config.stages]}
    family = next(name for name, kind in _FAMILIES.items() if isinstance(config, kind))
    return {"family": family, **asdict(config)}


def config_from_json(value: Mapping[str, Any]) -> ModelConfig:
    """The inverse of ``config_to_json``; ValueError names what is unknown, missing or of the wrong kind."""
    if value.get("family") != _STAGES_FAMILY:
        return _single_from_json(value)
    stages = value.get("stages")
    if set(value) != {"family", "stages"} or not isinstance(stages, list) or not all(isinstance(stage, Mapping) for stage in stages):
        raise ValueError(f"a {_STAGES_FAMILY} config holds a list of configs under 'stages' and nothing else")
    return StagesConfig(tuple(_single_from_json(stage) for stage in stages))


def _single_from_json(value: Mapping[str, Any]) -> SingleConfig:
    family = value.get("family")
    if not isinstance(family, str) or family not in _FAMILIES:
        raise ValueError(f"unknown network family {family!r}: expected one of {', '.join(_FAMILIES)}; a newer clickcut may know it")
    kind = _FAMILIES[family]
    known = {field.name: field for field in fields(kind)}
    stated: dict[str, Any] = {name: tuple(item) if isinstance(item, list) else item for name, item in value.items() if name != "family"}
    if unknown := sorted(stated.keys() - known.keys()):
        raise ValueError(f"a {family} config has no {', '.join(unknown)}; a newer clickcut may know it")
    for name, item in stated.items():
        _check_kind(name, item, str(known[name].type))
    try:
        return kind(**stated)
    except TypeError as error:
        raise ValueError(f"a {family} config is incomplete: {error}") from error


def _check_kind(name: str, item: Any, wanted: str) -> None:
    """Numbers are small and not negative: a hostile header must not make a network of terabytes."""
    numbers = item if isinstance(item, tuple) else (item,)
    if wanted.startswith("Literal"):
        right = isinstance(item, str)
    elif wanted == "bool":
        right = isinstance(item, bool)
    else:
        kinds = (int, float) if wanted == "float" else (int,)
        right = isinstance(item, tuple) == wanted.startswith("tuple") and all(
            isinstance(number, kinds) and not isinstance(number, bool) and 0 <= number <= 1 << 16 for number in numbers
        )
    if not right:
        raise ValueError(f"{name}: expected {wanted} of sensible size, got {item!r:.60}")
