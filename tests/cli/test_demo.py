"""``clickcut demo``: its photos are in scikit-image's wheel, its clicks lie in them, and it writes what it says."""

from __future__ import annotations

from importlib.metadata import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.cli.demo import EXAMPLES, Example, photo_path, run


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.subject)
def test_the_photo_is_a_file_of_scikit_images_wheel(example: Example) -> None:
    shipped = {str(path) for path in files("scikit-image") or ()}

    assert f"skimage/data/{example.photo}" in shipped


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.subject)
def test_two_or_three_clicks_lie_in_thephoto_path(example: Example) -> None:
    with Image.open(photo_path(example.photo)) as photo:
        width, height = photo.size

    assert 2 <= len(example.clicks) <= 3
    assert all(0 <= click.y < height and 0 <= click.x < width for click in example.clicks)


def test_a_photo_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match=r"no photo of_nothing\.png"):
        photo_path("of_nothing.png")


@pytest.mark.slow
def test_the_shipped_model_cuts_each_object_with_its_clicks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "out")

    printed = capsys.readouterr().out
    for example in EXAMPLES:
        mask = np.asarray(Image.open(tmp_path / "out" / f"{example.subject}_cutout.png"))[:, :, 3] > 0
        assert all(mask[int(click.y), int(click.x)] == click.positive for click in example.clicks), example.subject
        assert 0.05 < mask.mean() < 0.9
        assert f"{example.subject}_overlay.png" in printed
