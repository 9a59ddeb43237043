"""The value of an annotated image: what it refuses, and the maps that it draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clickcut.core.boxes import Box
from clickcut.data.annotated import Annotated, AnnotatedObject, ObjectClass
from clickcut.data.shapes import Piece
from tests.data.exchange.objects import CLASSES, HW, PARTS, PIXEL, RING, annotated, drawn

ONE = AnnotatedObject.of(RING, 3)


def test_an_object_is_cut_to_its_box_and_comes_back_as_its_mask() -> None:
    one = annotated()

    assert one.objects[0].box == Box(2, 3, 7, 8)
    np.testing.assert_array_equal(one.mask(0), RING)
    np.testing.assert_array_equal(one.only(1).mask(0), PARTS)
    assert one.class_of(one.objects[1]).name == "coffee cup"


def test_a_later_object_lies_over_an_earlier_one_in_both_maps() -> None:
    below, above = np.ones((2, 3), np.bool_), drawn(".#.", "...")

    one = annotated(masks=[below, above])

    assert one.label_map().tolist() == [[1, 2, 1], [1, 1, 1]]
    assert one.class_map().tolist() == [[1, 2, 1], [1, 1, 1]]


def test_maps_have_16_bits_where_8_are_not_enough() -> None:
    pixels = [AnnotatedObject(Piece(Box(0, k, 1, k + 1), np.ones((1, 1), np.bool_)), 1) for k in range(300)]
    classes = (ObjectClass(1, "dot", (0, 0, 0)),)
    many = Annotated("a.png", (1, 300), tuple(pixels), classes)

    assert many.label_map().dtype == np.uint16
    assert many.label_map()[0, 299] == 300
    assert many.class_map().dtype == np.uint8
    assert replace(many, objects=many.objects[:254]).label_map().dtype == np.uint8
    assert replace(many, objects=many.objects[:255]).label_map().dtype == np.uint16


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"classes": (CLASSES[0], CLASSES[0])}, "got some twice"),
        ({"classes": (CLASSES[0], ObjectClass(8, "cat", (0, 0, 0)))}, "got some twice"),
        ({"classes": CLASSES[1:]}, r"object 1 is of class 3, expected one of \[7\]"),
        ({"hw": (6, 20)}, "object 1 reaches out of the image's 20 x 6 pixels"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        replace(Annotated("a.jpg", HW, (ONE,), CLASSES), **change)


def test_an_object_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        AnnotatedObject.of(np.zeros_like(PIXEL), 3)


@pytest.mark.parametrize(
    ("made", "text"), [((0, "a", (0, 0, 0)), "id from 1 on"), ((1, " ", (0, 0, 0)), "a name"), ((1, "a", (0, 0, 256)), "0 to 255")]
)
def test_classes_have_an_id_a_name_and_a_colour(made: tuple[int, str, tuple[int, int, int]], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        ObjectClass(*made)
