"""A labelled folder of generated photos, and a network that paints disks about clicks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.images import write_image, write_label_map
from clickcut.model.fit import AsIs
from clickcut.model.network import PADDING, ClickBatch, Features

HW = (48, 64)


class DiskNetwork:
    """Disks of ``radius`` about clicks, in the mask or out of it, a later one over an earlier one. Counts what it is asked for."""

    def __init__(self, radius: float = 8, *, interrupted_at: int | None = None) -> None:
        self.fitting = AsIs()
        self.device = torch.device("cpu")
        self.radius = radius
        self.interrupted_at = interrupted_at
        self.num_encodes = 0
        self.num_decodes = 0

    def encode(self, pixels_B3HW: Tensor) -> Features:
        self.num_encodes += 1
        return (pixels_B3HW[:, :1],)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        self.num_decodes += 1
        if self.num_decodes == self.interrupted_at:
            raise KeyboardInterrupt
        logits_B1HW = torch.full_like(features[0], -10.0)
        rows, columns = torch.arange(HW[0])[:, None], torch.arange(HW[1])[None, :]
        for row in range(len(logits_B1HW)):
            for (y, x), kind in zip(clicks.yx_BK2[row].tolist(), clicks.kind_BK[row].tolist(), strict=True):
                if kind != PADDING:
                    logits_B1HW[row, 0][(rows - y) ** 2 + (columns - x) ** 2 < self.radius**2] = 10.0 if kind else -10.0
        return logits_B1HW


def labels_with(objects: Sequence[tuple[int, slice, slice]]) -> NDArray[np.uint8]:
    """A label map of rectangles: label, rows and columns of each."""
    labels = np.zeros(HW, np.uint8)
    for label, rows, columns in objects:
        labels[rows, columns] = label
    return labels


def labelled_folder(folder: Path) -> Path:
    """Three photos with five objects: two in a.png (1 and 7, ignored pixels beside them), one in b.png, two in c.png (3 and 254)."""
    label_maps = {
        "a": labels_with([(1, slice(4, 20), slice(4, 20)), (7, slice(24, 44), slice(30, 60)), (255, slice(44, 46), slice(30, 60))]),
        "b": labels_with([(1, slice(10, 30), slice(10, 40))]),
        "c": labels_with([(254, slice(2, 12), slice(40, 60)), (3, slice(20, 40), slice(2, 22))]),
    }
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for name, labels in label_maps.items():
        write_image(folder / "images" / f"{name}.png", np.repeat(np.where(labels == 0, 40, 200).astype(np.uint8)[:, :, None], 3, axis=2))
        write_label_map(folder / "masks" / f"{name}.png", labels)
    return folder
