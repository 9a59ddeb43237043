"""Tiles: they cover an image at every level, and thumbnails are made once."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clickcut.web.folder.listing import images_of
from clickcut.web.folder.pixels import Pixels, level_hw
from clickcut.web.folder.tiles import TILE, Tiles
from clickcut.web.refusal import Refusal
from tests.web.folder.test_pixels import colours


def opened(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(data)))


def tiles_of(folder: Path, *, large: int = 10**9) -> Tiles:
    return Tiles(Pixels(folder / "cache", large=large), folder / "thumbnails")


@pytest.mark.parametrize("large", [10**9, 1000], ids=["in memory", "from the disk"])
def test_the_tiles_of_each_level_are_the_image(tmp_path: Path, large: int) -> None:
    hw = (700, 1300)
    Image.fromarray(colours(hw)).save(tmp_path / "image.png")
    tiles, (image,) = tiles_of(tmp_path, large=large), images_of(tmp_path)

    assert tiles.num_levels(image) == 3
    for level in range(3):
        height, width = level_hw(hw, level)
        rows = [
            np.concatenate([opened(tiles.tile(image, level, column, row)) for column in range(-(-width // TILE))], axis=1)
            for row in range(-(-height // TILE))
        ]
        whole = np.concatenate(rows)
        smooth = np.asarray(Image.fromarray(colours(hw)).resize((width, height), Image.Resampling.BOX))
        assert whole.shape == smooth.shape
        assert np.abs(whole.astype(int) - smooth)[:, :, :2].mean() < 2  # blue wraps around, which no halving keeps


@pytest.mark.parametrize("place", [(0, 3, 0), (0, 0, 2), (3, 0, 0), (-1, 0, 0), (0, -1, 0), (10**9, 0, 0)])
def test_there_are_no_other_tiles(tmp_path: Path, place: tuple[int, int, int]) -> None:
    Image.fromarray(colours((700, 1300))).save(tmp_path / "image.png")
    tiles, (image,) = tiles_of(tmp_path), images_of(tmp_path)

    with pytest.raises(Refusal) as caught:
        tiles.tile(image, *place)

    assert caught.value.code == "no_such_tile"


@pytest.mark.parametrize(("suffix", "orientation"), [("jpg", 1), ("jpg", 6), ("png", 1)])
def test_a_thumbnail_is_small_upright_and_made_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(colours((600, 1200))).save(tmp_path / f"image.{suffix}", exif=exif)
    tiles, (image,) = tiles_of(tmp_path), images_of(tmp_path)

    first = tiles.thumbnail(image)

    assert opened(first).shape == ((128, 256, 3) if orientation == 1 else (256, 128, 3))
    (kept,) = (tmp_path / "thumbnails").rglob("*.jpg")
    kept.write_bytes(b"as it was")
    assert tiles.thumbnail(image) == b"as it was"


def test_a_changed_image_gets_another_thumbnail(tmp_path: Path) -> None:
    Image.fromarray(colours()).save(tmp_path / "image.png")
    tiles = tiles_of(tmp_path)
    tiles.thumbnail(images_of(tmp_path)[0])
    Image.fromarray(colours((30, 200))).save(tmp_path / "image.png")

    after = tiles.thumbnail(images_of(tmp_path)[0])

    assert opened(after).shape == (30, 200, 3)
    assert len(list((tmp_path / "thumbnails").rglob("*.jpg"))) == 1


def test_a_preview_of_a_small_image_has_its_size(tmp_path: Path) -> None:
    Image.fromarray(colours()).save(tmp_path / "image.png")
    tiles, (image,) = tiles_of(tmp_path), images_of(tmp_path)

    assert opened(tiles.preview(image)).shape == (60, 90, 3)
