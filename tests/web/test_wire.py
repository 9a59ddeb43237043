"""The wire: what is packed comes back, and what is no mask is refused before it is swollen."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.web.wire import box_json, box_of, mask_json, packed, packed_labels, unpacked, unpacked_labels


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_a_mask_comes_back(mask: NDArray[np.bool_]) -> None:
    assert (unpacked(packed(mask), (mask.shape[0], mask.shape[1])) == mask).all()


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=20)))
def test_a_label_map_comes_back(labels: NDArray[np.uint16]) -> None:
    assert (unpacked_labels(packed_labels(labels), (labels.shape[0], labels.shape[1])) == labels).all()


def test_bits_run_row_after_row_without_padding_most_significant_first() -> None:
    mask = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.bool_)

    data = zlib.decompress(base64.b64decode(packed(mask)))

    assert data == bytes([0b10001000, 0b10000000])


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 99), st.integers(1, 99))
def test_a_box_comes_back(top: int, left: int, height: int, width: int) -> None:
    box = Box(top, left, top + height, left + width)

    assert box_of(box_json(box)) == box


@pytest.mark.parametrize(
    "bits",
    [
        pytest.param("???", id="no base64"),
        pytest.param(base64.b64encode(b"plain").decode(), id="not deflated"),
        pytest.param(base64.b64encode(zlib.compress(b"1")).decode(), id="too short"),
        pytest.param(base64.b64encode(zlib.compress(bytes(10**6))).decode(), id="swells beyond its box"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_mask_is_refused(bits: str) -> None:
    with pytest.raises(ValueError, match="mask bits should be"):
        unpacked(bits, (5, 5))


def test_no_pixels_are_no_box() -> None:
    assert mask_json(None, None, base=3, whole=False) == {"box": None, "bits": "", "base": 3, "whole": False}
