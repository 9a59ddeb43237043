"""Masks, label maps and boxes as JSON: deflated packed bits in base64, x first as browsers count. No torch: the client reads them too."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.masks import Mask

_LEVEL = 1
"""Of deflate: a mask packs to a hundredth at any level, and this one takes a third of the time of the usual one."""


class BoxJson(TypedDict):
    """A box as the wire has it."""

    x: int
    y: int
    width: int
    height: int


def box_json(box: Box) -> BoxJson:
    return {"x": box.left, "y": box.top, "width": box.width, "height": box.height}


def box_of(value: BoxJson) -> Box:
    """The box of its JSON; ValueError where it holds no pixel."""
    return Box(value["y"], value["x"], value["y"] + value["height"], value["x"] + value["width"])


def packed(mask: Mask) -> str:
    """The bits of a mask (H, W): row after row without padding, most significant bit first, deflated, in base64."""
    return _deflated(np.packbits(mask).tobytes())


def unpacked(bits: str, hw: tuple[int, int]) -> Mask:
    """The mask (H, W) that ``packed`` wrote; ValueError where it is none of this size."""
    num_pixels = hw[0] * hw[1]
    data = _inflated(bits, (num_pixels + 7) // 8)
    mask: Mask = np.unpackbits(np.frombuffer(data, np.uint8), count=num_pixels).astype(np.bool_).reshape(hw)
    return mask


def packed_labels(labels: NDArray[np.uint16]) -> str:
    """A label map (H, W) as deflated little-endian 16-bit rows in base64."""
    return _deflated(labels.astype("<u2").tobytes())


def unpacked_labels(text: str, hw: tuple[int, int]) -> NDArray[np.uint16]:
    """The label map (H, W) that ``packed_labels`` wrote."""
    data = _inflated(text, hw[0] * hw[1] * 2)
    return np.frombuffer(data, "<u2").astype(np.uint16).reshape(hw)


def mask_json(box: Box | None, mask: Mask | None, *, base: int | None = None, whole: bool = True) -> dict[str, Any]:
    """What the wire calls a mask: ``mask`` over ``box``; both None for one without pixels, or for no change."""
    return {
        "box": None if box is None else box_json(box),
        "bits": "" if mask is None else packed(mask),
        "base": base,
        "whole": whole,
    }


def _deflated(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, _LEVEL)).decode("ascii")


def _inflated(text: str, num_bytes: int) -> bytes:
    """Never more than ``num_bytes``, whatever the text would swell to."""
    try:
        inflater = zlib.decompressobj()
        data = inflater.decompress(base64.b64decode(text, validate=True), num_bytes + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"mask bits should be deflated and in base64: {error}") from error
    if len(data) != num_bytes:
        raise ValueError(f"mask bits should be {num_bytes} bytes for their box, got {'more' if len(data) > num_bytes else len(data)}")
    return data
