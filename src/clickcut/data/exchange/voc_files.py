"""Pascal VOC: an XML file with boxes an image, and palette images of its objects and of their classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from clickcut.core.boxes import Box
from clickcut.core.masks import IGNORE_LABEL, MAX_OBJECT_ID
from clickcut.data.annotated import Annotated, ObjectClass
from clickcut.data.exchange.colours import voc_colour, voc_palette
from clickcut.data.exchange.found import Found, gathered
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.pngs import decoded, encoded
from clickcut.data.exchange.source import Source
from clickcut.data.exchange.written import WrittenFile, with_stems
from clickcut.data.photos import Problem
from clickcut.data.shapes import Piece, piece_of

OBJECTS: Final = "SegmentationObject"
_CLASSES: Final = "SegmentationClass"
_BOXES: Final = "Annotations"
_SHEET: Final = "labelmap.txt"

VOC_CLASSES: Final = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse", "motorbike",
    "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
"""What the labels 1 to 20 mean where a set has no sheet that says otherwise: VOC 2007 to 2012."""


def voc_files(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """The k-th object is k in ``SegmentationObject`` (16 bits beyond 254 objects) and the k-th in the XML; a class's label is its place in
    ``labelmap.txt``. No edges are left void. The names of objects and the colours of classes are lost, and what others lie over.
    """
    classes: tuple[ObjectClass, ...] = ()
    stems = []
    for stem, one in with_stems(annotated):
        classes = one.classes
        if len(classes) > MAX_OBJECT_ID:
            raise ValueError(f"Pascal VOC has room for {MAX_OBJECT_ID} classes, got {len(classes)}")
        stems.append(stem)
        labels = one.label_map()
        palette = voc_palette() if labels.dtype == np.uint8 else None
        yield WrittenFile(f"{OBJECTS}/{stem}.png", encoded(labels, palette=palette))
        yield WrittenFile(f"{_CLASSES}/{stem}.png", encoded(one.class_map(), palette=voc_palette()))
        yield WrittenFile(f"{_BOXES}/{stem}.xml", _xml(one))
    rows = [("background", voc_colour(0)), *((known.name, voc_colour(place)) for place, known in enumerate(classes, start=1))]
    sheet = "".join(f"{_in_sheet(name)}:{red},{green},{blue}::\n" for name, (red, green, blue) in rows)
    yield WrittenFile(_SHEET, ("# label:color_rgb:parts:actions\n" + sheet).encode())
    yield WrittenFile("ImageSets/Segmentation/trainval.txt", "".join(f"{stem}\n" for stem in stems).encode())


def read_voc(source: Source, images: ImageNames, image: str | None) -> Iterator[Annotated | Problem]:
    """The objects of every image in ``SegmentationObject``; their classes are told by ``SegmentationClass``, else by the boxes."""
    sheet = next((name for name in source.names if PurePosixPath(name).name == _SHEET), None)
    names = VOC_CLASSES if sheet is None else _names_in(source.read(sheet).decode("utf-8", "replace"))
    there = set(source.names)
    for name in source.names:
        path = PurePosixPath(name)
        if OBJECTS not in path.parts or path.suffix.lower() != ".png":
            continue
        inner = name.partition(f"{OBJECTS}/")[2]
        base = name.removesuffix(f"{OBJECTS}/{inner}")
        class_file, box_file = f"{base}{_CLASSES}/{inner}", f"{base}{_BOXES}/{PurePosixPath(inner).with_suffix('.xml')}"
        try:
            boxes = _boxes(source.read(box_file), box_file) if box_file in there else _NO_BOXES
            meant = image or _image_of(inner, boxes.image, images)
            hw = images.hw_of(meant)
            labels = _labels(source, name, hw)
            of_classes = _labels(source, class_file, hw) if class_file in there else None
        except ValueError as error:
            yield Problem(name, str(error))
            continue
        found = [Found(piece, _class_name(piece, of_classes, names, boxes.named)) for piece in _pieces(labels)]
        if found:
            yield gathered(meant, hw, found, [(one, None) for one in names] if sheet is not None else ())


def _xml(annotated: Annotated) -> bytes:
    path = PurePosixPath(annotated.image)
    root = ET.Element("annotation")
    ET.SubElement(root, "folder").text = "" if str(path.parent) == "." else str(path.parent)
    ET.SubElement(root, "filename").text = path.name
    size = ET.SubElement(root, "size")
    for side, value in (("width", annotated.hw[1]), ("height", annotated.hw[0]), ("depth", 3)):
        ET.SubElement(size, side).text = str(value)
    ET.SubElement(root, "segmented").text = "1"
    for one in annotated.objects:
        box = one.box
        element = ET.SubElement(root, "object")
        is_cut = box.top == 0 or box.left == 0 or box.bottom == annotated.hw[0] or box.right == annotated.hw[1]
        about = {"name": annotated.class_of(one).name, "pose": "Unspecified", "truncated": str(int(is_cut)), "difficult": "0"}
        for tag, text in about.items():
            ET.SubElement(element, tag).text = _clean(text)
        bounds = ET.SubElement(element, "bndbox")
        # VOC counts pixels from 1, and its boxes hold their last row and column.
        for tag, edge in (("xmin", box.left + 1), ("ymin", box.top + 1), ("xmax", box.right), ("ymax", box.bottom)):
            ET.SubElement(bounds, tag).text = str(edge)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Boxes:
    """What an XML file says: the image's name, and boxes with the names of their classes."""

    image: str
    named: tuple[tuple[str, Box], ...]


_NO_BOXES: Final = _Boxes("", ())


def _boxes(data: bytes, name: str) -> _Boxes:
    # Entities can make a small file unfold to gigabytes; VOC's files declare none.
    if b"<!" in data.replace(b"<!--", b"") or b"\0" in data:
        raise ValueError(f"{name}: declares a document type, expected a plain XML file in UTF-8")
    try:
        root = ET.fromstring(data)
        image = "/".join(part for part in (root.findtext("folder"), root.findtext("filename")) if part)
        return _Boxes(image, tuple(_box(one) for one in root.iter("object") if one.find("bndbox") is not None))
    except (ET.ParseError, ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name} is broken XML, or a box lacks an edge: {error}") from error


def _box(element: ET.Element) -> tuple[str, Box]:
    left, top, right, bottom = (int(float(element.findtext(f"bndbox/{tag}") or "nan")) for tag in ("xmin", "ymin", "xmax", "ymax"))
    return element.findtext("name") or "", Box(top - 1, left - 1, bottom, right)


def _image_of(inner: str, said: str, images: ImageNames) -> str:
    """By the name in the XML, which has its ending, or by the file's own."""
    tried = [name for name in (said, str(PurePosixPath(inner).with_suffix(""))) if name]
    return images.find(next((name for name in tried if images.knows(name)), tried[-1]))


def _labels(source: Source, name: str, hw: tuple[int, int]) -> NDArray[Any]:
    values = decoded(source.read(name), name).values
    if values.shape != hw:
        height, width = values.shape
        raise ValueError(f"{name} is {width} wide and {height} high, but its image (turned upright) is {hw[1]} wide and {hw[0]} high")
    return values


def _pieces(labels: NDArray[Any]) -> Iterator[Piece]:
    """The objects by label; 255 is void in files of 8 bits."""
    for label, slices in enumerate(find_objects(labels), start=1):
        if slices is None or (label == IGNORE_LABEL and labels.dtype == np.uint8):
            continue
        piece = piece_of(labels[slices] == label, top=slices[0].start, left=slices[1].start)
        assert piece is not None, "a label's box holds it"
        yield piece


def _class_name(piece: Piece, of_classes: NDArray[Any] | None, names: Sequence[str], named: Sequence[tuple[str, Box]]) -> str:
    """By most of the object's pixels, else by the box that fits best."""
    if of_classes is not None:
        label = int(np.bincount(of_classes[piece.box.slices][piece.inside]).argmax())
        return names[label - 1] if 0 < label <= len(names) else f"class {label}"
    return max(named, key=lambda one: one[1].iou(piece.box))[0] if named else ""


def _names_in(sheet: str) -> tuple[str, ...]:
    """The classes of a sheet in order, the background left out."""
    lines = [line.split(":")[0].strip() for line in sheet.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(name for name in lines if name != "background")


def _in_sheet(name: str) -> str:
    return name.replace(":", " ").replace("\n", " ")


def _clean(text: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(character for character in text if character.isprintable())
