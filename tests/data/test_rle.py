"""Run lengths: packed and plain ones give the mask they were made of, and broken ones are refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clickcut.core.masks import Mask
from clickcut.data.rle import Rle, unpacked
from clickcut.data.shapes import piece_of
from tests.data.formats import covered, packed, run_lengths

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))


def of(mask: Mask, counts: Any) -> Rle:
    return Rle.of({"size": list(mask.shape), "counts": counts})


@given(mask=masks)
def test_packed_and_plain_run_lengths_give_their_mask(mask: Mask) -> None:
    np.testing.assert_array_equal(of(mask, packed(mask)).mask(), mask)
    np.testing.assert_array_equal(of(mask, run_lengths(mask)).mask(), mask)


@pytest.mark.parametrize(
    ("hw", "holes", "text"),
    [
        ((5, 6), [(1, 2, 4, 5, True), (2, 3, 3, 4, False)], ";32NO0124"),
        ((2000, 3000), [(0, 0, 2000, 3000, True)], "0P\\Sg5"),
        ((50, 40), [(10, 3, 20, 6, True), (40, 39, 50, 40, True)], "P5:X1000`d10"),
        ((4, 5), [], "d0"),
    ],
)
def test_texts_that_pycocotools_2_0_11_wrote_are_read(hw: tuple[int, int], holes: list[tuple[int, int, int, int, bool]], text: str) -> None:
    mask = np.zeros(hw, np.bool_)
    for top, left, bottom, right, value in holes:
        mask[top:bottom, left:right] = value

    np.testing.assert_array_equal(of(mask, text).mask(), mask)


@given(mask=masks)
def test_pycocotools_agrees(mask: Mask) -> None:
    theirs = pytest.importorskip("pycocotools.mask")

    text = theirs.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()

    assert text == packed(mask)
    np.testing.assert_array_equal(of(mask, text).mask(), mask)


def test_a_mask_is_cut_to_its_box() -> None:
    piece = of(mask := covered((20, 30), 3, 4, 9, 20), packed(mask)).piece((20, 30))

    assert piece is not None
    assert (piece.box.top, piece.box.left, piece.box.bottom, piece.box.right) == (3, 4, 9, 20)
    assert piece.inside.all()


def test_an_empty_mask_covers_nothing() -> None:
    assert of(np.zeros((3, 4), np.bool_), [12]).piece((3, 4)) is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"counts": [12]}, "should say their size"),
        ({"size": [3, "4"], "counts": [12]}, "should say their size"),
        ({"size": [3, 4]}, "whole numbers or their packed text"),
        ({"size": [3, 4], "counts": [1.5]}, "whole numbers or their packed text"),
        ({"size": [3, 4], "counts": [10**30]}, "whole numbers or their packed text"),
        ({"size": [3, 4], "counts": [5, 6]}, "add up to the 3 x 4 pixels"),
        ({"size": [3, 4], "counts": [-1, 13]}, "add up to"),
        ({"size": [3, 4], "counts": [2**63 - 1, 2**63 - 1, 14]}, "add up to"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "add up to"),
        ({"size": [3, 4], "counts": "\u00e9!"}, "cut off or hold characters"),
        ({"size": [3, 4], "counts": "P"}, "cut off or hold characters"),
        ({"size": [3, 4], "counts": "o" * 20 + "0"}, "a number that is too large"),
        ({"size": [3, 4], "counts": ""}, "add up to"),
    ],
)
def test_broken_run_lengths_are_refused(value: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Rle.of(value)


def test_run_lengths_of_another_size_than_the_photos_are_refused() -> None:
    with pytest.raises(ValueError, match="run lengths are of 4 x 3 pixels, but the photo"):
        of(np.zeros((3, 4), np.bool_), [12]).piece((4, 3))


@given(text=st.text(max_size=30) | st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=30))
def test_no_text_does_anything_but_give_numbers_or_a_clear_refusal(text: str) -> None:
    belongs = all(48 <= ord(character) < 112 for character in text) and not (text and (ord(text[-1]) - 48) & 32)
    too_long = any(len(part) > 11 for part in re.findall("[P-o]+", text))

    if belongs and not too_long:
        assert len(unpacked(text)) == sum(ord(character) - 48 < 32 for character in text)
    else:
        with pytest.raises(ValueError, match="packed run lengths"):
            unpacked(text)


@given(mask=masks, top=st.integers(0, 3), left=st.integers(0, 3), below=st.integers(0, 3), right=st.integers(0, 3))
def test_pixels_give_the_run_lengths_of_their_whole_mask(mask: Mask, top: int, left: int, below: int, right: int) -> None:
    whole = np.pad(mask, ((top, below), (left, right)))
    piece = piece_of(whole)
    if piece is None:
        return

    rle = Rle.around(piece, (whole.shape[0], whole.shape[1]))

    assert rle.counts.tolist() == run_lengths(whole)
    assert rle.text == packed(whole)


def test_run_lengths_of_hundreds_of_millions_of_pixels_are_packed_and_unpacked() -> None:
    counts = np.array([399_999_990, 3, 1, 4, 2], np.int64)

    text = Rle((20_000, 20_000), counts).text

    np.testing.assert_array_equal(unpacked(text), counts)
