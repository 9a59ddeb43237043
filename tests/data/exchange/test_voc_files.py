"""Pascal VOC as its readers expect it, and sets that others made."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from clickcut.data.annotated import ObjectClass
from clickcut.data.exchange.colours import voc_palette
from clickcut.data.exchange.formats import written
from clickcut.data.exchange.pngs import encoded
from tests.data.exchange.objects import HW, PARTS, PIXEL, RING, annotated, masks_of, names_of, read_files, told

OBJECTS = "VOCdevkit/VOC2012/SegmentationObject/a.png"
CLASSES = "VOCdevkit/VOC2012/SegmentationClass/a.png"
BOXES = "VOCdevkit/VOC2012/Annotations/a.xml"
XML = b"""<annotation><filename>a.jpg</filename>
<object><name>mug</name><bndbox><xmin>21</xmin><ymin>11</ymin><xmax>25.0</xmax><ymax>14</ymax></bndbox></object>
<object><name>ring</name><bndbox><xmin>4</xmin><ymin>3</ymin><xmax>8</xmax><ymax>7</ymax></bndbox></object></annotation>"""


def labels(first: int, second: int) -> bytes:
    """RING and PARTS, with a border that is void."""
    values = np.where(RING, first, np.where(PARTS, second, 0)).astype(np.uint8)
    values[-1] = 255
    return encoded(values, palette=voc_palette())


def test_the_files_are_where_readers_look_for_them_with_labels_by_place() -> None:
    files = {file.name: file.content for file in written("voc", [annotated("cats/a.jpg")])}

    assert sorted(files) == [
        "Annotations/cats/a.xml",
        "ImageSets/Segmentation/trainval.txt",
        "SegmentationClass/cats/a.png",
        "SegmentationObject/cats/a.png",
        "labelmap.txt",
    ]
    assert files["ImageSets/Segmentation/trainval.txt"] == b"cats/a\n"
    assert files["labelmap.txt"].decode().splitlines()[1:] == ["background:0,0,0::", "cat:128,0,0::", "coffee cup:0,128,0::"]
    of_classes = np.asarray(Image.open(BytesIO(files["SegmentationClass/cats/a.png"])))
    np.testing.assert_array_equal(of_classes, np.where(PARTS, 2, np.where(RING | PIXEL, 1, 0)))


def test_boxes_count_from_1_and_hold_their_last_pixels() -> None:
    files = {file.name: file.content for file in written("voc", [annotated("cats/a.jpg")])}

    root = ET.fromstring(files["Annotations/cats/a.xml"])

    assert [root.findtext(path) for path in ("folder", "filename", "size/width", "size/height", "size/depth")] == [
        "cats",
        "a.jpg",
        "36",
        "24",
        "3",
    ]
    assert [one.findtext("name") for one in root.iter("object")] == ["cat", "coffee cup", "cat"]
    assert [[edge.text for edge in one] for one in root.iter("bndbox")] == [
        ["4", "3", "8", "7"],
        ["21", "11", "25", "14"],
        ["36", "24", "36", "24"],
    ]
    assert [one.findtext("truncated") for one in root.iter("object")] == ["0", "0", "1"]


def test_more_classes_than_labels_are_refused() -> None:
    many = tuple(ObjectClass(k, f"class {k}", (0, 0, 0)) for k in range(1, 256))

    with pytest.raises(ValueError, match="room for 254 classes, got 255"):
        list(written("voc", [annotated(classes=many)]))


def test_a_set_without_a_sheet_has_vocs_own_classes_and_void_is_no_object() -> None:
    back, problems = read_files(names_of(annotated()), {OBJECTS: labels(1, 2), CLASSES: labels(8, 5)})

    assert problems == []
    assert masks_of(back["a.jpg"]) == [RING.tolist(), PARTS.tolist()]
    assert told(back["a.jpg"]) == [("cat", ""), ("bottle", "")]


def test_without_class_images_the_boxes_tell_the_classes() -> None:
    back, problems = read_files(names_of(annotated()), {OBJECTS: labels(1, 2), BOXES: XML})

    assert problems == []
    assert told(back["a.jpg"]) == [("ring", ""), ("mug", "")]


def test_objects_alone_are_of_the_default_class() -> None:
    back, _ = read_files(names_of(annotated()), {OBJECTS: labels(3, 9)})

    assert told(back["a.jpg"]) == [("object", ""), ("object", "")]


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (b"<annotation><object>", "is broken XML"),
        (XML.replace(b"<ymin>3", b"<ymin>x"), "or a box lacks an edge"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>', "declares a document type"),
        ("<annotation/>".encode("utf-16"), "declares a document type"),
    ],
)
def test_broken_and_hostile_xml_is_told_of(xml: bytes, text: str) -> None:
    back, (problem,) = read_files(names_of(annotated()), {OBJECTS: labels(1, 2), BOXES: xml})

    assert back == {}
    assert text in problem.what


def test_class_images_of_another_size_are_told_of() -> None:
    back, (problem,) = read_files(names_of(annotated()), {OBJECTS: labels(1, 2), CLASSES: encoded(np.zeros((3, 4), np.uint8))})

    assert back == {}
    assert f"is 4 wide and 3 high, but its image (turned upright) is {HW[1]} wide" in problem.what
