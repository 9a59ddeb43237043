"""OpenImages with the field's list: ``{split}/images``, and in ``{split}/masks`` a file an object, often of another size than its photo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from clickcut.core.images import read_image
from clickcut.core.masks import Mask
from clickcut.core.plain_pickle import read_plain_pickle
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample
from clickcut.data.photos import LabelledSet, MaskFilesPhoto, Split, inside
from clickcut.data.sets.layering import flat, layered_of
from clickcut.data.sets.layout import listed_set, needed, those_there
from clickcut.data.shapes import piece_of


@dataclass(frozen=True, slots=True)
class OpenImagesPhoto(MaskFilesPhoto):
    """A photo and its masks, brought to the least height and width among them (specification 4.11); the field draws one mask."""

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        masks = [read_image(path).max(axis=-1) > 0 for path in self.mask_paths]
        height, width = np.min([pixels.shape[:2] for pixels in (image, *masks)], axis=0).tolist()
        pieces = [piece_of(_resized(mask, (height, width))) for mask in masks]
        if image.shape[:2] != (height, width):
            image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        return layered_of(self.id, image, [piece for piece in pieces if piece is not None])


def open_open_images(root: Path, split: Split) -> LabelledSet:
    """The folder of both splits, each with its ``{split}-annotations-object-segmentation_clean.pkl``."""
    path, images, masks = needed(root, f"{split}/{split}-annotations-object-segmentation_clean.pkl", f"{split}/images", f"{split}/masks")
    listed: Any = read_plain_pickle(path)
    try:
        masks_of = listed["image_id_to_masks"]
        photos = [
            OpenImagesPhoto(str(name), inside(root, images, f"{name}.jpg"), tuple(inside(root, masks, mask) for mask in masks_of[name]))
            for name in listed["dataset_samples"]
        ]
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise ValueError(f"{path}: expected dataset_samples and image_id_to_masks: {error}") from error
    return listed_set(root, "OpenImages (a mask an object)", *those_there(photos))


def _resized(mask: Mask, hw: tuple[int, int]) -> Mask:
    if mask.shape == hw:
        return mask
    return np.asarray(cv2.resize(mask.astype(np.uint8), hw[::-1], interpolation=cv2.INTER_NEAREST), np.bool_)
