"""RITM's folder of own photos: ``images/`` and ``masks/`` with a mask a photo or one an object, 128 ignored (specification 4.11)."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from clickcut.core.images import read_image
from clickcut.core.masks import IGNORE_LABEL
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredObject, LayeredSample
from clickcut.data.mask_folders import natural
from clickcut.data.photos import LabelledSet, MaskFilesPhoto, Problem, Split, images_in
from clickcut.data.sets.layering import flat
from clickcut.data.sets.layout import listed_set, needed, same_hw
from clickcut.data.sets.pairs import band

_NUMBERED: Final = re.compile(r"(.+)_(\d+)")


@dataclass(frozen=True, slots=True)
class MasksPhoto(MaskFilesPhoto):
    """A photo with a layer a mask: above 128 its object, 128 ignored for all objects of the photo."""

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        layers = []
        for path in self.mask_paths:
            layers.append(band(read_image(path)))
            same_hw(path, layers[-1], (image.shape[0], image.shape[1]))
        objects = {layer: LayeredObject(layer, 1) for layer in range(len(layers)) if (layers[layer] == 1).any()}
        ignored = tuple((layer, IGNORE_LABEL) for layer in range(len(layers)))
        return LayeredSample(self.id, image, np.stack(layers, axis=-1), MappingProxyType(objects), ignored)


def open_images_dir(root: Path, split: Split) -> LabelledSet:
    """Photos with ``masks/<name>.png``, or ``masks/<name>_<k>.png`` for each of their objects; there are no splits."""
    images, masks = needed(root, "images", "masks")
    paths = {path.stem: path for path in images_in(images)}
    masks_of = defaultdict[str, list[Path]](list)
    for path in images_in(masks):
        match = _NUMBERED.fullmatch(path.stem)
        masks_of[match[1] if match is not None and path.stem not in paths else path.stem].append(path)
    photos = [MasksPhoto(n, path, tuple(sorted(masks_of[n], key=lambda p: natural(p.name)))) for n, path in paths.items() if masks_of[n]]
    problems = [Problem(path.name, f"{path.name} has no mask") for name, path in paths.items() if not masks_of[name]]
    return listed_set(root, "images/ + masks/ (a mask an object)", photos, problems)
