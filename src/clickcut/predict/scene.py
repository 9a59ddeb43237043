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


class FeatureCache:
    """Features of crops of one or several images, of which those not used for longest go when it holds more than ``max_bytes``.

    It always keeps the last one, so that a cascade pays for one ``encode``. One thread at a time.
    """

    def __init__(self, max_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        # Network and image stand in the value too, so that they live as long as their ids are a key.
        self._kept: OrderedDict[tuple[int, int, Framing], tuple[Network, NDArray[np.uint8], Features]] = OrderedDict()

    def holds(self, network: Network, image: NDArray[np.uint8], framing: Framing) -> bool:
        """Whether the features of a framing are here; other threads may ask it too."""
        return (id(network), id(image), framing) in self._kept

    def features(self, network: Network, image: NDArray[np.uint8], framing: Framing, encode: Callable[[], Features]) -> Features:
        """Those that are here, or what ``encode`` gives."""
        key = (id(network), id(image), framing)
        if key not in self._kept:
            self._kept[key] = (network, image, encode())
        self._kept.move_to_end(key)
        self._drop_oldest()
        return self._kept[key][2]

    def _drop_oldest(self) -> None:
        sizes = {key: _num_bytes(features) for key, (_, _, features) in self._kept.items()}
        total = sum(sizes.values())
        while len(self._kept) > 1 and total > self._max_bytes:
            oldest, _ = self._kept.popitem(last=False)
            total -= sizes[oldest]


class Scene:
    """An image (H, W, 3), uint8 RGB, and a bounded cache of the features of its crops.

    The image may be memory-mapped; it is neither copied nor may it be changed from outside. A scene may serve several predictors and
    sessions, one thread at a time. Scenes that are given one ``cache`` share what is encoded of one and the same array, each counting
    what it had encoded itself.
    """

    def __init__(self, image: NDArray[np.uint8], *, cache_bytes: int = DEFAULT_CACHE_BYTES, cache: FeatureCache | None = None) -> None:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"expected an RGB image of shape (height, width, 3) and type uint8, got {image.shape} of {image.dtype}")
        if image.size == 0:
            raise ValueError(f"the image has no pixels: its shape is {image.shape}")
        self.image = image
        self.num_passes = 0
        self.num_encodes = 0
        self._cache = FeatureCache(cache_bytes) if cache is None else cache

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

        def counted() -> Features:
            features = encode()
            self.num_encodes += 1
            return features

        return self._cache.features(network, self.image, framing, counted)

    def holds(self, network: Network, framing: Framing) -> bool:
        """Whether the features of a framing are in the cache; other threads may ask it too."""
        return self._cache.holds(network, self.image, framing)

    def count_pass(self) -> None:
        self.num_passes += 1


def _num_bytes(features: Features) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in features)
