"""Masks, targets, label maps: IoU with ignored pixels, and objects taken out of label maps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clickcut.core.masks import iou, object_ids, target_of


def test_iou_counts_shared_over_covered_pixels() -> None:
    pred = np.array([[1, 1, 0, 0]], bool)
    target = np.array([[0, 1, 1, 0]], np.int8)

    assert iou(pred, target) == 1 / 3


def test_iou_leaves_ignored_pixels_out() -> None:
    pred = np.array([[1, 1, 1, 0]], bool)
    target = np.array([[1, -1, -1, -1]], np.int8)

    assert iou(pred, target) == 1.0


def test_iou_of_nothing_with_nothing_is_nan() -> None:
    assert math.isnan(iou(np.zeros((2, 2), bool), np.zeros((2, 2), np.int8)))
    assert math.isnan(iou(np.ones((2, 2), bool), np.full((2, 2), -1, np.int8)))


def test_iou_refuses_another_size_or_probabilities() -> None:
    with pytest.raises(ValueError, match=r"\(2, 2\).*\(2, 3\)"):
        iou(np.zeros((2, 2), bool), np.zeros((2, 3), np.int8))
    with pytest.raises(ValueError, match="must be bool, got float32"):
        iou(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.int8))


def test_object_ids_are_sorted_without_background_and_ignore() -> None:
    assert object_ids(np.array([[7, 0, 255], [2, 7, 254]], np.uint8)) == (2, 7, 254)
    assert object_ids(np.zeros((2, 2), np.uint8)) == ()


def test_a_target_holds_one_object_and_the_ignored_pixels() -> None:
    label_map = np.array([[0, 1, 2, 255]], np.uint8)

    assert target_of(label_map, 2).tolist() == [[0, 0, 1, -1]]
    assert target_of(label_map, 1, ignore=2).tolist() == [[0, 1, -1, 0]]
    assert target_of(label_map, 1).dtype == np.int8


def test_the_ignore_label_is_no_object() -> None:
    with pytest.raises(ValueError, match="ignored"):
        target_of(np.zeros((2, 2), np.uint8), 255)
