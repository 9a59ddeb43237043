"""How good a network is on held-out views while it trains: the benchmark's clicks, on views that are encoded already.

No zoom, no flip and few clicks: a quick sign of the direction. What a model is worth is measured by ``clickcut.evaluate``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from clickcut.core.clicks import Clicks
from clickcut.core.curves import IouCurve, mean_iou, mean_noc
from clickcut.core.masks import Mask, iou
from clickcut.core.simulate import MASK_THRESHOLD, next_click
from clickcut.model.network import Network
from clickcut.train.batches import Batch, Source
from clickcut.train.losses import upscaled
from clickcut.train.rollout import click_batch, previous_mask

_MAX_CLICKS, _REFINEMENTS, _BATCH_SIZE = 6, 3, 8


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out objects, drawn once and measured again and again."""

    batches: tuple[Batch, ...]

    @classmethod
    def draw(cls, source: Source, num_objects: int, seed: int) -> Held:
        num_batches = max(1, num_objects // _BATCH_SIZE)
        return cls(tuple(source.draw(_BATCH_SIZE, np.random.default_rng((seed, index))) for index in range(num_batches)))


def measured(network: Network, held: Held) -> dict[str, float]:
    """NoC (of at most 6 clicks) and mIoU after clicks 1, 3 and 5, and mIoU after click 1 refined three times without a new click."""
    curves: list[IouCurve] = []
    refined: list[float] = []
    for batch in held.batches:
        ious, after = _clicked(network, batch)
        curves += [IouCurve(tuple(row)) for row in ious]
        refined += after
    return {
        "noc85": mean_noc(curves, 0.85, _MAX_CLICKS),
        "noc90": mean_noc(curves, 0.90, _MAX_CLICKS),
        "noc95": mean_noc(curves, 0.95, _MAX_CLICKS),
        "miou1": mean_iou(curves, 1),
        "miou1_refined": float(np.nanmean(refined)),
        "miou3": mean_iou(curves, 3),
        "miou5": mean_iou(curves, 5),
    }


@torch.inference_mode()
def _clicked(network: Network, batch: Batch) -> tuple[list[list[float]], list[float]]:
    """For each object the IoU after each click, and after click 1 refined."""
    features = batch.encoded(network)
    targets = batch.targets
    content_BSS = targets.content_BSS.to(network.device)
    labels = [labels.numpy() for labels in targets.labels_BSS]
    content = [content.numpy() for content in targets.content_BSS]
    masks = [np.zeros(label.shape, np.bool_) for label in labels]
    clicks: list[Clicks] = [() for _ in labels]
    ious: list[list[float]] = [[] for _ in labels]
    refined: list[float] = []
    prev = None
    for index in range(_MAX_CLICKS):
        clicks = [(*so_far, next_click(mask, label)) for so_far, mask, label in zip(clicks, masks, labels, strict=True)]
        packed = click_batch(clicks, targets.click_scale, network.device)
        logits = network.decode(features, prev, packed)
        prev = previous_mask(logits, content_BSS)
        masks = _masks(logits, content)
        for row, (mask, label) in enumerate(zip(masks, labels, strict=True)):
            ious[row].append(iou(mask, label))
        if index == 0:
            again = prev
            for _ in range(_REFINEMENTS):
                logits = network.decode(features, again, packed)
                again = previous_mask(logits, content_BSS)
            refined = [iou(mask, label) for mask, label in zip(_masks(logits, content), labels, strict=True)]
    return ious, refined


def _masks(logits: torch.Tensor, content: list[Mask]) -> list[Mask]:
    probs = torch.sigmoid(upscaled(logits, (content[0].shape[-2], content[0].shape[-1]))).cpu().numpy()
    return [(probs[row] > MASK_THRESHOLD) & inside for row, inside in enumerate(content)]
