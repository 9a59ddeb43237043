"""Scenes: what they accept as an image, and what they remember of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.model.fit import AsIs, Squash
from clickcut.model.network import Features
from clickcut.predict.scene import FeatureCache, Framing, Scene
from tests.predict.fakes import FormulaNetwork, grey

NETWORK = FormulaNetwork(AsIs())


def framing(left: int, *, flipped: bool = False) -> Framing:
    return Framing(Box(0, left, 5, left + 5), flipped, AsIs())


def hundred_bytes() -> Features:
    return (torch.zeros(25),)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 5), np.uint8),
        np.zeros((4, 5, 4), np.uint8),
        np.zeros((4, 5, 3), np.float32),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_what_is_no_rgb_image_is_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="shape"):
        Scene(image)


def test_a_framing_is_encoded_once() -> None:
    scene = Scene(grey())

    first = scene.features(NETWORK, framing(0), hundred_bytes)
    again = scene.features(NETWORK, framing(0), hundred_bytes)

    assert again is first
    assert scene.num_encodes == 1


def test_crop_flip_fitting_and_network_each_make_another_framing() -> None:
    scene = Scene(grey())

    scene.features(NETWORK, framing(0), hundred_bytes)
    scene.features(NETWORK, framing(1), hundred_bytes)
    scene.features(NETWORK, framing(0, flipped=True), hundred_bytes)
    scene.features(NETWORK, Framing(framing(0).crop, False, Squash((8, 8))), hundred_bytes)
    scene.features(FormulaNetwork(AsIs()), framing(0), hundred_bytes)

    assert scene.num_encodes == 5


def test_the_framing_that_was_not_used_for_longest_is_dropped() -> None:
    scene = Scene(grey(), cache_bytes=250)

    for left in (0, 1, 0, 2):  # at 2 there is room for two: 0 was used after 1
        scene.features(NETWORK, framing(left), hundred_bytes)
    before = scene.num_encodes
    scene.features(NETWORK, framing(0), hundred_bytes)
    kept = scene.num_encodes - before
    scene.features(NETWORK, framing(1), hundred_bytes)

    assert (before, kept, scene.num_encodes) == (3, 0, 4)


def test_the_last_framing_is_kept_however_large() -> None:
    scene = Scene(grey(), cache_bytes=1)

    for left in (0, 0, 1, 1, 0):
        scene.features(NETWORK, framing(left), hundred_bytes)

    assert scene.num_encodes == 3


def test_a_failed_encode_leaves_nothing_behind() -> None:
    def fails() -> Features:
        raise RuntimeError("out of memory")

    scene = Scene(grey())
    with pytest.raises(RuntimeError):
        scene.features(NETWORK, framing(0), fails)
    scene.features(NETWORK, framing(0), hundred_bytes)

    assert scene.num_encodes == 1


def test_the_fingerprint_knows_size_and_pixels() -> None:
    image = grey(60, 80)
    changed = image.copy()
    changed[59, 79, 2] ^= 1

    fingerprints = {Scene(one).digest for one in (image, changed, image.reshape(80, 60, 3))}

    assert len(fingerprints) == 3
    assert Scene(image.copy()).digest in fingerprints


def test_an_image_may_be_memory_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", grey())

    scene = Scene(np.load(tmp_path / "image.npy", mmap_mode="r"))

    assert scene.hw == (60, 80)
    assert scene.digest == Scene(grey()).digest


def test_scenes_with_one_cache_share_what_is_encoded_of_one_image_and_count_their_own() -> None:
    cache, image = FeatureCache(), grey()
    first, twin, other = Scene(image, cache=cache), Scene(image, cache=cache), Scene(grey(), cache=cache)

    features = [scene.features(NETWORK, framing(0), hundred_bytes) for scene in (first, twin, other)]

    assert features[1] is features[0]
    assert features[2] is not features[0]
    assert [scene.num_encodes for scene in (first, twin, other)] == [1, 0, 1]
    assert twin.holds(NETWORK, framing(0))


def test_a_shared_cache_bounds_what_all_scenes_keep() -> None:
    cache = FeatureCache(250)
    scenes = [Scene(grey(), cache=cache) for _ in range(3)]

    for scene in scenes:
        scene.features(NETWORK, framing(0), hundred_bytes)

    assert [scene.holds(NETWORK, framing(0)) for scene in scenes] == [False, True, True]
