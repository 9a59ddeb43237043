"""LVIS beside COCO's photos: ``{split}/lvis_{split}.json`` or ``lvis_v1_{split}.json``, and images wherever COCO puts them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clickcut.core.images import read_image
from clickcut.data.coco import CocoPhoto, open_coco
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample
from clickcut.data.photos import LabelledSet, Photo, Split
from clickcut.data.sets.layering import layered_of
from clickcut.data.sets.layout import first_of, those_there


@dataclass(frozen=True, slots=True)
class ShapesPhoto:
    """A photo of a COCO file with all that lies under other objects. The field leaves out what is half hidden; here nothing is."""

    flat: CocoPhoto

    @property
    def id(self) -> str:
        return self.flat.id

    @property
    def image_path(self) -> Path:
        return self.flat.image_path

    @property
    def files(self) -> tuple[Path, ...]:
        return self.flat.files

    def read(self) -> Sample:
        return self.flat.read()

    def read_layered(self) -> LayeredSample:
        image = read_image(self.image_path)
        shapes, hw = self.flat.shapes(), (image.shape[0], image.shape[1])
        try:
            pieces = [shape.piece(hw) for shape in shapes.objects]
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.image_path}: {error}, in {self.flat.annotations.path.name}") from error
        return layered_of(self.id, image, [piece for piece in pieces if piece is not None])


@dataclass(frozen=True, slots=True)
class SplitPlaces:
    """Photos of COCO's two splits in the folders of LVIS's: LVIS v1 takes photos of train2017 into its val."""

    base: Path

    def name(self, image: dict[str, Any]) -> str:
        address = image.get("coco_url") or image.get("file_name")
        if not isinstance(address, str):
            raise ValueError("has neither a 'coco_url' nor a 'file_name'")
        return f"{'train' if 'train' in address else 'val'}/images/{address.rsplit('/', 1)[-1]}"


def open_lvis(root: Path, split: Split) -> LabelledSet:
    """The photos and objects of LVIS 0.5."""
    return _opened(root, first_of(root, f"{split}/lvis_{split}.json", f"{split}/lvis_v0.5_{split}.json"))


def open_lvis_v1(root: Path, split: Split) -> LabelledSet:
    """The photos and objects of LVIS v1, whose file the field calls by either name."""
    return _opened(root, first_of(root, f"{split}/lvis_v1_{split}.json", f"{split}/lvis_{split}.json"))


def _opened(root: Path, path: Path) -> LabelledSet:
    found = open_coco(path, root, SplitPlaces(root))
    there, lacking = those_there(found.photos)
    photos: list[Photo] = [ShapesPhoto(photo) if isinstance(photo, CocoPhoto) else photo for photo in there]
    return replace(found, photos=tuple(photos), problems=(*found.problems, *lacking))
