"""The adaptive IoU: the field's golden numbers, and what moves it."""

from __future__ import annotations

import pytest
import torch

from clickcut.train.adaptive_iou import AdaptiveIou
from tests.train.test_losses import golden


def test_one_update_has_its_golden_values() -> None:
    metric = AdaptiveIou().updated(*golden())

    assert metric.threshold == pytest.approx(0.39975, abs=1e-9)
    assert metric.ema == pytest.approx(0.0160622, abs=1e-7)


def test_a_batch_without_objects_changes_nothing() -> None:
    metric = AdaptiveIou(threshold=0.3, ema=0.5)

    assert metric.updated(torch.zeros(1, 4, 4), torch.tensor([[[0, -1], [0, 0]]])) == metric


def test_ignored_pixels_count_nowhere() -> None:
    logits, labels = golden()
    other = logits.clone()
    other[:, 0] = 50.0

    assert AdaptiveIou().updated(logits, labels) == AdaptiveIou().updated(other, labels)


def test_the_mean_is_over_items_and_runs_over_batches() -> None:
    labels = torch.zeros(2, 4, 4, dtype=torch.int8)
    labels[:, :2] = 1
    half = torch.full((2, 4, 4), -9.0)
    half[0, :2], half[1, :1] = 9.0, 9.0  # IoU 1 and one half

    metric = AdaptiveIou().updated(half, labels).updated(half[:1], labels[:1])

    assert metric.ema == pytest.approx(0.9 * 0.075 + 0.1)


def test_the_threshold_drifts_to_where_masks_are_best() -> None:
    labels = torch.zeros(1, 4, 4, dtype=torch.int8)
    labels[:, :2] = 1
    logits = torch.logit(torch.where(labels == 1, 0.9, 0.41))
    metric = AdaptiveIou()

    for _ in range(50):
        metric = metric.updated(logits, labels)

    assert 0.4 < metric.threshold < 0.42
