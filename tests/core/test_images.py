"""Image files of every kind that people have, read as RGB or labels; bad ones refused in one line; writing."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from clickcut.core.images import (
    decode_image,
    decode_label_map,
    read_image,
    read_label_map,
    read_mask,
    read_numbers,
    to_8_bits,
    write_image,
    write_label_map,
    write_mask,
)

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = PHOTO[:, :, 0]


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def grey_as_rgb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([grey, grey, grey])


def png_header(width: int, height: int) -> bytes:
    """A PNG file that promises a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


# Photos


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "ppm"])
def test_a_photo_comes_back_as_it_was_saved(tmp_path: Path, ending: str) -> None:
    read = read_image(saved(tmp_path / f"a.{ending}", Image.fromarray(PHOTO)))

    assert read.dtype == np.uint8
    assert read.flags.writeable
    assert read.flags.c_contiguous
    np.testing.assert_array_equal(read, PHOTO)


def test_a_path_may_be_a_plain_string_and_the_name_any_letters(tmp_path: Path) -> None:
    path = saved(tmp_path / "Füße 图.png", Image.fromarray(PHOTO))

    np.testing.assert_array_equal(read_image(str(path)), PHOTO)


def test_grey_and_two_coloured_photos_become_rgb(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_image(saved(tmp_path / "grey.png", Image.fromarray(GREY))), grey_as_rgb(GREY))
    bits = Image.fromarray(GREY > 127)
    np.testing.assert_array_equal(read_image(saved(tmp_path / "bits.png", bits)), grey_as_rgb((GREY > 127).astype(np.uint8) * 255))


@pytest.mark.parametrize("alpha", [0, 90, 255])
def test_transparency_is_dropped_and_the_colours_under_it_kept(tmp_path: Path, alpha: int) -> None:
    channel = np.full((5, 7), alpha, np.uint8)

    rgba = saved(tmp_path / "rgba.png", Image.fromarray(np.dstack([PHOTO, channel])))
    grey_alpha = saved(tmp_path / "la.png", Image.fromarray(np.dstack([GREY, channel])))

    np.testing.assert_array_equal(read_image(rgba), PHOTO)
    np.testing.assert_array_equal(read_image(grey_alpha), grey_as_rgb(GREY))


def test_a_palette_photo_is_read_as_its_colours(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "L").convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])

    kinds: dict[str, dict[str, Any]] = {"plain": {}, "one": {"transparency": 1}, "graded": {"transparency": b"\x00\x80\xff"}}
    for name, options in kinds.items():
        assert read_image(saved(tmp_path / f"{name}.png", image, **options)).tolist() == [[[10, 20, 30], [40, 50, 60], [70, 80, 90]]]


def test_a_print_photo_is_read_as_rgb(tmp_path: Path) -> None:
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))

    red, green, blue = read_image(saved(tmp_path / "a.jpg", cmyk, quality=100))[8, 8]

    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_photos_are_turned_upright(tmp_path: Path, ending: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(PHOTO.repeat(16, 0).repeat(16, 1))
    path = saved(tmp_path / f"a.{ending}", image, exif=exif)

    with Image.open(path) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    read = read_image(path)

    assert read.shape == ((112, 80, 3) if orientation >= 5 else (80, 112, 3))
    np.testing.assert_array_equal(read, expected)


def test_a_senseless_orientation_is_passed_over(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77

    np.testing.assert_array_equal(read_image(saved(tmp_path / "a.png", Image.fromarray(PHOTO), exif=exif)), PHOTO)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bit_copies_of_a_photo_read_like_the_photo(tmp_path: Path, ending: str) -> None:
    deep = PHOTO.astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / f"rgb.{ending}"), deep[:, :, ::-1])
    cv2.imwrite(str(tmp_path / f"rgba.{ending}"), np.dstack([deep[:, :, ::-1], deep[:, :, 0]]))
    cv2.imwrite(str(tmp_path / f"grey.{ending}"), deep[:, :, 0])

    np.testing.assert_array_equal(read_image(tmp_path / f"rgb.{ending}"), PHOTO)
    np.testing.assert_array_equal(read_image(tmp_path / f"rgba.{ending}"), PHOTO)
    np.testing.assert_array_equal(read_image(tmp_path / f"grey.{ending}"), grey_as_rgb(GREY))


def test_sixteen_bit_colours_are_turned_upright_too(tmp_path: Path) -> None:
    encoded = cv2.imencode(".png", PHOTO[:, :, ::-1].astype(np.uint16) * 257)[1].tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    tiff = exif.tobytes().removeprefix(b"Exif\x00\x00")
    chunk = struct.pack(">I", len(tiff)) + b"eXIf" + tiff + struct.pack(">I", zlib.crc32(b"eXIf" + tiff))
    (tmp_path / "a.png").write_bytes(encoded[:33] + chunk + encoded[33:])  # after the 33 bytes of signature and header

    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.rot90(PHOTO, -1))


def test_of_a_stack_of_pages_the_first_is_read(tmp_path: Path) -> None:
    pages = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]

    np.testing.assert_array_equal(read_image(saved(tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:])), PHOTO)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 32768, 65535], np.uint16), [0, 128, 255]),  # all 16 bits used
        (np.array([0, 2048, 4095], np.uint16), [0, 128, 255]),  # a 12-bit camera
        (np.array([0, 7, 200], np.uint16), [0, 7, 200]),  # 8 bits in a wide file
        (np.array([0, 0], np.int32), [0, 0]),
        (np.array([-1000, 0, 1000], np.int32), [0, 128, 255]),  # a CT's numbers: smallest to largest
        (np.array([0, 0.5, 1], np.float32), [0, 128, 255]),  # fractions
        (np.array([0.2, 0.4], np.float32), [51, 102]),
        (np.array([5, 10, 15], np.float32), [0, 128, 255]),
        (np.array([7, 7], np.float32), [0, 0]),  # flat
    ],
)
def test_wide_values_are_scaled_by_their_range(values: NDArray[Any], expected: list[int]) -> None:
    assert to_8_bits(values).tolist() == expected


def test_a_float_photo_is_read_and_nan_refused(tmp_path: Path) -> None:
    values = np.array([[0, 0.5], [1, 0.25]], np.float32)
    assert read_image(saved(tmp_path / "a.tif", Image.fromarray(values)))[:, :, 1].tolist() == [[0, 128], [255, 64]]

    values[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"b\.tif.*NaN"):
        read_image(saved(tmp_path / "b.tif", Image.fromarray(values)))


# Bad files


def bad_files(folder: Path) -> dict[Path, str]:
    """Files that no reader can use, with what the message must say."""
    photo = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(photo, "PNG")
    contents = {
        "empty.png": (b"", "empty"),
        "text.png": (b"hello, I am no image", "not an image"),
        "cut.png": (photo.getvalue()[:400], "damaged"),
        "cut.jpg": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "cut.jpg"),
        "nothing.png": (png_header(0, 3), "not an image"),
        "pixelless.png": (png_header(3, 3), "pixelless.png"),
        "bomb.png": (png_header(60_000, 60_000), "too large"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    files = {folder / name: message for name, (_, message) in contents.items()}
    return files | {folder / "missing.png": "no such file", folder: "folder"}


@pytest.mark.parametrize("read", [read_image, read_mask, read_label_map])
def test_bad_files_are_refused_in_one_line_that_names_them(tmp_path: Path, read: Any) -> None:
    for path, message in bad_files(tmp_path).items():
        with pytest.raises(ValueError, match=message) as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_large_photo_below_the_limit_is_read_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)  # 35 pixels: Pillow would warn from 20 on and refuse from 40 on

    np.testing.assert_array_equal(read_image(saved(tmp_path / "a.png", Image.fromarray(PHOTO))), PHOTO)


# Masks and label maps


def test_a_label_map_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_label_map(tmp_path / "a.png", GREY)

    np.testing.assert_array_equal(read_label_map(tmp_path / "a.png", GREY.shape), GREY)


def test_a_mask_comes_back_as_it_was_written_and_is_black_and_white(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.png", GREY > 127)

    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), GREY > 127)
    assert set(np.unique(read_label_map(tmp_path / "a.png"))) == {0, 255}


def test_a_label_map_in_memory_is_read_as_from_its_file(tmp_path: Path) -> None:
    labels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    write_label_map(tmp_path / "a.png", labels)

    np.testing.assert_array_equal(decode_label_map((tmp_path / "a.png").read_bytes(), "a", (2, 3)), labels)
    with pytest.raises(ValueError, match="a is 3 wide and 2 high"):
        decode_label_map((tmp_path / "a.png").read_bytes(), "a", (3, 2))
    with pytest.raises(ValueError, match="a is empty"):
        decode_label_map(b"", "a")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32])
def test_numbers_of_up_to_32_bits_are_read_as_they_are(tmp_path: Path, kind: type[np.generic]) -> None:
    values = np.array([[0, 7, 255], [1, 2, 3]]).astype(kind) * (1 if kind is np.uint8 else 100)
    Image.fromarray(values).save(tmp_path / "a.tif")

    np.testing.assert_array_equal(read_numbers(tmp_path / "a.tif"), values)


def test_colours_are_no_numbers(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", np.zeros((2, 3, 3), np.uint8))

    with pytest.raises(ValueError, match="has colours or fractions, expected one channel of whole numbers"):
        read_numbers(tmp_path / "a.png")


def test_of_a_palette_label_map_the_indices_count(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "L").convert("P")
    image.putpalette([255, 255, 255, 0, 0, 0, 128, 0, 0])

    assert read_label_map(saved(tmp_path / "a.png", image)).tolist() == [[0, 1, 2]]


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(GREY).convert("RGB"),
        Image.fromarray(GREY).convert("RGBA"),
        Image.fromarray(GREY).convert("LA"),
        Image.fromarray(GREY.astype(np.uint16)),
    ],
    ids=["rgb", "rgba", "grey with alpha", "16 bits"],
)
def test_grey_labels_in_wider_files_are_read(tmp_path: Path, image: Image.Image) -> None:
    np.testing.assert_array_equal(read_label_map(saved(tmp_path / "a.png", image)), GREY)


def test_a_two_coloured_file_is_a_mask(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "a.png", Image.fromarray(GREY > 127))), GREY > 127)


def test_a_jpeg_is_a_mask_cut_in_the_middle_but_no_label_map(tmp_path: Path) -> None:
    mask = np.zeros((32, 32), bool)
    mask[8:24, 8:24] = True
    path = saved(tmp_path / "a.jpg", Image.fromarray(mask.astype(np.uint8) * 255), quality=60)

    np.testing.assert_array_equal(read_mask(path), mask)
    with pytest.raises(ValueError, match=r"a\.jpg is a JPEG"):
        read_label_map(path)


def test_masks_are_turned_upright_like_photos(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    read = read_label_map(saved(tmp_path / "a.png", Image.fromarray(GREY), exif=exif), (7, 5))

    np.testing.assert_array_equal(read, np.rot90(GREY, -1))


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.png", GREY > 127)

    with pytest.raises(ValueError, match=r"a\.png is 7 wide and 5 high, but its photo .* is 5 wide and 7 high"):
        read_mask(tmp_path / "a.png", (7, 5))


def test_coloured_or_too_wide_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="coloured"):
        read_label_map(saved(tmp_path / "a.png", Image.fromarray(PHOTO)))
    with pytest.raises(ValueError, match="from 300 to 300"):
        read_label_map(saved(tmp_path / "b.png", Image.fromarray(np.full((2, 2), 300, np.uint16))))
    with pytest.raises(ValueError, match="from nan to nan"):
        read_label_map(saved(tmp_path / "c.tif", Image.fromarray(np.full((2, 2), np.nan, np.float32))))


# Writing


def test_masks_are_written_as_png_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.png"):
        write_mask(tmp_path / "a.jpg", GREY > 127)


def test_images_are_written_in_the_format_of_their_name(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.webp", "A.JPG"):
        write_image(tmp_path / name, PHOTO)
        assert read_image(tmp_path / name).shape == PHOTO.shape


def test_names_that_promise_no_image_or_no_transparency_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.txt"):
        write_image(tmp_path / "a.txt", PHOTO)
    with pytest.raises(ValueError, match="no transparency"):
        write_image(tmp_path / "a.jpg", np.dstack([PHOTO, GREY]))
    assert list(tmp_path.iterdir()) == []


def test_an_image_at_hand_is_read_as_its_file_is(tmp_path: Path) -> None:
    for name, orientation in (("a.png", 1), ("b.jpg", 6)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(np.arange(60, dtype=np.uint8).reshape(4, 5, 3)).save(tmp_path / name, exif=exif)

        np.testing.assert_array_equal(decode_image((tmp_path / name).read_bytes(), name), read_image(tmp_path / name))


@pytest.mark.parametrize(
    ("data", "told"), [(b"", "the thing is empty"), (b"hello", "the thing is not an image"), (b"\x89PNG\r\n\x1a\n", "the thing")]
)
def test_what_is_no_image_at_hand_is_refused_by_its_name(data: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        decode_image(data, "the thing")
