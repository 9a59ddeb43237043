"""Masks, targets and label maps: three ways to say which pixels are the object.

A mask is bool (H, W). A target is int8 (H, W): 1 object, 0 not, -1 ignored. A label map is uint8 (H, W): 0 background, 1 to 254 one id per
object, 255 ignored.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Target = NDArray[np.int8]
LabelMap = NDArray[np.uint8]

IGNORE_LABEL: Final = 255
"""The label of a label map's ignored pixels, unless a data set says otherwise."""

MAX_OBJECT_ID: Final = 254


def iou(pred: Mask, target: Target) -> float:
    """Intersection over union of a mask and a target, ignored pixels left out; NaN where both are empty.

    RITM's metric, section 3.3 of the specification, without its warning at 0/0.
    """
    _check_same_hw(pred, target)
    counted = target >= 0
    is_object = target == 1
    union = np.count_nonzero((pred | is_object) & counted)
    if union == 0:
        return float("nan")
    return np.count_nonzero(pred & is_object) / union


def object_ids(label_map: LabelMap) -> tuple[int, ...]:
    """The ids of the objects of a label map, smallest first: all labels but 0 and 255."""
    present = np.bincount(label_map.ravel(), minlength=256)
    return tuple(int(label) for label in np.flatnonzero(present) if 0 < label <= MAX_OBJECT_ID)


def target_of(label_map: LabelMap, object_id: int, *, ignore: int = IGNORE_LABEL) -> Target:
    """The target of one object: its pixels 1, those labelled ``ignore`` -1, all others 0 (other objects too)."""
    if object_id == ignore:
        raise ValueError(f"label {object_id} marks ignored pixels, it is no object")
    target: Target = (label_map == object_id).astype(np.int8)
    target[label_map == ignore] = -1
    return target


def _check_same_hw(mask: Mask, other: Target | LabelMap) -> None:
    if mask.dtype != np.bool_:
        raise ValueError(f"a mask must be bool, got {mask.dtype}: threshold it first")
    if mask.shape != other.shape:
        raise ValueError(f"a mask of {mask.shape} was given for an image of {other.shape}: both must have the same height and width")
