"""Small labelled folders, written for a test: ellipses on coloured ramps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clickcut.core.images import Rgb, write_image, write_label_map
from clickcut.core.masks import LabelMap


def ramp(hw: tuple[int, int], *, tint: int = 0) -> Rgb:
    """Every pixel in another colour, brighter to the right and below."""
    y, x = np.mgrid[: hw[0], : hw[1]]
    return np.stack((200 * y // hw[0], 200 * x // hw[1], np.full(hw, tint)), axis=-1).astype(np.uint8)


def ellipses(hw: tuple[int, int], num_objects: int = 2) -> LabelMap:
    """Objects 1, 2, ... side by side."""
    y, x = np.ogrid[: hw[0], : hw[1]]
    labels = np.zeros(hw, np.uint8)
    for index in range(num_objects):
        centre, radius = (index + 0.5) * hw[1] / num_objects, 0.4 * hw[1] / num_objects
        labels[((y - hw[0] / 2) / (0.35 * hw[0])) ** 2 + ((x - centre) / radius) ** 2 <= 1] = index + 1
    return labels


def write_photo(folder: Path, name: str, image: Rgb, labels: LabelMap) -> None:
    for below in ("images", "masks"):
        (folder / below).mkdir(parents=True, exist_ok=True)
    write_image(folder / "images" / f"{name}.png", image)
    write_label_map(folder / "masks" / f"{name}.png", labels)


def write_folder(folder: Path, num_photos: int, *, hw: tuple[int, int] = (48, 64)) -> Path:
    """Photos ``photo0``, ``photo1``, ... of two ellipses, bright on dark, each a little larger than the last."""
    for index in range(num_photos):
        labels = ellipses((hw[0] + index, hw[1]))
        image = ramp(labels.shape, tint=20 * index % 250)
        image[labels > 0] = 255 - image[labels > 0] // 4
        write_photo(folder, f"photo{index}", image, labels)
    return folder
