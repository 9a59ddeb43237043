"""Pictures of what a run learns from and what it answers, for people who would rather look than read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.files import replacing
from clickcut.core.images import read_image
from clickcut.model.fit import Letterbox
from clickcut.train.batches import Batch

SIDE = 256
_IGNORED_GREY = 64


def save_batch_picture(path: Path, batch: Batch, logits_BSS: Tensor) -> None:
    """One row an object: the view where pixels are at hand, the target (ignored pixels dark grey), and the answer as a heat map."""
    rows: list[NDArray[np.uint8]] = []
    for index in range(len(batch.ids)):
        panels = [_target_panel(batch.targets.labels_BSS[index].numpy()), _heat_panel(logits_BSS[index])]
        if (pixels := _pixels(batch, index)) is not None:
            panels.insert(0, (pixels.permute(1, 2, 0).numpy()[..., ::-1] * 255).astype(np.uint8))
        rows.append(np.hstack([cv2.resize(panel, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for panel in panels]))
    encoded, data = cv2.imencode(".jpg", np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert encoded
    with replacing(path) as file:
        file.write(data.tobytes())


def _pixels(batch: Batch, index: int) -> Tensor | None:
    """(3, H, W) of one item in [0, 1], letterboxed where its view was encoded long ago; None where no pixels are kept."""
    if batch.seen.kind == "pixels":
        return batch.seen.tensors[0][index]
    if not batch.photos or not batch.photos[index].is_file():
        return None
    photo = read_image(batch.photos[index])
    return Letterbox(SIDE, SIDE // 4, 1.0).fit((photo.shape[0], photo.shape[1])).pixels(photo)[0]


def _target_panel(labels: NDArray[np.int8]) -> NDArray[np.uint8]:
    grey = np.select([labels == 1, labels == -1], [255, _IGNORED_GREY], 0).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8)


def _heat_panel(logits_SS: Tensor) -> NDArray[np.uint8]:
    probs = (torch.sigmoid(logits_SS.float()) * 255).byte().cpu().numpy()
    return cv2.applyColorMap(probs, cv2.COLORMAP_INFERNO).astype(np.uint8)
