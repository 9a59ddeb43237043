"""SA-1B: a JSON of run lengths beside each photo, in one folder or in folders below it. Its objects overlap and are parts of each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from clickcut.core.images import read_image
from clickcut.data.coco import shape_of
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample
from clickcut.data.photos import LabelledSet, Split
from clickcut.data.sets.layering import flat, layered_of
from clickcut.data.sets.layout import contents, listed_set, those_there

_MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Sa1bPhoto:
    """A photo and the JSON of its name."""

    id: str
    image_path: Path
    json_path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.json_path

    def read(self) -> Sample:
        return flat(self.read_layered())

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        hw = (image.shape[0], image.shape[1])
        if self.json_path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"{self.json_path}: expected the annotations of one photo, got more than {_MOST_BYTES >> 20} MiB")
        try:
            shapes = [shape_of(one["segmentation"]) for one in json.loads(self.json_path.read_bytes())["annotations"]]
            pieces = [shape.piece(hw) for shape in shapes if shape is not None]
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise ValueError(f"{self.json_path}: expected annotations with a segmentation each: {error}") from error
        return layered_of(self.id, image, [piece for piece in pieces if piece is not None])


def open_sa1b(root: Path, split: Split) -> LabelledSet:
    """Every ``sa_N.jpg`` with its ``sa_N.json``; there are no splits."""
    paths = sorted(root.rglob("*.json"))
    if not paths:
        raise ValueError(f"{root}: expected SA-1B's JSON files, found {contents(root)}")
    photos = [Sa1bPhoto(path.relative_to(root).with_suffix("").as_posix(), path.with_suffix(".jpg"), path) for path in paths]
    return listed_set(root, "SA-1B (a JSON a photo)", *those_there(photos))
