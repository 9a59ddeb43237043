"""Layered samples that are small enough to read."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from scipy.stats import chisquare

from clickcut.core.masks import Mask
from clickcut.data.layered import LayeredObject, LayeredSample


def boxes(hw: tuple[int, int], *places: tuple[slice, slice], ignored: tuple[slice, slice] | None = None) -> LayeredSample:
    """One layer with object 0, 1, ... at each place; 255 is ignored."""
    layers = np.zeros((*hw, 1), np.uint8)
    for number, place in enumerate(places):
        layers[place] = number + 1
    if ignored is not None:
        layers[ignored] = 255
    objects = {number: LayeredObject(0, number + 1) for number in range(len(places))}
    image = np.arange(hw[0] * hw[1] * 3).reshape(*hw, 3).astype(np.uint8)
    return LayeredSample("boxes", image, layers, MappingProxyType(objects), ((0, 255),))


def family() -> LayeredSample:
    """40 x 40 pixels: 0 is a square of 30 x 30 with the parts 1 (20 x 20) and 2 (2 x 2); 1 has the part 3 (10 x 10)."""
    layers = np.zeros((40, 40, 3), np.uint8)
    layers[5:35, 5:35, 0] = 1
    layers[5:25, 5:25, 1] = 1
    layers[30:32, 30:32, 1] = 2
    layers[10:20, 10:20, 2] = 1
    objects = {
        0: LayeredObject(0, 1, None, (1, 2)),
        1: LayeredObject(1, 1, 0, (3,)),
        2: LayeredObject(1, 2, 0),
        3: LayeredObject(2, 1, 1),
    }
    return LayeredSample("family", np.zeros((40, 40, 3), np.uint8), layers, MappingProxyType(objects))


def mask_of(hw: tuple[int, int], place: tuple[slice, slice]) -> Mask:
    mask = np.zeros(hw, np.bool_)
    mask[place] = True
    return mask


def assert_shares(counts: list[int], shares: list[float]) -> None:
    """Whether counts are what the shares would give: a chi-square test, that a right program fails once in ten thousand seeds."""
    expected = np.array(shares) / sum(shares) * sum(counts)
    assert expected.min() >= 5, "draw more often: the test needs five of each"
    assert chisquare(counts, expected).pvalue > 1e-4, (counts, expected.round(1).tolist())
