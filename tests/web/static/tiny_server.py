"""The real server with a network that draws disks about clicks: ``python -m tests.web.static.tiny_server FOLDER PORT``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from torch import Tensor

from clickcut.model.fit import Squash
from clickcut.model.network import NEGATIVE, POSITIVE, ClickBatch, Features
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom
from clickcut.web.http.security import Access
from clickcut.web.http.serving import Where, run_server, served_folder

SIDE = 128


class DiskNetwork:
    """L = 9 near(positives) - 9 near(negatives) - 4 with near = max exp(-d² / 450): a disk of 20 pixels of the input about each click."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.fitting = Squash((SIDE, SIDE))
        self.device = torch.device("cpu")
        self.pause_s = pause_s

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return (pixels_B3HW[:, :1],)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        time.sleep(self.pause_s)
        return 9 * _near(clicks, POSITIVE, features[0]) - 9 * _near(clicks, NEGATIVE, features[0]) - 4


def _near(clicks: ClickBatch, kind: int, like_B1HW: Tensor) -> Tensor:
    height, width = like_B1HW.shape[-2:]
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None, :]
    near_B1HW = torch.zeros_like(like_B1HW)
    for image in range(len(near_B1HW)):
        for (y, x), one in zip(clicks.yx_BK2[image].tolist(), clicks.kind_BK[image].tolist(), strict=True):
            if one == kind:
                near_B1HW[image, 0] = torch.maximum(near_B1HW[image, 0], torch.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 450))
    return near_B1HW


def predictor(pause_s: float = 0.0) -> Predictor:
    """The disk network with a crop that is the whole image for small images."""
    return Predictor(DiskNetwork(pause_s), zoom=Zoom(min_side=4096))


def main(folder: Path, port: int) -> None:
    with served_folder([folder], predictor(), "disks") as served:
        run_server(served, Where(Access(), port), ready=_tell)


def _tell(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
