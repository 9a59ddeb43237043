"""Sets of an image and a mask in two folders, and what the values of their masks mean: most benchmarks of the field (specification 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from clickcut.core.images import Rgb, read_image
from clickcut.core.masks import IGNORE_LABEL, LabelMap
from clickcut.data.folders import Sample
from clickcut.data.photos import LabelledSet, Split
from clickcut.data.sets.layering import label_map_of
from clickcut.data.sets.layout import image_and_mask_files, listed_set, needed, same_hw

Meaning = Callable[[Rgb], LabelMap]
"""The label map that the colours (H, W, 3) of a mask file stand for."""

_BAND: Final = 128
"""Grey of the band about an object's edge that counts neither way."""


@dataclass(frozen=True, slots=True)
class PairPhoto:
    """An image, its mask, and what the mask's values mean."""

    id: str
    image_path: Path
    mask_path: Path
    meaning: Meaning

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.mask_path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        mask = read_image(self.mask_path)
        same_hw(self.mask_path, mask, (image.shape[0], image.shape[1]))
        return Sample(self.id, image, self.meaning(mask))


@dataclass(frozen=True, slots=True)
class Pairs:
    """A reader of sets with an image and a mask a photo; ``{split}`` in a folder's name stands for the split."""

    images: str
    masks: str
    meaning: Meaning

    def __call__(self, root: Path, split: Split) -> LabelledSet:
        images, masks = needed(root, self.images.format(split=split), self.masks.format(split=split))
        found, problems = image_and_mask_files(images, masks)
        photos = [PairPhoto(*files, self.meaning) for files in found]
        layout = f"{images.relative_to(root).as_posix()}/ + {masks.relative_to(root).as_posix()}/"
        return listed_set(root, layout, photos, problems)


# The field reads masks as blue, green, red, and so its first channel is blue.
def band(mask: Rgb) -> LabelMap:
    """One object above 128, and 128 ignored: GrabCut and Berkeley."""
    first = mask[..., 2]
    labels = (first > _BAND).astype(np.uint8)
    labels[first == _BAND] = IGNORE_LABEL
    return labels


def any_channel(mask: Rgb) -> LabelMap:
    """One object where any channel is above 0: DAVIS and COCO_MVal."""
    labels: LabelMap = (mask.max(axis=-1) > 0).astype(np.uint8)
    return labels


def above_zero(mask: Rgb) -> LabelMap:
    """One object where the first channel is above 0: BraTS."""
    return (mask[..., 2] > 0).astype(np.uint8)


def above_middle(mask: Rgb) -> LabelMap:
    """One object in the brighter half, of masks with soft edges: HQSeg-44K and DAVIS-585."""
    return (mask[..., 2] > _BAND).astype(np.uint8)


def values(mask: Rgb) -> LabelMap:
    """An object each value but 0: OAI-ZIB."""
    return label_map_of(mask[..., 2].astype(np.int64))


def components(mask: Rgb) -> LabelMap:
    """An object each connected piece, corners touching: ssTEM. The field asks for edges alone, but does not get them (quirk Q35)."""
    _, regions = cv2.connectedComponents((mask[..., 2] > 0).astype(np.uint8), connectivity=8)
    return label_map_of(regions.astype(np.int64))
