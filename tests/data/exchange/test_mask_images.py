"""PNG files of masks: what they look like to other programs, and files of other programs that say nothing of themselves."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.data.annotated import Annotated, AnnotatedObject, ObjectClass
from clickcut.data.exchange.formats import written
from clickcut.data.exchange.legend import legend_in
from clickcut.data.exchange.pngs import encoded
from clickcut.data.exchange.source import Files
from clickcut.data.shapes import Piece
from tests.data.exchange.objects import CLASSES, HW, PARTS, PIXEL, RING, annotated, masks_of, names_of, read_back, told
from tests.data.photos import ellipses, ramp


def files_of(name: str, *images: Annotated) -> dict[str, bytes]:
    return {file.name: file.content for file in written(name, images)}


def image_in(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def as_file(pixels: Any, kind: str = "PNG", mode: str | None = None) -> bytes:
    content = BytesIO()
    image = Image.fromarray(pixels)
    (image if mode is None else image.convert(mode)).save(content, kind)
    return content.getvalue()


def test_a_label_map_is_a_palette_image_of_places_in_vocs_colours() -> None:
    one = annotated()

    image = image_in(files_of("label-map", one)["masks/a.png"])

    assert image.mode == "P"
    np.testing.assert_array_equal(np.asarray(image), one.label_map())
    assert image.convert("RGB").getpixel((3, 2)) == (128, 0, 0)
    assert image.convert("RGB").getpixel((35, 23)) == (128, 128, 0)


def test_beyond_254_objects_a_label_map_has_16_bits() -> None:
    objects = tuple(AnnotatedObject(Piece(Box(0, k, 1, k + 1), np.ones((1, 1), np.bool_)), 1) for k in range(300))
    one = Annotated("a.png", (1, 300), objects, (ObjectClass(1, "dot", (0, 0, 0)),))

    files = files_of("label-map", one)
    back, problems = read_back(Files(files), names_of(one))

    assert image_in(files["masks/a.png"]).mode == "I;16"
    assert problems == []
    assert masks_of(back["a.png"]) == masks_of(one)


def test_each_mask_is_grey_and_as_large_as_its_image() -> None:
    files = files_of("masks", annotated())

    assert sorted(files) == ["masks/a_1.png", "masks/a_2.png", "masks/a_3.png", "objects.csv"]
    image = image_in(files["masks/a_2.png"])
    assert image.mode == "L"
    np.testing.assert_array_equal(np.asarray(image), 255 * PARTS.astype(np.uint8))


def test_a_cut_out_shows_the_objects_pixels_alone() -> None:
    files = files_of("cutouts", annotated())

    assert "cutouts/a_2_coffee_cup.png" in files
    pixels = np.asarray(image_in(files["cutouts/a_1_cat.png"]))
    inside = RING[2:7, 3:8]
    np.testing.assert_array_equal(pixels[:, :, 3], 255 * inside)
    np.testing.assert_array_equal(pixels[inside][:, :3], ramp(HW)[2:7, 3:8][inside])
    assert not pixels[~inside].any()


def test_cut_outs_of_an_image_without_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.jpg: cut-outs need the pixels"):
        files_of("cutouts", replace(annotated(), pixels=None))


def test_a_table_tells_people_what_is_on_the_files() -> None:
    table = files_of("label-map", annotated("a, b.jpg"))["objects.csv"].decode().splitlines()

    assert table[0] == "file,image,label,class,colour,name"
    assert table[1] == '"masks/a, b.png","a, b.jpg",1,cat,#0a141e,'
    assert table[2] == '"masks/a, b.png","a, b.jpg",2,coffee cup,#c86400,number 1'


LABELS = ellipses(HW, 3)
LABELS_ARE = {k: np.equal(LABELS, k) for k in (1, 2, 3)}
HALF = np.where(RING, np.uint8(200), np.uint8(20))


@pytest.mark.parametrize(
    ("name", "data", "masks"),
    [
        # a label map, its 255 is ignored
        ("a.png", as_file(np.where(PARTS, np.uint8(255), LABELS)), [(LABELS_ARE[k]) & ~PARTS for k in (1, 2, 3)]),
        # the same in 16 bits, where 255 is a label like others
        (
            "a.png",
            as_file(np.where(PARTS, np.uint16(255), LABELS.astype(np.uint16))),
            [*((LABELS_ARE[k]) & ~PARTS for k in (1, 2, 3)), PARTS],
        ),
        ("a.png", as_file(np.where(PARTS, np.uint16(60000), np.uint16(0))), [PARTS]),
        # a mask with 0 and 255
        ("a.png", as_file(255 * RING.astype(np.uint8)), [RING]),
        ("a.png", as_file(RING), [RING]),
        ("a.png", as_file(255 * RING.astype(np.uint8), mode="RGB"), [RING]),
        ("masks/a.tif", as_file(255 * RING.astype(np.uint8), "TIFF"), [RING]),
        ("a.bmp", as_file(255 * RING.astype(np.uint8), "BMP"), [RING]),
        # names with words and numbers, and a folder an image
        ("a_mask.png", as_file(RING), [RING]),
        ("a_mask_12.png", as_file(RING), [RING]),
        ("a-7.png", as_file(RING), [RING]),
        ("somewhere/a/7.png", as_file(RING), [RING]),
        # transparency, soft
        ("a.png", as_file(np.dstack([ramp(HW), HALF])), [RING]),
        ("a.png", as_file(np.zeros(HW, np.uint8)), []),
    ],
)
def test_files_of_other_programs_are_read(name: str, data: bytes, masks: list[Any]) -> None:
    back, problems = read_back(Files({name: data}), names_of(annotated()))

    assert problems == []
    assert (masks_of(back["a.jpg"]) if back else []) == [mask.tolist() for mask in masks]
    assert all(entry == ("object", "") for one in back.values() for entry in told(one))


def test_a_mask_with_blurred_edges_is_one_object() -> None:
    y, x = np.ogrid[:80, :80]
    soft = np.clip(255 - 20 * (np.hypot(y - 40, x - 40) - 20), 0, 255).astype(np.uint8)
    one = annotated("a.png", [soft > 127])

    back, _ = read_back(Files({"a.png": as_file(soft)}), names_of(one))

    assert masks_of(back["a.png"]) == masks_of(one)


@pytest.mark.parametrize(
    ("photo", "mask"),
    [
        ("images/a.png", "masks/a.png"),  # folders side by side
        ("set/images/a.png", "set/SegmentationClass/labels/a.png"),
        ("a.jpg", "a.png"),  # a PNG beside a JPEG
    ],
)
def test_photos_beside_the_masks_are_no_masks(photo: str, mask: str) -> None:
    files = {photo: as_file(ramp(HW)[:, :, 0], "JPEG" if photo.endswith("jpg") else "PNG"), mask: as_file(RING)}

    back, problems = read_back(Files(files), names_of(annotated()))

    assert problems == []
    assert masks_of(back["a.jpg"]) == [RING.tolist()]


def test_masks_of_one_image_are_read_in_the_order_of_their_numbers() -> None:
    files = {f"a_{number}.png": as_file(mask) for number, mask in ((10, PIXEL), (9, PARTS), (1, RING))}

    back, _ = read_back(Files(files), names_of(annotated()))

    assert masks_of(back["a.jpg"]) == masks_of(annotated())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (as_file(ramp(HW)), "is coloured"),
        (as_file(ramp(HW), "JPEG"), "no image that masks are kept in exactly"),
        (as_file(RING[:, :-1]), "is 35 wide and 24 high, expected 36 and 24, as its image has"),
        (as_file(np.full(HW, -1, np.int32), "TIFF"), "labels from -1 to -1"),
    ],
)
def test_what_is_no_mask_is_told_of(data: bytes, text: str) -> None:
    back, (problem,) = read_back(Files({"a.png": data}), names_of(annotated()))

    assert back == {}
    assert text in str(problem)


def test_a_legend_that_reaches_out_of_the_image_is_told_of() -> None:
    made = legend_in(f'{{"kind":"cutout","image":"a.jpg","size":[{HW[0]},{HW[1]}],"box":[24,35,25,36],"objects":[]}}')
    data = encoded(np.zeros((1, 1, 4), np.uint8), legend=made)

    back, (problem,) = read_back(Files({"a.png": data}), names_of(annotated()))

    assert back == {}
    assert "reaches out of its image" in str(problem)


def test_two_images_of_one_name_are_told_apart_by_the_legend() -> None:
    images = (annotated("a.jpg", [RING]), annotated("a.png", [PARTS]), annotated("A.tif", [PIXEL]))

    files = files_of("label-map", *images)
    back, problems = read_back(Files(files), names_of(*images))

    assert sorted(files) == ["masks/A.tif.png", "masks/a.png", "masks/a.png.png", "objects.csv"]
    assert problems == []
    assert all(masks_of(back[one.image]) == masks_of(one) for one in images)


def test_uploads_of_the_annotator_are_not_hidden_in_an_export() -> None:
    one = annotated(".clickcut/uploads/a-12.png")

    files = files_of("label-map", one)
    back, problems = read_back(Files(files), names_of(one))

    assert "masks/uploads/a-12.png" in files
    assert problems == []
    assert list(back) == [one.image]


def test_colours_of_classes_are_kept() -> None:
    back, _ = read_back(Files(files_of("masks", annotated())), names_of(annotated()))

    assert [known.colour for known in back["a.jpg"].classes] == [known.colour for known in CLASSES]
