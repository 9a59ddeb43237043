"""Label maps, a mask an object, and cut-outs, as PNG files, each with a legend inside that makes reading them back exact."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from clickcut.core.boxes import Box
from clickcut.core.masks import IGNORE_LABEL
from clickcut.data.annotated import Annotated
from clickcut.data.exchange.colours import colour_text, voc_palette
from clickcut.data.exchange.found import Found, gathered
from clickcut.data.exchange.legend import Entry, Legend, legend_of
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.pngs import MaskImage, decoded, encoded, legend_inside
from clickcut.data.exchange.source import Source
from clickcut.data.exchange.written import WrittenFile, with_stems, word
from clickcut.data.mask_folders import is_soft, natural, photo_stems
from clickcut.data.opening import MASK_FOLDERS
from clickcut.data.photos import IMAGE_SUFFIXES, Problem
from clickcut.data.shapes import piece_of

_MASK_FOLDERS: Final = frozenset({"cutouts", *MASK_FOLDERS})

Files = Iterator[tuple[WrittenFile, Legend]]


def label_maps(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """``masks/NAME.png`` an image: the first object is 1, a later one lies over an earlier one. Palette colours up to 254 objects, 16 bits
    of grey beyond.
    """
    return _with_table(_label_maps(annotated))


def object_masks(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """``masks/NAME_1.png``, ``masks/NAME_2.png``, ...: grey, 255 on the object, as large as the image."""
    return _with_table(_object_masks(annotated))


def cutouts(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """``cutouts/NAME_1_CLASS.png``, ...: the pixels of an object in its tight box, transparent (and black) around it."""
    return _with_table(_cutouts(annotated))


def read_mask_images(source: Source, images: ImageNames, image: str | None) -> Iterator[Annotated | Problem]:
    """Objects of any of these files, and of masks and label maps that other tools wrote.

    Without a legend, a file is of the image whose name it has, or has with a number or a word for masks behind it. Each label but 255 is an
    object, and where there is one value beside 0, that is one. Of transparency, what is more than half solid is the object.
    """
    names = sorted(_mask_names(source), key=natural)
    by_image = defaultdict[str, list[str]](list)
    for name in names:
        try:
            by_image[image or _image_of(name, legend_inside(source.read(name), name), images)].append(name)
        except ValueError as error:
            yield Problem(name, str(error))
    for one, files in by_image.items():
        found: list[Found] = []
        for name in files:
            try:
                found += _objects(decoded(source.read(name), name), name, images.hw_of(one))
            except ValueError as error:
                yield Problem(name, str(error))
        if found:
            yield gathered(one, images.hw_of(one), found)


def _label_maps(annotated: Iterable[Annotated]) -> Files:
    for stem, one in with_stems(annotated):
        labels = one.label_map()
        legend = legend_of(one, "labels", range(1, len(one.objects) + 1))
        palette = voc_palette() if labels.dtype == np.uint8 else None
        yield WrittenFile(f"masks/{stem}.png", encoded(labels, palette=palette, legend=legend)), legend


def _object_masks(annotated: Iterable[Annotated]) -> Files:
    for stem, one in with_stems(annotated):
        for label in range(1, len(one.objects) + 1):
            legend = legend_of(one, "mask", [label])
            grey = one.mask(label - 1).view(np.uint8) * np.uint8(255)
            yield WrittenFile(f"masks/{stem}_{label}.png", encoded(grey, legend=legend)), legend


def _cutouts(annotated: Iterable[Annotated]) -> Files:
    for stem, one in with_stems(annotated):
        if one.pixels is None:
            raise ValueError(f"{one.image}: cut-outs need the pixels of the image, and there are none here")
        for label, item in enumerate(one.objects, start=1):
            inside = item.piece.inside
            rgba = np.dstack([one.pixels(item.box), np.full(inside.shape, 255, np.uint8)])
            rgba[~inside] = 0
            legend = legend_of(one, "cutout", [label], item.box)
            yield WrittenFile(f"cutouts/{stem}_{label}_{word(one.class_of(item).name)}.png", encoded(rgba, legend=legend)), legend


def _with_table(files: Files) -> Iterator[WrittenFile]:
    """The files, and behind them a table for people of what is on them."""
    table = StringIO()
    rows = csv.writer(table)
    rows.writerow(["file", "image", "label", "class", "colour", "name"])
    for file, legend in files:
        for entry in legend.entries:
            colour = "" if entry.colour is None else colour_text(entry.colour)
            rows.writerow([file.name, legend.image, entry.label, entry.class_name, colour, entry.name])
        yield file
    yield WrittenFile("objects.csv", table.getvalue().encode(), is_extra=True)


def _mask_names(source: Source) -> list[str]:
    """The images of a source that are masks and not the photos beside them: those in folders for masks if there are any, JPEGs last."""
    names = [name for name in source.names if PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES]
    in_folders = [name for name in names if not _MASK_FOLDERS.isdisjoint(part.lower() for part in PurePosixPath(name).parts[:-1])]
    exact = [name for name in in_folders or names if PurePosixPath(name).suffix.lower() not in (".jpg", ".jpeg")]
    return exact or in_folders or names


def _image_of(name: str, legend: Legend | None, images: ImageNames) -> str:
    """The image that a file belongs to: as its legend says, else as its name does."""
    path = PurePosixPath(name)
    tried = [legend.image] if legend is not None else []
    tried += [str(path.with_name(stem)) for stem in (path.stem, *photo_stems(path.stem))]
    # A folder an image, with masks of any name in it.
    tried += [str(path.parent)] if path.parent.name else []
    for candidate in tried:
        if images.knows(candidate):
            return images.find(candidate)
    return images.find(tried[0])  # which says why not


def _objects(file: MaskImage, name: str, hw: tuple[int, int]) -> list[Found]:
    legend = file.legend
    if legend is None:
        _check_hw(name, file.values.shape, hw)
        return _unnamed(file)
    _check_hw(name, legend.hw, hw)
    box = legend.box or Box.whole(hw)
    _check_hw(name, file.values.shape, box.hw)
    if not box.is_within(hw):
        raise ValueError(f"{name} says that it shows {box}, which reaches out of its image")
    if legend.kind == "labels":
        return _labelled(file.values, legend.entries)
    piece = piece_of(file.values > 0, top=box.top, left=box.left)
    return [] if piece is None else [Found(piece, e.class_name, e.colour, e.name) for e in legend.entries[:1]]


def _check_hw(name: str, actual: tuple[int, ...], expected: tuple[int, int]) -> None:
    if actual != expected:
        needed = f"expected {expected[1]} and {expected[0]}, as its image has (turned upright)"
        raise ValueError(f"{name} is {actual[1]} wide and {actual[0]} high, {needed}")


def _labelled(values: NDArray[Any], entries: Sequence[Entry]) -> list[Found]:
    """Those objects that have pixels of their own: an object that others lie over has none in a label map."""
    boxes = dict(enumerate(find_objects(values), start=1))
    found = []
    for entry in entries:
        slices = boxes.get(entry.label)
        if slices is not None:
            piece = piece_of(values[slices] == entry.label, top=slices[0].start, left=slices[1].start)
            assert piece is not None, "a label's box holds it"
            found.append(Found(piece, entry.class_name, entry.colour, entry.name))
    return found


def _unnamed(file: MaskImage) -> list[Found]:
    """The objects of a file that says nothing of them."""
    labels = [label for label, box in enumerate(find_objects(file.values), start=1) if box is not None]
    if file.is_alpha or len(labels) == 1 or (file.bits == 8 and is_soft(file.values)):
        piece = piece_of(file.values > (127 if len(labels) > 1 else 0))
        return [] if piece is None else [Found(piece)]
    return _labelled(file.values, [Entry(label, "", None, "") for label in labels if file.bits > 8 or label != IGNORE_LABEL])
