"""Pictures of batches: one row an object, with its target and its answer, and the view where pixels are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from clickcut.core.images import Rgb, read_image
from clickcut.train.batches import Batch, Seen
from clickcut.train.pictures import save_batch_picture
from tests.train.small import SIDE, features, square_targets

CACHED = Batch(Seen("features", features()), square_targets(), ("a", "b"))


def written(path: Path, batch: Batch, logits: torch.Tensor) -> Rgb:
    save_batch_picture(path, batch, logits)
    return read_image(path)


def at(panel: Rgb, y: float, x: float) -> list[int]:
    """The colour at a place of the square of 16, in a panel of 256 pixels."""
    return [int(value) for value in panel[int(16 * (y + 0.5)), int(16 * (x + 0.5))]]


def test_a_row_shows_an_objects_target_and_its_answer(tmp_path: Path) -> None:
    picture = written(tmp_path / "p.jpg", CACHED, torch.zeros(2, SIDE, SIDE))

    assert picture.shape == (512, 512, 3)


def test_the_target_is_white_on_black_and_ignored_pixels_are_dark_grey(tmp_path: Path) -> None:
    panel = written(tmp_path / "p.jpg", CACHED, torch.zeros(2, SIDE, SIDE))[:256, :256]

    # JPEG is off by a few grey levels.
    for (y, x), grey in (((7, 8), 255), ((1, 1), 0), ((15, 8), 64)):
        assert np.abs(np.array(at(panel, y, x)) - grey).max() < 12


def test_the_answer_is_brighter_where_the_network_is_surer(tmp_path: Path) -> None:
    logits = torch.full((2, SIDE, SIDE), -8.0)
    logits[:, :, 8:] = 8.0

    panel = written(tmp_path / "p.jpg", CACHED, logits)[:256, 256:]

    assert sum(at(panel, 8, 12)) > sum(at(panel, 8, 3)) + 300


def test_the_view_comes_first_where_pixels_are_at_hand(tmp_path: Path) -> None:
    pixels = torch.zeros(2, 3, 64, 64)
    pixels[0, 0] = 1.0  # the first view is red

    picture = written(tmp_path / "p.jpg", replace(CACHED, seen=Seen("pixels", (pixels,))), torch.zeros(2, SIDE, SIDE))

    red, green, blue = at(picture[:256, :256], 8, 8)
    assert picture.shape == (512, 768, 3)
    assert red > 240
    assert max(green, blue) < 15
