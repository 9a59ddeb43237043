"""Objects cut out by hand, for the tests of formats, and what comes back of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np

from clickcut.core.masks import Mask
from clickcut.data.annotated import Annotated, AnnotatedObject, ObjectClass
from clickcut.data.exchange.formats import imported, written
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.source import Files, Source, of_bytes
from clickcut.data.exchange.written import to_zip
from clickcut.data.photos import Problem
from tests.data.photos import ramp

CLASSES = (ObjectClass(3, "cat", (10, 20, 30)), ObjectClass(7, "coffee cup", (200, 100, 0)))
HW = (24, 36)


def drawn(*rows: str) -> Mask:
    """A mask of rows of text, "#" on the object."""
    return np.array([[character == "#" for character in row] for row in rows], np.bool_)


def within(hw: tuple[int, int], mask: Mask, top: int, left: int) -> Mask:
    """A mask of ``hw`` with a smaller one in it."""
    whole = np.zeros(hw, np.bool_)
    whole[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    return whole


RING = within(HW, drawn("#####", "#...#", "#.#.#", "#...#", "#####"), 2, 3)
"""A ring with an island in its hole."""
PARTS = within(HW, drawn("##...", "##...", "..##.", "....#"), 10, 20)
"""Three parts that touch at corners alone."""
PIXEL = within(HW, drawn("#"), 23, 35)


def annotated(image: str = "a.jpg", masks: Sequence[Mask] = (RING, PARTS, PIXEL), *, classes: Sequence[ObjectClass] = CLASSES) -> Annotated:
    """An image whose objects are of all classes in turn, every second one with a name."""
    objects = tuple(AnnotatedObject.of(m, classes[k % len(classes)].id, f"number {k}" if k % 2 else "") for k, m in enumerate(masks))
    hw = (masks[0].shape[0], masks[0].shape[1]) if masks else HW
    return Annotated(image, hw, objects, tuple(classes), pixels=lambda box: ramp(hw)[box.slices])


def names_of(*images: Annotated) -> ImageNames:
    sizes = {one.image: one.hw for one in images}
    return ImageNames(sizes, sizes.__getitem__)


def exported(name: str, images: Iterable[Annotated], tolerance: float = 0.25) -> Source:
    """The files of a format in a zip archive."""
    content = BytesIO()
    to_zip(written(name, images, tolerance), content)
    return of_bytes(content.getvalue(), "export.zip")


def read_back(
    source: Source, names: ImageNames, name: str | None = None, image: str | None = None
) -> tuple[dict[str, Annotated], list[Problem]]:
    """The images that an import gives, by name, and its problems."""
    entries = list(imported(source, names, name, image))
    return {one.image: one for one in entries if isinstance(one, Annotated)}, [one for one in entries if isinstance(one, Problem)]


def read_files(
    names: ImageNames, files: dict[str, bytes], name: str | None = None, image: str | None = None
) -> tuple[dict[str, Annotated], list[Problem]]:
    return read_back(Files(files), names, name, image)


def masks_of(one: Annotated) -> list[Any]:
    return [one.mask(index).tolist() for index in range(len(one.objects))]


def told(one: Annotated) -> list[tuple[str, str]]:
    """The class and the name of each object."""
    return [(one.class_of(item).name, item.name) for item in one.objects]
