"""YOLO's segmentation folders: images/ and labels/ with a text file an image, a line an object, its corners as shares of the sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.core.images import read_image
from clickcut.data.folders import Sample
from clickcut.data.painting import Shapes, painted
from clickcut.data.photos import SPLIT_NAMES, LabelledSet, Problem, Split, doubled, images_in, inside, is_image
from clickcut.data.shapes import Polygons, Shape

_SLACK: Final = 0.01
"""Corners are rounded by the tools that write them, and may lie this share beyond the image."""


@dataclass(frozen=True, slots=True)
class YoloPhoto:
    """An image and its text file; where there is none, nothing is labelled."""

    id: str
    image_path: Path
    labels_path: Path | None

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.image_path,) if self.labels_path is None else (self.image_path, self.labels_path)

    def read(self) -> Sample:
        image = read_image(self.image_path)
        hw = (image.shape[0], image.shape[1])
        return Sample(self.id, image, painted(self.shapes(hw), hw))

    def shapes(self, hw: tuple[int, int]) -> Shapes:
        if self.labels_path is None:
            return Shapes(())
        objects: list[Shape] = []
        try:
            lines = self.labels_path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot read {self.labels_path}: {error}") from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                objects.append(polygon_of(line, hw)[1])
            except ValueError as error:
                raise ValueError(f"{self.labels_path}, line {number}: {error}") from error
        return Shapes(tuple(objects))


def open_yolo(folder: Path, split: Split) -> LabelledSet:
    """A folder with data.yaml, or with images/ and labels/."""
    sheets = [path for path in (folder / "data.yaml", folder / "dataset.yaml", *sorted(folder.glob("*.yaml"))) if path.is_file()]
    return open_yolo_sheet(sheets[0], split) if sheets else _opened(folder, folder, [folder / "images"])


def open_yolo_sheet(sheet: Path, split: Split) -> LabelledSet:
    """What a data.yaml names for a split; its paths are those of another machine as often as not, so some ways to read them are tried."""
    stated = read_sheet(sheet)
    root = sheet.parent
    named = next((stated[name] for name in SPLIT_NAMES[split] if stated.get(name)), None)
    if named is None:
        raise ValueError(f"{sheet}: expected a line '{split}: ...' that names its images, found {', '.join(stated) or 'nothing'}")
    base = (stated.get("path") or ["."])[0]
    return _opened(sheet, root, [_existing(root, base, name, sheet) for name in named])


def read_sheet(sheet: Path) -> dict[str, list[str]]:
    """The outermost members of a YAML file that are texts or lists of texts; all that a reader of paths needs of the language."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in sheet.read_text(encoding="utf-8").splitlines():
        bare = line.split(" #")[0].rstrip()
        if not bare or bare.lstrip().startswith("#"):
            continue
        if bare.lstrip().startswith("- ") and name:
            found[name].append(_unquoted(bare.lstrip()[2:]))
        elif not bare[0].isspace() and ":" in bare:
            name, value = (part.strip() for part in bare.split(":", 1))
            listed = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
            found[name] = [_unquoted(text) for text in listed if text.strip()]
    return found


def _opened(path: Path, root: Path, sources: list[Path]) -> LabelledSet:
    photos: list[YoloPhoto] = []
    problems: list[Problem] = []
    for source in sources:
        if source.suffix == ".txt":
            for line in source.read_text(encoding="utf-8").split("\n"):
                try:
                    photos += [_photo(inside(root, root, line.strip()), root)] if line.strip() else []
                except ValueError as error:
                    problems.append(Problem(source.name, str(error)))
        else:
            photos += [_photo(image, root) for image in images_in(source, below=True)]
    problems += [Problem(name, f"two images are named {name}, and share one label file") for name in doubled(photo.id for photo in photos)]
    bare = sum(photo.labels_path is None for photo in photos)
    if photos and bare == len(photos):
        raise ValueError(f"{path}: none of its {len(photos)} images has a text file of the same name in labels/")
    notes = (f"{bare} images have no text file, which says in this format that nothing is on them",) if bare else ()
    return LabelledSet(path, "YOLO polygons (images/ + labels/*.txt)", tuple(photos), tuple(problems), notes)


def _photo(image: Path, root: Path) -> YoloPhoto:
    """The label file stands where the image does, with the last folder "images" of its path named "labels"."""
    parts = list(image.relative_to(root).with_suffix(".txt").parts)
    if "images" in parts[:-1]:
        last = len(parts) - 2 - parts[:-1][::-1].index("images")
        parts[last] = "labels"
    labels = root.joinpath(*parts)
    return YoloPhoto(image.relative_to(root).with_suffix("").as_posix(), image, labels if labels.is_file() else None)


def _existing(root: Path, base: str, name: str, sheet: Path) -> Path:
    """What a sheet's path means: below its own ``path``, beside the sheet, or there without what leads out of the folder at first."""
    inner = "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("..", "."))
    for way in (f"{base}/{name}", name, inner):
        try:
            found = root if way.strip("./") == "" else inside(root, root, way)
        except ValueError:
            continue
        if (found.is_dir() and (images_below(found) or (found / "images").is_dir())) or (found.is_file() and found.suffix == ".txt"):
            return found
    raise ValueError(f"{sheet}: names {name!r}, expected a folder of images or a .txt list of them within {root}, found none")


def images_below(folder: Path) -> bool:
    """Whether any image lies in a folder or below it."""
    return any(is_image(path) for path in folder.rglob("*"))


def polygon_of(line: str, hw: tuple[int, int]) -> tuple[int, Polygons]:
    """The class, as its place from 0 on, and the polygon of a line; ValueError says what is wrong with it."""
    words = line.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise ValueError(f"expected numbers, got {line.strip()[:40]!r}") from None
    if len(values) == 5:
        raise ValueError("holds a box (class, centre, sides), expected a polygon: class and three or more pairs x, y")
    if len(values) < 7 or len(values) % 2 == 0:
        raise ValueError(f"expected a class and three or more pairs x, y, got {len(values)} numbers")
    if not values[0].is_integer() or values[0] < 0:
        raise ValueError(f"expected a class as a whole number from 0 on, got {words[0]}")
    if any(not math.isfinite(value) or not -_SLACK <= value <= 1 + _SLACK for value in values[1:]):
        raise ValueError("expected corners as shares of the image's sides, from 0 to 1; found some beyond")
    return int(values[0]), Polygons.of([[value * hw[1 - index % 2] for index, value in enumerate(values[1:])]])


def _unquoted(text: str) -> str:
    return text.strip().strip("'\"")
