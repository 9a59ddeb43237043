"""Colours of labels and classes, and how they are written."""

from __future__ import annotations

import re

from clickcut.data.annotated import Colour


def voc_colour(label: int) -> Colour:
    """Pascal VOC's colour of a label: its lowest three bits give the highest ones of red, green, blue, the next three the second."""
    red = green = blue = 0
    for bit in range(8):
        triple = label >> 3 * bit
        red |= (triple & 1) << 7 - bit
        green |= (triple >> 1 & 1) << 7 - bit
        blue |= (triple >> 2 & 1) << 7 - bit
    return red, green, blue


def voc_palette() -> bytes:
    """The colours of the labels 0 to 255, as palettes of PNG files hold them."""
    return b"".join(bytes(voc_colour(label)) for label in range(256))


def colour_text(colour: Colour) -> str:
    """ "#rrggbb"."""
    return "#" + bytes(colour).hex()


def colour_of(text: object) -> Colour | None:
    """The colour of a text "#rrggbb", None of anything else."""
    if not isinstance(text, str) or re.fullmatch("#[0-9a-fA-F]{6}", text) is None:
        return None
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue
