"""Pixels: every kind of file comes upright and in 8-bit RGB, large ones from the disk level by level, and what is none is told."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.core.images import read_image
from clickcut.web.folder.listing import ListedImage, images_of
from clickcut.web.folder.pixels import Pixels, level_hw
from clickcut.web.refusal import Refusal

HW = (60, 90)


def colours(hw: tuple[int, int] = HW) -> NDArray[np.uint8]:
    """No two rows or columns alike, so that a wrong turn is seen."""
    y, x = np.mgrid[: hw[0], : hw[1]]
    return np.stack((y * 255 // hw[0], x * 255 // hw[1], (y + 2 * x) % 256), axis=-1).astype(np.uint8)


def only_image(folder: Path) -> ListedImage:
    (image,) = images_of(folder)
    return image


def save(path: Path, kind: str) -> None:
    rgb = colours()
    grey = rgb[:, :, 0]
    if kind.startswith("exif"):
        exif = Image.Exif()
        exif[0x0112] = int(kind[-1])
        Image.fromarray(rgb).save(path, exif=exif)
        return
    made: dict[str, Any] = {
        "grey": lambda: Image.fromarray(grey),
        "16-bit": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "alpha": lambda: Image.fromarray(np.dstack([rgb, 255 - grey])),
        "palette": lambda: Image.fromarray(rgb).quantize(64),
        "rgb": lambda: Image.fromarray(rgb),
    }
    made[kind]().save(path)


KINDS = [
    ("rgb", "png"),
    ("rgb", "bmp"),
    ("rgb", "tif"),
    ("rgb", "webp"),
    ("grey", "png"),
    ("grey", "jpg"),
    ("16-bit", "png"),
    ("16-bit", "tif"),
    ("alpha", "png"),
    ("alpha", "tif"),
    ("palette", "png"),
    *((f"exif {turn}", "jpg") for turn in range(1, 9)),
    ("exif 6", "png"),
    ("exif 8", "tif"),
]


@pytest.mark.parametrize(("kind", "suffix"), KINDS)
def test_every_kind_of_file_is_shown_as_viewers_show_it(tmp_path: Path, kind: str, suffix: str) -> None:
    save(tmp_path / f"image.{suffix}", kind)
    pixels, image = Pixels(tmp_path / "cache"), only_image(tmp_path)

    shown = pixels.whole(image)

    assert shown.dtype == np.uint8
    assert shown.shape == (*pixels.hw(image), 3)
    assert (shown == read_image(image.path)).all()
    if kind in ("exif 6", "exif 8"):
        assert pixels.hw(image) == (HW[1], HW[0])


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "suffix"), [one for one in KINDS if one[1] != "webp"])
def test_a_large_image_has_the_same_pixels_from_the_disk(tmp_path: Path, kind: str, suffix: str) -> None:
    save(tmp_path / f"image.{suffix}", kind)
    image = only_image(tmp_path)
    large, small = Pixels(tmp_path / "cache", large=100), Pixels(tmp_path / "other")

    box = Box(10, 20, 50, 60)
    found = large.part(image, box)

    assert large.is_large(image)
    assert isinstance(large.whole(image), np.memmap)
    assert (found == small.part(image, box)).all()
    assert (large.whole(image) == small.whole(image)).all()


def test_levels_are_halves_of_each_other_also_of_odd_sizes(tmp_path: Path) -> None:
    hw = (4133, 2057)
    Image.fromarray(np.broadcast_to(np.array([10, 200, 90], np.uint8), (*hw, 3)).copy()).save(tmp_path / "image.png")
    pixels, image = Pixels(tmp_path / "cache", large=100), only_image(tmp_path)

    sizes = pixels.levels(image).sizes

    assert sizes == (hw, (2067, 1029), (1034, 515))
    for level in range(5):
        box = Box.whole(level_hw(hw, level))
        assert (pixels.part(image, box, level) == (10, 200, 90)).all()


def test_a_large_image_is_decoded_once(tmp_path: Path) -> None:
    save(tmp_path / "image.png", "rgb")
    image = only_image(tmp_path)
    Pixels(tmp_path / "cache", large=100).levels(image)
    (made,) = (tmp_path / "cache").iterdir()
    before = made.stat().st_mtime_ns

    Pixels(tmp_path / "cache", large=100).levels(image)

    assert made.stat().st_mtime_ns == before


def test_too_many_pixels_are_refused_by_the_header_alone(tmp_path: Path) -> None:
    save(tmp_path / "image.png", "rgb")

    with pytest.raises(Refusal, match="at most 100 are opened") as caught:
        Pixels(tmp_path / "cache", most_pixels=100).hw(only_image(tmp_path))

    assert caught.value.code == "too_large"


def test_a_bomb_beyond_pillows_own_limit_is_refused_by_its_header(tmp_path: Path) -> None:
    save(tmp_path / "image.png", "grey")
    bomb = bytearray((tmp_path / "image.png").read_bytes())
    bomb[16:24] = (30000).to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4, "big")
    (tmp_path / "image.png").write_bytes(bomb)

    with pytest.raises(Refusal, match="30000 x 30000 pixels") as caught:
        Pixels(tmp_path / "cache").hw(only_image(tmp_path))

    assert caught.value.code == "too_large"


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(30)])
def test_what_cannot_be_read_is_told_by_the_images_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.png").write_bytes(content)

    with pytest.raises(Refusal, match=r"broken\.png") as caught:
        Pixels(tmp_path / "cache").hw(only_image(tmp_path))

    assert caught.value.code == "unreadable_image"
    assert str(tmp_path) not in str(caught.value)


def test_a_damaged_large_image_leaves_nothing_behind(tmp_path: Path) -> None:
    save(tmp_path / "image.png", "rgb")
    data = (tmp_path / "image.png").read_bytes()
    (tmp_path / "image.png").write_bytes(data[: len(data) // 2])

    with pytest.raises(Refusal):
        Pixels(tmp_path / "cache", large=100).levels(only_image(tmp_path))

    assert list((tmp_path / "cache").iterdir()) == []
