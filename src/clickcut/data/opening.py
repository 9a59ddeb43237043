"""What a folder or file of labelled photos is, told by what lies in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from clickcut.data.coco import open_coco
from clickcut.data.json_index import first_keys
from clickcut.data.labelme import open_labelme
from clickcut.data.mask_folders import open_mask_folders, open_side_by_side
from clickcut.data.photos import SPLIT_NAMES, LabelledSet, Split, images_in
from clickcut.data.yolo import images_below, open_yolo, open_yolo_sheet

_IMAGE_FOLDERS: Final = ("images", "image", "imgs", "img", "photos", "jpegimages", "input", "inputs")
MASK_FOLDERS: Final = (
    "masks", "mask", "label_maps", "labelmaps", "labels", "label", "gt", "ground_truth", "groundtruth", "segmentations", "segmentation",
    "segmentationobject", "annotations", "targets",
)  # fmt: skip
_JSON_FOLDERS: Final = ("", "annotations", "labels", "json", "images")

LOOKED_FOR: Final = (
    "images/ and masks/ (label maps, or a mask an object), COCO or LVIS JSON, YOLO polygons (data.yaml, or images/ and labels/*.txt), "
    "labelme JSON, or photos and masks side by side"
)


@dataclass(frozen=True, slots=True)
class Miss:
    """Why something is not of a format, and how near it came: 0 has nothing of it."""

    nearness: int
    why: str


Found = LabelledSet | Miss


def open_labelled(path: Path, split: Split = "train") -> LabelledSet:
    """The labelled photos of a folder or file in whatever known format they are, listed and not yet read.

    Where a set is divided, ``split`` says which part is meant. ValueError says what was looked for and what came nearest.
    """
    if not path.exists():
        raise ValueError(f"{path}: expected a folder or file of labelled photos, found nothing there")
    found = _folder(path, split) if path.is_dir() else _file(path, split)
    if isinstance(found, Miss):
        raise ValueError(f"{path}: expected {LOOKED_FOR}; found {_contents(path)}" + (f"; nearest: {found.why}" if found.nearness else ""))
    if not found.photos and not found.problems:
        raise ValueError(f"{path}: taken for {found.format}, expected photos, found none")
    return found


def _file(path: Path, split: Split) -> Found:
    if path.suffix.lower() in (".yaml", ".yml"):
        return open_yolo_sheet(path, split)
    if path.suffix.lower() != ".json":
        return Miss(0, "")
    kind = _json_kind(path)
    if kind == "coco":
        return open_coco(path, _coco_root(path))
    if kind == "labelme":
        return open_labelme(path, [path], path.parent)
    return Miss(1, f"{path.name} holds neither COCO's 'images' and 'annotations' nor labelme's 'shapes'")


def _folder(folder: Path, split: Split) -> Found:
    """The first format that fits, else the one that came nearest, here or in the folder of the split."""
    readers: tuple[Callable[[Path, Split], Found], ...] = (_masks, _yolo, _coco, _labelme, _beside, _split)
    misses: list[Miss] = []
    for reader in readers:
        found = reader(folder, split)
        if isinstance(found, LabelledSet):
            return found
        misses.append(found)
    return max(misses, key=lambda miss: miss.nearness)


def _masks(folder: Path, split: Split) -> Found:
    images, masks = _subfolder(folder, _IMAGE_FOLDERS), _subfolder(folder, MASK_FOLDERS, holding_masks=True)
    if images is None and masks is None:
        return Miss(0, "")
    if images is None or masks is None:
        there = images or masks
        assert there is not None, "one of them is"
        return Miss(2, f"there is {there.name}/, but no {'masks' if masks is None else 'images'}/ beside it")
    if not images_in(images):
        parts = [_subfolder(place, SPLIT_NAMES[split]) for place in (images, masks)]
        if parts[0] is not None and parts[1] is not None and images_in(parts[0]):
            return open_mask_folders(folder, parts[0], parts[1])
        return Miss(2, f"{images.name}/ holds no photos of its own")
    found = open_mask_folders(folder, images, masks)
    if not found.photos:
        return Miss(3, f"{len(found.problems)} photos in {images.name}/, but no mask in {masks.name}/ has the name of one")
    return found


def _yolo(folder: Path, split: Split) -> Found:
    has_sheet = any((folder / name).is_file() for name in ("data.yaml", "dataset.yaml"))
    texts = next((folder / "labels").rglob("*.txt"), None) if (folder / "labels").is_dir() else None
    if not has_sheet and texts is None:
        return Miss(0, "")
    if not has_sheet and not (folder / "images").is_dir():
        return Miss(3, "labels/ holds text files, but there is no images/ beside it")
    return open_yolo(folder, split)


def _coco(folder: Path, split: Split) -> Found:
    places = [folder, folder / "annotations"]
    candidates = [path for place in places if place.is_dir() for path in sorted(place.glob("*.json"))[:100] if _json_kind(path) == "coco"]
    of_split = [path for path in candidates if any(word in path.stem.lower() for word in SPLIT_NAMES[split])]
    chosen = candidates if len(candidates) == 1 else of_split
    if len(chosen) == 1:
        return open_coco(chosen[0], folder)
    if not candidates:
        return Miss(0, "")
    names = ", ".join(path.name for path in candidates[:6])
    return Miss(3, f"several COCO files could be meant ({names}): name the file itself")


def _labelme(folder: Path, split: Split) -> Found:
    for name in _JSON_FOLDERS:
        place = folder / name
        paths = sorted(place.glob("*.json")) if place.is_dir() else []
        if any(_json_kind(path) == "labelme" for path in paths[:20]):
            return open_labelme(place, paths, folder)
    return Miss(0, "")


def _beside(folder: Path, split: Split) -> Found:
    paths = images_in(folder)
    if not paths:
        return Miss(0, "")
    return open_side_by_side(folder) or Miss(1, f"{len(paths)} photos, none of which has a mask beside it")


def _split(folder: Path, split: Split) -> Found:
    below = _subfolder(folder, SPLIT_NAMES[split])
    if below is None:
        return Miss(0, "")
    found = _folder(below, split)
    return Miss(found.nearness, f"in {below.name}/: {found.why}") if isinstance(found, Miss) else found


def _subfolder(folder: Path, names: tuple[str, ...], *, holding_masks: bool = False) -> Path | None:
    """The subfolder that is named first, in upper or lower case; of masks, one that holds images or folders of them."""
    there = {path.name.lower(): path for path in folder.iterdir() if path.is_dir()}
    found = (there[name] for name in names if name in there)
    return next((path for path in found if not holding_masks or path.name.lower() in MASK_FOLDERS[:2] or images_below(path)), None)


def _json_kind(path: Path) -> str:
    """ "coco", "labelme" or "other", judged by the beginning alone unless that is not enough."""
    keys = first_keys(path)
    if {"shapes", "imagePath"} <= keys or {"shapes", "imageData"} <= keys or {"shapes", "shape_type"} <= keys:
        return "labelme"
    if "images" in keys or "annotations" in keys or {"file_name", "coco_url"} & keys or {"segmentation", "image_id"} <= keys:
        return "coco"
    return "other"


def _coco_root(path: Path) -> Path:
    """A file in annotations/ speaks of images beside that folder."""
    return path.parent.parent if path.parent.name.lower() == "annotations" else path.parent


def _contents(path: Path) -> str:
    if path.is_file():
        return f"a file of {path.stat().st_size} bytes"
    names = [entry.name + ("/" if entry.is_dir() else "") for entry in islice(path.iterdir(), 200) if not entry.name.startswith(".")]
    return ", ".join(sorted(names)[:8]) + (", ..." if len(names) > 8 else "") if names else "an empty folder"
