"""Folders of photos with label maps: ``images/`` and ``masks/`` with equal stems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clickcut.core.images import Rgb, read_image, read_label_map
from clickcut.core.masks import LabelMap

_IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, slots=True)
class Sample:
    """A photo (H, W, 3) uint8 RGB and its label map (H, W): 0 background, 255 ignore, every other value one object."""

    id: str
    image: Rgb
    labels: LabelMap


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """Where a photo and its label map lie."""

    id: str
    image_path: Path
    labels_path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.labels_path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        return Sample(self.id, image, read_label_map(self.labels_path, (image.shape[0], image.shape[1])))


def labelled_photos(folder: Path) -> tuple[LabelledPhoto, ...]:
    """The photos of a folder that have a label map, by name; ValueError says what is missing."""
    images, masks = folder / "images", folder / "masks"
    for needed in (folder, images, masks):
        if not needed.is_dir():
            raise ValueError(f"{needed}: expected a folder with images/ and masks/ of equal file names, found no such folder")
    label_paths = {path.stem: path for path in masks.iterdir() if path.suffix.lower() in _IMAGE_SUFFIXES}
    image_paths = sorted(path for path in images.iterdir() if path.suffix.lower() in _IMAGE_SUFFIXES)
    lonely = [path.name for path in image_paths if path.stem not in label_paths]
    if lonely:
        raise ValueError(f"{folder}: {len(lonely)} photos have no mask of the same name, the first is {lonely[0]}")
    if not image_paths:
        raise ValueError(f"{images}: expected photos, found none")
    return tuple(LabelledPhoto(path.stem, path, label_paths[path.stem]) for path in image_paths)
