"""Batches of objects to train on: encoded views from a cache for what is frozen, freshly drawn views for an encoder that learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.masks import LabelMap, Target, object_ids, target_of
from clickcut.data.decoded import DecodedPhotos
from clickcut.data.mixture import Mixture
from clickcut.data.views import ViewStyle, draw_view
from clickcut.model.fit import Fit, Fitting
from clickcut.model.late import SamLineage
from clickcut.model.network import Features, Network
from clickcut.train.rollout import Targets
from clickcut.train.views import ViewCache

_MOST_TRIES = 250


@dataclass(frozen=True, slots=True)
class Seen:
    """What a batch shows a network: features, or one tensor of what its frozen trunk gave (B, C, H, W) or of pixels (B, 3, H, W)."""

    kind: Literal["features", "trunk", "pixels"]
    tensors: tuple[Tensor, ...]

    @classmethod
    def joined(cls, several: Sequence[Seen]) -> Seen:
        """One behind the other; all are of one kind."""
        return cls(several[0].kind, tuple(torch.cat(tensors) for tensors in zip(*(seen.tensors for seen in several), strict=True)))

    def pinned(self) -> Seen:
        return Seen(self.kind, tuple(tensor.pin_memory() for tensor in self.tensors))

    def encoded(self, network: Network) -> Features:
        """Features on the network's device: those at hand, or what the network makes of the rest now, with a gradient if asked."""
        tensors = tuple(tensor.to(network.device, non_blocking=True) for tensor in self.tensors)
        if self.kind == "features":
            return tensors
        if self.kind == "pixels":
            return network.encode(tensors[0])
        assert isinstance(network, SamLineage), "only its views are encoded as far as a trunk"
        return network.features(tensors[0])


@dataclass(frozen=True, slots=True)
class Batch:
    """What the network sees of some objects, and what it should answer.

    ``photos`` are the files of encoded views' pixels, one an item, empty where the pixels themselves are seen.
    """

    seen: Seen
    targets: Targets
    ids: tuple[str, ...]
    photos: tuple[Path, ...] = ()

    def encoded(self, network: Network) -> Features:
        return self.seen.encoded(network)


@dataclass(frozen=True, slots=True)
class TargetStyle:
    """How a view becomes a target: on a square of ``side`` pixels, of an object that fills at least ``min_object_share`` of the view."""

    side: int
    min_object_share: float


class Source(Protocol):
    """Where batches come from; the same ``rng`` gives the same batch."""

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch: ...


@dataclass(frozen=True, slots=True)
class CachedSource:
    """Views that were encoded once."""

    cache: ViewCache
    fitting: Fitting
    style: TargetStyle

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch:
        features: list[Tensor] = []
        photos: list[Path] = []
        drawn: list[tuple[str, Fit, Target]] = []
        tries = _tries(batch_size, self.style)
        while len(drawn) < batch_size:
            next(tries)
            view = self.cache[int(rng.integers(len(self.cache)))]
            target = drawn_target(view.labels, self.style, rng, is_union=view.is_union)
            if target is not None:
                features.append(view.features)
                photos.append(view.photo)
                drawn.append((view.id, self.fitting.fit((target.shape[0], target.shape[1])), target))
        ids = tuple(item[0] for item in drawn)
        return Batch(Seen(self.cache.depth, (torch.cat(features),)), _joined(drawn, self.style.side), ids, tuple(photos))


@dataclass(frozen=True, slots=True)
class DrawnSource:
    """Views drawn anew for every batch."""

    mixture: Mixture
    views: ViewStyle
    fitting: Fitting
    style: TargetStyle
    photos: DecodedPhotos = field(default_factory=DecodedPhotos)

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch:
        pixels: list[Tensor] = []
        drawn: list[tuple[str, Fit, Target]] = []
        tries = _tries(batch_size, self.style)
        while len(drawn) < batch_size:
            next(tries)
            part, photo = self.mixture.draw(rng)
            view = draw_view(self.photos.read(photo), self.views, rng)
            target = drawn_target(view.labels, self.style, rng, is_union=bool(rng.random() < part.union))
            if target is not None:
                fit = self.fitting.fit((target.shape[0], target.shape[1]))
                pixels.append(fit.pixels(view.image))
                drawn.append((f"{part.folder}/{photo.id}", fit, target))
        return Batch(Seen("pixels", (torch.cat(pixels),)), _joined(drawn, self.style.side), tuple(item[0] for item in drawn))


def _tries(batch_size: int, style: TargetStyle) -> Iterator[int]:
    """Counts views looked at for a batch, and gives up where hardly any holds an object that is large enough."""
    yield from range(_MOST_TRIES * batch_size)
    raise ValueError(
        f"hardly any object fills {style.min_object_share:.1%} of its view: {_MOST_TRIES * batch_size} views held fewer than {batch_size}; "
        f"check that the masks are label maps (0 background, 1 to 254 objects, 255 ignored), or train on crops of the photos"
    )


def drawn_target(labels: LabelMap, style: TargetStyle, rng: np.random.Generator, *, is_union: bool) -> Target | None:
    """The target of one of a view's objects that are large enough, or of all together; None if there is no such object.

    Objects are drawn by the root of their area: a crop was made about one of them, and slivers of its neighbours matter less.
    """
    counts = np.bincount(labels.ravel(), minlength=256)
    large = [object_id for object_id in object_ids(labels) if counts[object_id] >= style.min_object_share * labels.size]
    if not large:
        return None
    if is_union:
        return np.where(labels == 255, -1, labels > 0).astype(np.int8)
    shares = np.sqrt(counts[large])
    return target_of(labels, int(rng.choice(large, p=shares / shares.sum())))


def fitted_target(target: Target, fit: Fit, side: int) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """A crop's target on the square of ``side`` that covers the input frame, and which of its pixels are crop and not padding.

    The object's edge is interpolated before it is cut at one half, so that an enlarged crop's target has no stairs.
    """
    height, width = (max(1, round(content * side / frame)) for content, frame in zip(fit.content_hw, fit.frame_hw, strict=True))
    smooth = cv2.INTER_AREA if height < target.shape[0] else cv2.INTER_LINEAR
    on_object = cv2.resize((target == 1).astype(np.float32), (width, height), interpolation=smooth)
    ignored = cv2.resize((target == -1).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    labels = np.full((side, side), -1, np.int8)
    labels[:height, :width] = np.where(ignored == 1, -1, on_object > 0.5)
    content = np.zeros((side, side), np.bool_)
    content[:height, :width] = True
    return labels, content


def _joined(drawn: list[tuple[str, Fit, Target]], side: int) -> Targets:
    fitted = [fitted_target(target, fit, side) for _, fit, target in drawn]
    frame_hw = drawn[0][1].frame_hw
    return Targets(
        torch.from_numpy(np.stack([labels for labels, _ in fitted])),
        torch.from_numpy(np.stack([content for _, content in fitted])),
        (frame_hw[0] / side, frame_hw[1] / side),
    )
