"""HQSeg-44K: fine masks of one object a photo, out of seven sets that lie in three folders with names of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.data.photos import LabelledSet, Problem, Split
from clickcut.data.sets.layout import contents, image_and_mask_files, listed_set
from clickcut.data.sets.pairs import PairPhoto, above_middle


@dataclass(frozen=True, slots=True)
class Subset:
    """A part of HQSeg-44K: its name, and the folders of its images and masks, which may be one."""

    name: str
    images: str
    masks: str


_THIN: Final = "thin_object_detection"
SUBSETS: Final[dict[Split, tuple[Subset, ...]]] = {
    "train": (
        Subset("DIS5K-TR", "DIS5K/DIS-TR/im", "DIS5K/DIS-TR/gt"),
        Subset("ThinObject5K-TR", f"{_THIN}/ThinObject5K/images_train", f"{_THIN}/ThinObject5K/masks_train"),
        *(Subset(name, f"cascade_psp/{name}", f"cascade_psp/{name}") for name in ("fss_all", "DUTS-TR", "DUTS-TE", "ecssd", "MSRA_10K")),
    ),
    "val": (
        Subset("DIS5K-VD", "DIS5K/DIS-VD/im", "DIS5K/DIS-VD/gt"),
        Subset("COIFT", f"{_THIN}/COIFT/images", f"{_THIN}/COIFT/masks"),
        Subset("HRSOD", f"{_THIN}/HRSOD/images", f"{_THIN}/HRSOD/masks_max255"),
        Subset("ThinObject5K-TE", f"{_THIN}/ThinObject5K/images_test", f"{_THIN}/ThinObject5K/masks_test"),
    ),
}
"""As HQ-SAM's page says to lay them out."""


def open_hqseg(root: Path, split: Split) -> LabelledSet:
    """The photos of all sub-sets of a split that are there; those that are not are told as problems."""
    photos: list[PairPhoto] = []
    problems: list[Problem] = []
    for subset in SUBSETS[split]:
        images, masks = root / subset.images, root / subset.masks
        if not (images.is_dir() and masks.is_dir()):
            problems.append(Problem(subset.name, f"{subset.name} lacks {images if not images.is_dir() else masks}"))
            continue
        found, lacking = image_and_mask_files(images, masks, told_by_ending=images == masks)
        photos += [PairPhoto(f"{subset.name}/{name}", image, mask, above_middle) for name, image, mask in found]
        problems += lacking
    if not photos:
        raise ValueError(f"{root}: expected HQSeg-44K's DIS5K/, {_THIN}/ and cascade_psp/, found {contents(root)}")
    return listed_set(root, "HQSeg-44K", photos, problems)
