"""Recipes of the field: SimpleClick (2210.11006), CFR-ICL (2303.05620) and RITM (2102.06583), as their code has them.

From the tables of their configurations (specification, appendix B). Epochs are written as steps: samples of an epoch, whole batches only,
times epochs; learning rates fall by a tenth at the end of the same epochs. The field's optimiser is Adam, which AdamW without decay is. How
often checkpoints are written is the command's matter, and the last step's always is (quirk Q27).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, Literal

from clickcut.data.augment import Augmentation
from clickcut.data.click_sampling import ClickSampling
from clickcut.data.copy_paste import CopyPaste
from clickcut.data.field_samples import SampleRules
from clickcut.train.losses import LossWeights
from clickcut.train.optimise import Optimisation
from clickcut.train.recipe import DataSet, FieldRecipe
from clickcut.train.rollout import Rollout
from clickcut.train.slots import Slots

COCO_LVIS_EPOCH: Final = 30000
SBD_EPOCH: Final = 8498
_SQUARE: Final = (448, 448)
_WIDE: Final = (320, 480)
_BATCH_SIZE: Final = 32

SimpleClickSize = Literal["b", "l", "h"]


def simpleclick(size: SimpleClickSize, data_set: DataSet) -> FieldRecipe:
    """SimpleClick's ViT-B, L or H, from MAE (table B.2)."""
    rules = _rules(data_set, _SQUARE, max_clicks=24, min_area=1000 if data_set == "COCO+LVIS" else 80)
    return _recipe(f"simpleclick-{size}", data_set, rules, network=f"vit-{size}", begins_with="MAE", lr=5e-5, epochs=55, milestones=(50,))


def simpleclick_xt(data_set: DataSet) -> FieldRecipe:
    """SimpleClick's ViT-xT, which begins with nothing (table B.2)."""
    is_sbd = data_set == "SBD"
    return _recipe(
        "simpleclick-xt",
        data_set,
        _rules(data_set, _SQUARE, max_clicks=24, min_area=80 if is_sbd else 1000),
        network="vit-xt",
        begins_with="fresh weights",
        lr=1e-5 if is_sbd else 5e-5,
        epochs=1001 if is_sbd else 230,
        milestones=(800, 900) if is_sbd else (200, 230),
    )


def layer_decayed(size: SimpleClickSize, data_set: DataSet) -> FieldRecipe:
    """SimpleClick's option of a rate that falls by a quarter with every block away from the head; the click embedding learns too (Q25)."""
    plain = simpleclick(size, data_set)
    optimisation = replace(plain.optimisation, layer_decay=0.75, weight_decay=0.02)
    return replace(plain, name=plain.name.replace("simpleclick", "simpleclick-layers"), optimisation=optimisation)


def cfr_icl_b(data_set: DataSet) -> FieldRecipe:
    """CFR-ICL's ViT-B: copy-paste, at least one warm-up pass, one graded pass (table B.1)."""
    recipe = _cfr_icl("b", data_set, max_clicks=24, epochs=20 if data_set == "SBD" else 5)
    return replace(recipe, rollout=replace(recipe.rollout, warmup=(1, 3)))


def cfr_icl_h(data_set: DataSet) -> FieldRecipe:
    """CFR-ICL's ViT-H: copy-paste and the iterative click loss, one to three graded passes that weigh 1, 2 and 3 (table B.1).

    On COCO+LVIS its one epoch has 3000 samples: 93 steps.
    """
    is_sbd = data_set == "SBD"
    recipe = _cfr_icl("h", data_set, max_clicks=12, epochs=5 if is_sbd else 1, epoch=SBD_EPOCH if is_sbd else 3000)
    return replace(recipe, rollout=replace(recipe.rollout, warmup=(0, 0), graded=(1, 3), weights=(1.0, 2.0, 3.0)))


def ritm(size: Literal["18s", "18", "32"], data_set: DataSet) -> FieldRecipe:
    """RITM's HRNet with object context, an auxiliary loss, and a tenth of the rate below the context (table B.3).

    RITM published HRNet-18 alone on SBD; the other sizes take its numbers there.
    """
    is_sbd = data_set == "SBD"
    recipe = _recipe(
        f"ritm-hrnet{size}",
        data_set,
        _rules(data_set, _WIDE, max_clicks=24, min_area=80 if is_sbd else 1000),
        network=f"hrnet{size}",
        begins_with="ImageNet",
        lr=5e-4,
        epochs=220 if is_sbd else 230,
        milestones=(200, 215) if is_sbd else (200, 220),
        batch_size=28 if size == "18" else _BATCH_SIZE,
    )
    return replace(
        recipe,
        losses=LossWeights(focal=1.0, auxiliary=0.4),
        optimisation=replace(recipe.optimisation, extractor_share=0.1),
    )


def _cfr_icl(size: Literal["b", "h"], data_set: DataSet, *, max_clicks: int, epochs: int, epoch: int | None = None) -> FieldRecipe:
    rules = _rules(data_set, _SQUARE, max_clicks=max_clicks, min_area=1000 if data_set == "COCO+LVIS" else 20)
    rules = replace(rules, copy_paste=CopyPaste(paste=0.5, mix=0.5))
    recipe = _recipe(
        f"cfr-icl-{size}",
        data_set,
        rules,
        network=f"vit-{size}",
        begins_with="SimpleClick",
        lr=5e-6,
        epochs=epochs,
        milestones=(),  # those of the table, 50 and 55, are never reached
        epoch=epoch,
    )
    return replace(recipe, rollout=replace(recipe.rollout, slots=Slots(max_clicks, "first-free")))


def _recipe(
    name: str,
    data_set: DataSet,
    rules: SampleRules,
    *,
    network: str,
    begins_with: Literal["MAE", "SimpleClick", "ImageNet", "fresh weights"],
    lr: float,
    epochs: int,
    milestones: tuple[int, ...],
    batch_size: int = _BATCH_SIZE,
    epoch: int | None = None,
) -> FieldRecipe:
    """What all of them share: RITM's zero to three warm-up passes, the normalised focal loss, and a rate that falls by tenths."""
    epoch = epoch or (COCO_LVIS_EPOCH if data_set == "COCO+LVIS" else SBD_EPOCH)
    return FieldRecipe(
        name=f"{name}-{data_set.lower().replace('+', '-')}",
        network=network,
        begins_with=begins_with,
        data_set=data_set,
        training=rules,
        validation=_validation(data_set, rules),
        rollout=Rollout(warmup=(0, 3), graded=(1, 1), weights=(1.0,), first="sampled", slots=Slots(rules.clicks.max_clicks, "from-end")),
        losses=LossWeights(focal=1.0),
        optimisation=Optimisation(
            lr=lr,
            weight_decay=0.0,
            pull=0.0,
            warmup_steps=0,
            decay=tuple(milestone / epochs for milestone in milestones),
            clip=None,
            average=0.0,
        ),
        steps=epochs * (epoch // batch_size),
        batch_size=batch_size,
        seed=0,
    )


def _rules(data_set: DataSet, crop_hw: tuple[int, int], *, max_clicks: int, min_area: int) -> SampleRules:
    """How the training split is drawn (specification 4.5 and appendix B)."""
    colours = Augmentation(crop_hw, mirror=0.5, recolour=0.75, brightness=(-0.25, 0.25), contrast=(-0.15, 0.4), tint=0.75, tint_levels=10.0)
    clicks = ClickSampling(max_clicks=max_clicks)
    if data_set == "COCO+LVIS":
        return SampleRules(replace(colours, scale=(0.75, 1.4)), clicks, min_area, background=0.05, stuff=0.3)
    moved = replace(colours, scale=(0.75, 1.25), quarter_turn=0.5, sway=0.75, sway_shift=0.03, sway_degrees=3.0)
    return SampleRules(moved, clicks, min_area, background=0.01, score_gamma=1.25)


def _validation(data_set: DataSet, rules: SampleRules) -> SampleRules:
    """How the validation split is drawn: cut, and for SBD resized as in training, but left as it is otherwise."""
    scale = rules.augmentation.scale if data_set == "SBD" else (1.0, 1.0)
    plain = Augmentation(rules.augmentation.crop_hw, scale=scale)
    return replace(rules, augmentation=plain, background=0.0, stuff=0.0, score_gamma=1.0, copy_paste=None)


_DATA_SETS: tuple[DataSet, ...] = ("COCO+LVIS", "SBD")
_SIZES: tuple[SimpleClickSize, ...] = ("b", "l", "h")
_MAKERS: tuple[Callable[[DataSet], FieldRecipe], ...] = (
    *(partial(simpleclick, size) for size in _SIZES),
    simpleclick_xt,
    *(partial(layer_decayed, size) for size in _SIZES),
    cfr_icl_b,
    cfr_icl_h,
    partial(ritm, "18s"),
    partial(ritm, "18"),
    partial(ritm, "32"),
)

FIELD_RECIPES: dict[str, Callable[[], FieldRecipe]] = {
    make(data_set).name: partial(make, data_set) for make in _MAKERS for data_set in _DATA_SETS
}
"""By names such as ``simpleclick-b-coco-lvis`` and ``cfr-icl-h-sbd``."""
