"""An image, and what networks have made of its crops so far."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.model.fit import Fitting
from clickcut.model.network import Features, Network

DEFAULT_CACHE_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Framing:
    """What is encoded at once: a crop, and its mirror image with it where ``flipped``, fitted to a network's input."""

    crop: Box
    flipped: bool
    fitting: Fitting


class Scene:
    """An image (H, W, 3), uint8 RGB, and a bounded cache of the features of its crops.

    The image may be memory-mapped; it is neither copied nor may it be changed from outside. The cache drops the framings that were not used
    for longest when it holds more than ``cache_bytes``, but always keeps the last one, so that a cascade pays for one ``encode``. A scene
    may serve several predictors and sessions, one thread at a time.
    """

    def __init__(self, image: NDArray[np.uint8], *, cache_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"expected an RGB image of shape (height, width, 3) and type uint8, got {image.shape} of {image.dtype}")
        if image.size == 0:
            raise ValueError(f"the image has no pixels: its shape is {image.shape}")
        self.image = image
        self.num_passes = 0
        self.num_encodes = 0
        self._cache_bytes = cache_bytes
        # The network stands in the value too, so that it lives as long as its id is a key.
        self._cache: OrderedDict[tuple[int, Framing], tuple[Network, Features]] = OrderedDict()

    @property
    def hw(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.image.shape[0], self.image.shape[1]

    @property
    def digest(self) -> str:
        """A fingerprint of the image's size and pixels."""
        digest = hashlib.blake2b(repr(self.image.shape).encode(), digest_size=16)
        for row in self.image:
            digest.update(np.ascontiguousarray(row).data)
        return digest.hexdigest()

    def features(self, network: Network, framing: Framing, encode: Callable[[], Features]) -> Features:
        """The features of a framing: those in the cache, or what ``encode`` gives."""
        key = (id(network), framing)
        if key not in self._cache:
            self._cache[key] = (network, encode())
            self.num_encodes += 1
        self._cache.move_to_end(key)
        self._drop_oldest()
        return self._cache[key][1]

    def holds(self, network: Network, framing: Framing) -> bool:
        """Whether the features of a framing are in the cache; other threads may ask it too."""
        return (id(network), framing) in self._cache

    def count_pass(self) -> None:
        self.num_passes += 1

    def _drop_oldest(self) -> None:
        sizes = {key: _num_bytes(features) for key, (_, features) in self._cache.items()}
        while len(self._cache) > 1 and sum(sizes[key] for key in self._cache) > self._cache_bytes:
            self._cache.popitem(last=False)


def _num_bytes(features: Features) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in features)
