"""What a PNG tells of itself, and colours as texts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clickcut.core.boxes import Box
from clickcut.data.exchange.colours import colour_of, colour_text, voc_colour, voc_palette
from clickcut.data.exchange.legend import Entry, legend_in, legend_of
from tests.data.exchange.objects import HW, annotated

SOUND = {
    "kind": "mask",
    "image": "a.jpg",
    "size": [3, 4],
    "box": None,
    "objects": [{"label": 1, "class": "cat", "colour": None, "name": ""}],
}


def test_a_legend_comes_back_from_its_text() -> None:
    legend = legend_of(annotated("ü.jpg"), "cutout", [2], Box(10, 20, 14, 25))

    assert legend_in(legend.text) == legend
    assert legend.entries == (Entry(2, "coffee cup", (200, 100, 0), "number 1"),)
    assert (legend.image, legend.hw) == ("ü.jpg", HW)


def test_the_sound_one_is_sound() -> None:
    assert legend_in(json.dumps(SOUND)) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"image": 5},
        {"size": [3]},
        {"size": ["a", 4]},
        {"size": [1e400, 4]},
        {"box": [0, 0, 0, 0]},
        {"box": 5},
        {"objects": [{}]},
        {"objects": None},
    ],
)
def test_texts_of_any_other_shape_are_none(change: dict[str, Any]) -> None:
    assert legend_in(json.dumps({**SOUND, **change})) is None


@pytest.mark.parametrize("text", [None, "", "{", "[]", "5", "[" * 100_000])
def test_other_texts_are_none(text: str | None) -> None:
    assert legend_in(text) is None


def test_colours_are_texts_and_back() -> None:
    assert colour_text((1, 0, 255)) == "#0100ff"
    assert colour_of("#0100FF") == (1, 0, 255)
    assert [colour_of(value) for value in ("#12345", "red", "#12345g", None, 5, "#123456\n")] == [None] * 6


def test_the_colours_of_voc_are_those_of_its_development_kit() -> None:
    assert [voc_colour(label) for label in (0, 1, 2, 3, 8, 15, 20, 255)] == [
        (0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (64, 0, 0), (192, 128, 128), (0, 64, 128), (224, 224, 192),
    ]  # fmt: skip
    assert voc_palette()[3:6] == bytes((128, 0, 0))
