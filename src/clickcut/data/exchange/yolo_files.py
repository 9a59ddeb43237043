"""YOLO's segmentation files: ``labels/NAME.txt`` an image, a line an object with its class and one polygon, and ``data.yaml``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from clickcut.data.annotated import Annotated, ObjectClass
from clickcut.data.exchange.found import Found, NamedClass, gathered
from clickcut.data.exchange.names import ImageNames
from clickcut.data.exchange.outlines import joined, parts_of
from clickcut.data.exchange.source import Source
from clickcut.data.exchange.written import WrittenFile, with_stems
from clickcut.data.photos import Problem
from clickcut.data.yolo import polygon_of

_SHEETS: Final = (".yaml", ".yml")
_CLASSES: Final = "classes.txt"
"""What labelling tools write beside the labels in place of a sheet: a name a line."""

_QUOTED: Final = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"""


def yolo_files(annotated: Iterable[Annotated], tolerance: float) -> Iterator[WrittenFile]:
    """Parts and holes of an object hang together by cuts of no width; its name is lost, and the colours of classes."""
    classes: tuple[ObjectClass, ...] = ()
    for stem, one in with_stems(annotated):
        classes = one.classes
        places = {known.id: place for place, known in enumerate(classes)}
        lines = []
        for item in one.objects:
            ring = joined([part.joined() for part in parts_of(item.piece, tolerance)]) / (one.hw[1], one.hw[0])
            lines.append(f"{places[item.class_id]} {' '.join(f'{value:.8g}' for value in ring.ravel().tolist())}\n")
        yield WrittenFile(f"labels/{stem}.txt", "".join(lines).encode())
    names = "".join(f"  {place}: {json.dumps(known.name, ensure_ascii=False)}\n" for place, known in enumerate(classes))
    sheet = f"path: .\ntrain: images\nval: images\nnames:\n{names}"
    yield WrittenFile("data.yaml", sheet.encode())


def read_yolo(source: Source, images: ImageNames, image: str | None) -> Iterator[Annotated | Problem]:
    """The objects of every text file that has the name of an image; class names come from the first YAML file or ``classes.txt``."""
    names = _class_names(source)
    classes: list[NamedClass] = [(name, None) for name in names.values()]
    for path in source.names:
        if PurePosixPath(path).suffix.lower() != ".txt" or PurePosixPath(path).name == _CLASSES:
            continue
        try:
            text = source.read(path).decode("utf-8")
            meant = image or images.find(str(PurePosixPath(path).with_suffix("")))
            hw = images.hw_of(meant)
        except ValueError as error:
            yield Problem(path, f"{path}: {error}")
            continue
        found: list[Found] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    found.append(_found(line, hw, names))
                except ValueError as error:
                    yield Problem(path, f"{path}, line {number}: {error}")
        if found:
            yield gathered(meant, hw, found, classes)


def _class_names(source: Source) -> dict[int, str]:
    for name in source.names:
        path = PurePosixPath(name)
        if path.suffix.lower() in _SHEETS:
            return class_names(source.read(name).decode("utf-8", "replace"))
        if path.name == _CLASSES:
            lines = source.read(name).decode("utf-8", "replace").splitlines()
            return {place: line.strip() for place, line in enumerate(lines) if line.strip()}
    return {}


def class_names(sheet: str) -> dict[int, str]:
    """The ``names`` of a data.yaml, by number: as a list in one line, a list of lines or numbered lines, which is how tools write them."""
    head = re.search(r"^names[ \t]*:[ \t]*(.*)$", sheet, re.MULTILINE)
    if head is None:
        return {}
    inline = head[1].split(" #")[0].strip()
    if inline.startswith(("[", "{")):
        flow = sheet[head.start(1) : sheet.find("]" if inline[0] == "[" else "}", head.start(1))]
        numbered = rf"(\d+)\s*:\s*({_QUOTED}|[^,}}]+)" if inline[0] == "{" else rf"()({_QUOTED}|[^,\[\s][^,\[]*)"
        return {int(number or place): _plain(text) for place, (number, text) in enumerate(re.findall(numbered, flow))}
    names: dict[int, str] = {}
    for line in sheet[head.end() :].splitlines():
        entry = re.fullmatch(r"[ \t]+(\d+)[ \t]*:[ \t]*(.+)|[ \t]*-[ \t]+(.+)", line)
        if entry is not None:
            names[len(names) if entry[1] is None else int(entry[1])] = _plain(entry[2] or entry[3])
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return names


def _found(line: str, hw: tuple[int, int], names: dict[int, str]) -> Found:
    place, polygon = polygon_of(line, hw)
    piece = polygon.piece(hw)
    if piece is None:
        raise ValueError("draws no pixel of the image")
    return Found(piece, names.get(place, f"class {place}" if names or place else ""))


def _plain(text: str) -> str:
    """A YAML text without its quotes."""
    text = text.strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text.strip('"')
    if text.startswith("'"):
        return text.strip("'").replace("''", "'")
    return text.split(" #")[0].strip()
