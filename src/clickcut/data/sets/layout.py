"""What readers ask of a folder before they list it, and the photos of two folders that belong together by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from clickcut.data.photos import LabelledSet, Photo, Problem, doubled, images_in

AnyPhoto = TypeVar("AnyPhoto", bound=Photo)


def needed(root: Path, *names: str) -> list[Path]:
    """The entries of a folder by these names; ValueError says what lies there instead."""
    lacking = [name for name in names if not (root / name).exists()]
    if lacking:
        raise ValueError(f"{root}: expected {_listed(names)}, lacks {_listed(lacking)}; found {contents(root)}")
    return [root / name for name in names]


def first_of(root: Path, *names: str) -> Path:
    """The first of these that is there; ValueError if none is."""
    found = next((root / name for name in names if (root / name).exists()), None)
    if found is None:
        raise ValueError(f"{root}: expected {' or '.join(names)}, found {contents(root)}")
    return found


def contents(folder: Path) -> str:
    """The first few names in a folder, for a message."""
    if not folder.is_dir():
        return "no such folder"
    names = sorted(entry.name for entry in islice(folder.iterdir(), 200) if not entry.name.startswith("."))
    return (", ".join(names[:8]) + (", ..." if len(names) > 8 else "")) or "an empty folder"


def listed_names(path: Path) -> list[str]:
    """The lines of a list of photos, blank ones left out; ValueError where the file is none."""
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: expected a list of photos, a name a line: {error}") from error


def image_and_mask_files(images: Path, masks: Path, *, told_by_ending: bool = False) -> tuple[list[tuple[str, Path, Path]], list[Problem]]:
    """Name, image and mask of each photo, by name; and the images whose mask is lacking.

    Matched as the field does (specification 3.6): an image's name up to its first dot, a mask's up to its last. Where both lie in one
    folder, JPEGs are images and PNGs masks.
    """
    mask_of = {path.stem: path for path in images_in(masks) if not told_by_ending or not _is_jpeg(path)}
    found: list[tuple[str, Path, Path]] = []
    problems: list[Problem] = []
    for path in images_in(images):
        if told_by_ending and not _is_jpeg(path):
            continue
        name = path.name.split(".")[0]
        if name in mask_of:
            found.append((name, path, mask_of[name]))
        else:
            problems.append(Problem(path.name, f"{path.name} has no mask {name}.* in {masks.name}/"))
    return found, problems


def listed_set(root: Path, layout: str, photos: Sequence[Photo], problems: Iterable[Problem] = ()) -> LabelledSet:
    """A set as its reader found it, photos of one name told; ValueError where there is nothing at all."""
    told = [*problems, *(Problem(name, f"two photos are named {name}") for name in doubled(photo.id for photo in photos))]
    if not photos and not told:
        raise ValueError(f"{root}: taken for {layout}, expected photos, found none")
    return LabelledSet(root, layout, tuple(photos), tuple(told))


def those_there(photos: Iterable[AnyPhoto]) -> tuple[list[AnyPhoto], list[Problem]]:
    """The photos all of whose files are there, and what the others lack: half a download is told before hours are spent on it."""
    there: list[AnyPhoto] = []
    problems: list[Problem] = []
    for photo in photos:
        lacking = next((path for path in photo.files if not path.is_file()), None)
        if lacking is None:
            there.append(photo)
        else:
            problems.append(Problem(photo.id, f"{photo.id} lacks {lacking}"))
    return there, problems


def same_hw(path: Path, pixels: Any, hw: tuple[int, int]) -> None:
    """ValueError unless a mask has the size of its photo."""
    if pixels.shape[:2] != hw:
        height, width = pixels.shape[:2]
        raise ValueError(f"{path} is {width} wide and {height} high, but its photo (turned upright) is {hw[1]} wide and {hw[0]} high")


def _is_jpeg(path: Path) -> bool:
    return path.suffix.lower() in (".jpg", ".jpeg")


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
