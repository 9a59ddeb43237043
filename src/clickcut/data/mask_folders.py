"""Images with masks in files of their own: a label map an image, or a mask an object, in folders side by side or all in one.

What a grey mask means is judged by some of a set's own: where 0 and 255 alone are found, 255 is the object and not ignored pixels.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from clickcut.core.images import read_image, read_label_map, read_mask
from clickcut.core.masks import LabelMap
from clickcut.data.folders import LabelledPhoto, Sample
from clickcut.data.painting import Shapes, painted
from clickcut.data.photos import LabelledSet, MaskFilesPhoto, Photo, Problem, doubled, images_in
from clickcut.data.shapes import MaskFile

_NUM_JUDGED: Final = 24
_MANY_GREYS: Final = 16
_MASK_WORDS: Final = "mask|masks|gt|seg|segmentation|label|labels|labelmap|matte|annotation"
_ONE_MASK: Final = re.compile(rf"(.+)[-_. ](?:{_MASK_WORDS})", re.IGNORECASE)
_NUMBERED: Final = (
    re.compile(r"(.+)[-_. ](\d+)"),
    re.compile(rf"(.+)[-_. ](?:{_MASK_WORDS}|object|obj|instance|inst)[-_. ]?(\d+)", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class MaskedPhoto:
    """A photo whose one mask is not 0 on its one object (in a JPEG, or where edges are soft: brighter than the middle)."""

    id: str
    image_path: Path
    mask_path: Path
    is_soft: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.mask_path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        hw = (image.shape[0], image.shape[1])
        mask = read_label_map(self.mask_path, hw) > 127 if self.is_soft else read_mask(self.mask_path, hw)
        return Sample(self.id, image, mask.astype(np.uint8))


@dataclass(frozen=True, slots=True)
class ObjectsPhoto(MaskFilesPhoto):
    """A photo with a mask file an object."""

    def read(self) -> Sample:
        image = read_image(self.image_path)
        hw = (image.shape[0], image.shape[1])
        return Sample(self.id, image, painted(Shapes(tuple(MaskFile(path) for path in self.mask_paths)), hw))


def open_mask_folders(folder: Path, images: Path, masks: Path) -> LabelledSet:
    """Photos of ``images`` with masks in ``masks``: files of the same name, or with a number a object, or a folder of them."""
    image_paths = images_in(images)
    stems = {path.stem for path in image_paths}
    folders = {path.name: path for path in masks.iterdir() if path.is_dir() and path.name in stems}
    return _paired(folder, f"{images.name}/ + {masks.name}/", image_paths, images_in(masks), folders)


def open_side_by_side(folder: Path) -> LabelledSet | None:
    """Photos and masks in one folder: the mask a PNG beside a JPEG of the same name, or told by its name's end; None where none is."""
    paths = images_in(folder)
    by_stem = defaultdict[str, list[Path]](list)
    for path in paths:
        by_stem[path.stem].append(path)
    masks = [path for path in paths if _is_mask(path, by_stem)]
    if not masks:
        return None
    of_masks = set(masks)
    return _paired(folder, "photos and masks side by side", [path for path in paths if path not in of_masks], masks, {})


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """A key to sort names by that has 2 before 10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.findall(r"\d+|\D+", name))


def photo_stems(mask_stem: str) -> list[str]:
    """What a photo may be called whose mask has this name: without a word for masks or a number at its end."""
    return [match[1] for pattern in (_ONE_MASK, *_NUMBERED) if (match := pattern.fullmatch(mask_stem)) is not None]


def is_soft(labels: LabelMap) -> bool:
    """Whether a grey image looks like a mask with blurred edges rather than like a label map.

    Blurred edges change from pixel to pixel; objects have insides, where a pixel is like those to the right and below.
    """
    between = (labels > 0) & (labels < 255)
    alike = (labels[:-1, :-1] == labels[1:, :-1]) & (labels[:-1, :-1] == labels[:-1, 1:])
    has_insides = np.count_nonzero(alike & between[:-1, :-1]) > 0.3 * np.count_nonzero(between)
    is_solid = np.count_nonzero(labels == 255) > np.count_nonzero(between) / 2
    return bool(not has_insides and is_solid and len(np.unique(labels)) > _MANY_GREYS)


def _is_mask(path: Path, by_stem: dict[str, list[Path]]) -> bool:
    """A name that is another photo's with a word for masks or a number behind it, or a PNG beside a JPEG of its name."""
    beside = by_stem[path.stem]
    if path.suffix.lower() == ".png" and any(other.suffix.lower() in (".jpg", ".jpeg") for other in beside):
        return True
    one = _ONE_MASK.fullmatch(path.stem)
    worded = _NUMBERED[1].fullmatch(path.stem)
    return any(match is not None and match[1] in by_stem for match in (one, worded))


def _paired(folder: Path, where: str, image_paths: Sequence[Path], mask_paths: Iterable[Path], folders: dict[str, Path]) -> LabelledSet:
    stems = {path.stem for path in image_paths}
    single, several, strangers = _assigned(mask_paths, stems)
    for stem, below in folders.items():
        several[stem] += images_in(below)
    photos: list[LabelledPhoto | ObjectsPhoto] = []
    problems = [Problem(name, f"more than one photo is named {name}, told apart by their endings alone") for name in _doubled(image_paths)]
    for path in image_paths:
        one, many = single.get(path.stem, []), several.get(path.stem, [])
        if len(one) > 1 or (one and many):
            named = ", ".join(mask.name for mask in (*one, *many)[:3])
            problems.append(Problem(path.name, f"{path.name} has more than one mask that could be meant: {named}"))
        elif one:
            photos.append(LabelledPhoto(path.stem, path, one[0]))
        elif many or path.stem in folders:
            photos.append(ObjectsPhoto(path.stem, path, tuple(sorted(many, key=lambda path: natural(path.name)))))
        else:
            problems.append(Problem(path.name, f"{path.name} has no mask"))
    notes = (f"{len(strangers)} masks have no photo, the first is {strangers[0].name}",) if strangers else ()
    kind, meant = _as_meant(photos)
    return LabelledSet(folder, f"{kind} ({where})", meant, tuple(problems), notes)


def _assigned(mask_paths: Iterable[Path], stems: set[str]) -> tuple[dict[str, list[Path]], dict[str, list[Path]], list[Path]]:
    """Masks by the photo that they belong to: those that are its only one, those of single objects, and those of no photo."""
    single, several, strangers = defaultdict[str, list[Path]](list), defaultdict[str, list[Path]](list), list[Path]()
    for path in mask_paths:
        one = _ONE_MASK.fullmatch(path.stem)
        numbered = next((match[1] for pattern in _NUMBERED if (match := pattern.fullmatch(path.stem)) and match[1] in stems), None)
        if path.stem in stems:
            single[path.stem].append(path)
        elif numbered is not None:
            several[numbered].append(path)
        elif one is not None and one[1] in stems:
            single[one[1]].append(path)
        else:
            strangers.append(path)
    return single, several, strangers


def _as_meant(photos: Sequence[LabelledPhoto | ObjectsPhoto]) -> tuple[str, tuple[Photo, ...]]:
    """What the set is, in words, and its photos with what their grey values mean."""
    labelled = [photo for photo in photos if isinstance(photo, LabelledPhoto)]
    if not labelled:
        return "one mask an object", tuple(photos)
    kinds = {_kind(photo.labels_path) for photo in labelled[:: max(1, len(labelled) // _NUM_JUDGED)][:_NUM_JUDGED]} - {"nothing"}
    if not kinds or "labels" in kinds:
        return "label maps" if len(labelled) == len(photos) else "label maps, and one mask an object", tuple(photos)
    is_soft = "soft" in kinds
    meant = tuple(MaskedPhoto(p.id, p.image_path, p.labels_path, is_soft) if isinstance(p, LabelledPhoto) else p for p in photos)
    return f"one mask a photo, {'above 127' if is_soft else 'not 0'} on the object", meant


def _kind(path: Path) -> str:
    """What one mask looks like: "mask" (0 and 255, or a JPEG), "soft" (the same with blurred edges), "labels", or nothing to judge by."""
    if path.suffix.lower() in (".jpg", ".jpeg"):
        return "mask"
    try:
        labels = read_label_map(path)
    except ValueError:
        return "nothing"  # the check will say what is wrong with it
    between = (labels > 0) & (labels < 255)
    if not between.any():
        return "mask" if labels.any() else "nothing"
    return "soft" if is_soft(labels) else "labels"


def _doubled(paths: Sequence[Path]) -> list[str]:
    return doubled(path.stem for path in paths)
