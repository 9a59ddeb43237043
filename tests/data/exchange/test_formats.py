"""Every format: what is written is recognised and comes back, and nothing that is broken does more than to be told of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from clickcut.cli.options import FormatName
from clickcut.data.annotated import ObjectClass
from clickcut.data.exchange.formats import FORMATS, format_called, imported, recognised, written
from clickcut.data.exchange.source import Files
from tests.data.exchange.objects import CLASSES, HW, PARTS, PIXEL, RING, annotated, exported, masks_of, names_of, read_back, told
from tests.data.photos import ramp

NAMED = ("label-map", "masks", "cutouts", "coco-rle", "coco-polygons", "labelme", "labelme-masks")
COLOURED = ("label-map", "masks", "cutouts", "coco-rle", "coco-polygons")
KEEP_OVERLAPS = tuple(name for name in FORMATS if name not in ("label-map", "voc"))
IMAGES = (annotated("a.jpg"), annotated("folder/b c.tif", [PARTS, RING]), annotated("folder/ü.png", [PIXEL]))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) * 2 // 3],
    "zeros": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "text": lambda data: b"nonsense \xff",
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("name", FORMATS)
def test_masks_and_classes_come_back_exactly(name: str) -> None:
    back, problems = read_back(exported(name, IMAGES), names_of(*IMAGES))

    assert problems == []
    assert list(back) == [one.image for one in IMAGES]
    for one in IMAGES:
        assert back[one.image].hw == one.hw
        assert masks_of(back[one.image]) == masks_of(one)
        expected = told(one) if name in NAMED else [(known, "") for known, _ in told(one)]
        assert told(back[one.image]) == expected
    if name in COLOURED:
        assert back["a.jpg"].classes == tuple(ObjectClass(k, c.name, c.colour) for k, c in enumerate(CLASSES, start=1))


@pytest.mark.parametrize("name", KEEP_OVERLAPS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(masks=hnp.arrays(np.bool_, st.tuples(st.just(2), st.integers(1, 9), st.integers(1, 9))))
def test_any_two_masks_come_back_also_where_they_overlap(name: str, masks: np.ndarray) -> None:
    one = annotated("x.png", [mask for mask in masks if mask.any()] or [np.ones(masks.shape[1:], np.bool_)])

    back, problems = read_back(exported(name, [one]), names_of(one))

    assert problems == []
    assert masks_of(back["x.png"]) == masks_of(one)


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_recognised_by_its_files(name: str) -> None:
    found = recognised(exported(name, IMAGES))

    assert found.read is FORMATS[name].read


@pytest.mark.parametrize("name", FORMATS)
def test_the_images_beside_it_do_not_disturb(name: str) -> None:
    content = BytesIO()
    Image.fromarray(ramp(HW)).save(content, "PNG")
    folder = FORMATS[name].image_folder
    files = {file.name: file.content for file in written(name, [annotated("a.png")])}

    back, problems = read_back(Files({**files, f"{folder}/a.png".lstrip("/"): content.getvalue()}), names_of(annotated("a.png")))

    assert problems == []
    assert masks_of(back["a.png"]) == masks_of(annotated())


def test_labels_beside_images_are_yolos_without_a_sheet_too() -> None:
    assert recognised(Files({"images/a.png": b"", "labels/a.txt": b""})).name == "yolo"


@pytest.mark.parametrize("name", FORMATS)
def test_no_image_at_all_is_written_and_read_without_complaint(name: str) -> None:
    assert read_back(exported(name, []), names_of(), name) == ({}, [])


@pytest.mark.parametrize("name", FORMATS)
def test_images_of_another_size_are_told_of(name: str) -> None:
    larger = replace(annotated(), hw=(50, 60), objects=())

    back, problems = read_back(exported(name, [annotated()]), names_of(larger))

    if name == "yolo":  # whose coordinates are shares of the sides
        assert list(back) == ["a.jpg"]
    else:
        assert back == {}
        assert all("60" in str(problem) and "36" in str(problem) for problem in problems)
        assert problems


@pytest.mark.parametrize("name", FORMATS)
def test_images_that_are_not_there_are_told_of(name: str) -> None:
    back, problems = read_back(exported(name, [annotated()]), names_of(annotated("other.jpg")))

    assert back == {}
    assert problems
    assert all("no image of that name" in str(problem) for problem in problems)


@pytest.mark.parametrize("name", FORMATS)
def test_the_image_that_is_named_is_meant_whatever_the_files_say(name: str) -> None:
    back, problems = read_back(exported(name, [annotated()]), names_of(annotated("other.jpg")), name, "other.jpg")

    assert problems == []
    assert masks_of(back["other.jpg"]) == masks_of(annotated())


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_told_of_and_left_out(name: str, damage: str) -> None:
    files = {file.name: DAMAGES[damage](file.content) for file in written(name, [annotated()]) if not file.is_extra}

    back, problems = read_back(Files(files), names_of(annotated()), name)

    assert problems or (name == "yolo" and damage in ("cut", "empty"))
    assert len(back) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_do_more_than_to_be_told_of(name: str, data: st.DataObject) -> None:
    files = {file.name: file.content for file in written(name, [annotated()])}
    hurt = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[hurt])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    list(imported(Files({**files, hurt: bytes(content)}), names_of(annotated()), name))


ODD: tuple[Any, ...] = (None, True, -1, 10**30, 1e400, "", "x", [], {}, [[1, 2]], {"a": 1})


@pytest.mark.parametrize("name", ["coco-rle", "coco-polygons", "labelme", "labelme-masks"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_json_of_another_shape_does_more_than_to_be_told_of(name: str, data: st.DataObject) -> None:
    (file,) = written(name, [annotated()])
    content = json.loads(file.content)
    place = content
    while isinstance(place, (dict, list)) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not place[key] or not isinstance(place[key], (dict, list)) or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from(ODD))
            break
        place = place[key]

    list(imported(Files({file.name: json.dumps(content).encode()}), names_of(annotated()), name))


def test_an_unknown_format_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match=r"expected a format, one of label-map, .* got 'coco_rle'; did you mean coco-rle"):
        format_called("coco_rle")


@pytest.mark.parametrize("tolerance", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_is_a_number_from_0_on(tolerance: float) -> None:
    with pytest.raises(ValueError, match="expected a tolerance of 0"):
        written("yolo", [], tolerance)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({}, "found nothing"),
        ({"a.docx": b""}, r"found a\.docx"),
        ({"a.json": b'{"some": 1}'}, "found neither in a.json"),
        ({"a.jpg": b"", "readme.txt": b""}, None),
    ],
)
def test_files_of_no_known_format_are_refused(files: dict[str, bytes], text: str | None) -> None:
    if text is None:
        assert recognised(Files(files)).name == "label-map"
    else:
        with pytest.raises(ValueError, match=text):
            recognised(Files(files))


def test_images_with_further_classes_share_one_list() -> None:
    more = (*CLASSES, ObjectClass(9, "dog", (0, 0, 1)))

    back, _ = read_back(
        exported("yolo", [annotated("a.png"), annotated("b.png", classes=more)]), names_of(annotated("a.png"), annotated("b.png"))
    )

    assert told(back["b.png"])[2] == ("dog", "")
    assert told(back["a.png"])[2] == ("cat", "")


def test_classes_that_mean_different_things_are_refused() -> None:
    other = (ObjectClass(3, "dog", (0, 0, 1)),)

    with pytest.raises(ValueError, match=r"b\.png: class 3 is 'dog' here, and 'cat' in an image before it"):
        exported("yolo", [annotated("a.png"), annotated("b.png", classes=other)])


def test_the_command_line_offers_these_formats() -> None:
    assert get_args(FormatName) == tuple(FORMATS)


def test_objects_that_others_lie_over_lose_their_pixels_in_a_label_map_alone() -> None:
    small = RING & (np.arange(HW[1]) < 5)
    one = annotated(masks=[small, RING])

    back, problems = read_back(exported("label-map", [one]), names_of(one))

    assert problems == []
    assert told(back["a.jpg"]) == [("coffee cup", "number 1")]
    assert masks_of(back["a.jpg"]) == masks_of(one.only(1))
