"""All sets that are known by name: those of the field (specification 3.6 and 4.11), and what it has used since."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from clickcut.data.opening import open_labelled
from clickcut.data.photos import LabelledSet, Split
from clickcut.data.sets import pairs
from clickcut.data.sets.ade20k import open_ade20k
from clickcut.data.sets.cityscapes import open_cityscapes
from clickcut.data.sets.coco_lvis import open_coco_lvis
from clickcut.data.sets.coco_panoptic import open_coco_panoptic
from clickcut.data.sets.davis585 import Davis585
from clickcut.data.sets.hqseg import open_hqseg
from clickcut.data.sets.images_dir import open_images_dir
from clickcut.data.sets.known_set import Count, KnownSet, Published
from clickcut.data.sets.lvis import open_lvis, open_lvis_v1
from clickcut.data.sets.open_images import open_open_images
from clickcut.data.sets.pairs import Pairs
from clickcut.data.sets.sa1b import open_sa1b
from clickcut.data.sets.sbd import open_sbd, open_sbd_to_train
from clickcut.data.sets.voc import open_voc, open_voc_exactly, open_voc_list

_README: Final = "the field's READMEs (specification 3.6 and 4.11)"


def known_set(name: str) -> KnownSet:
    """The set of this name, whatever its case, dashes and underscores; ValueError names the nearest ones."""
    found = _BY_KEY.get(_key(name))
    if found is None:
        near = get_close_matches(_key(name), _BY_KEY, n=3, cutoff=0.5)
        told = f"nearest: {', '.join(_BY_KEY[key].name for key in near)}" if near else "clickcut data list shows what is published"
        raise ValueError(f"expected a set that is known, got {name!r}; {told}")
    return found


def named_place(text: str) -> tuple[KnownSet, Path] | None:
    """The set and the folder of ``NAME=DIR``; None where that is no such text, ValueError where no set has the name."""
    name, sign, place = text.partition("=")
    if not sign or not name or not place or "/" in name or "\\" in name or Path(text).exists():
        return None
    return known_set(name), Path(place)


def open_named(path: Path, split: Split, *, to_train: bool = False) -> LabelledSet:
    """The photos of ``NAME=DIR``, a known set, or of a folder or file in any format that is told by what lies in it."""
    named = named_place(str(path))
    if named is None:
        return open_labelled(path, split)
    known, place = named
    return known.open_to_train(place, split) if to_train else known.open(place, split)


def _evenly(photos: int, source: str = _README) -> dict[Split, Published]:
    """One object a photo, and one split."""
    return {"val": Published(Count(photos), Count(photos), source)}


def _both(photos: Count | None, objects: Count | None, source: str = _README) -> Published:
    return Published(photos, objects, source)


_AS_DAVIS: Final = Pairs("img", "gt", pairs.any_channel)

_SETS: Final = (
    KnownSet(
        "GrabCut",
        "GrabCut",
        Pairs("data_GT", "boundary_GT", pairs.band),
        config_key="GRABCUT_PATH",
        published=_evenly(50),
    ),
    KnownSet(
        "Berkeley",
        "Berkeley",
        Pairs("images", "masks", pairs.band),
        config_key="BERKELEY_PATH",
        published={"val": _both(Count(100, also=96), Count(100), f"{_README}: 100 objects of 96 photos, each with a file of its own")},
    ),
    KnownSet("DAVIS", "DAVIS", _AS_DAVIS, config_key="DAVIS_PATH", published=_evenly(345)),
    KnownSet("COCO_MVal", "COCO_MVal", _AS_DAVIS, config_key="COCO_MVAL_PATH", published=_evenly(800)),
    KnownSet("HARD", "HARD", _AS_DAVIS, config_key="HARD_PATH"),
    KnownSet(
        "SBD",
        "SBD/dataset",
        open_sbd,
        config_key="SBD_PATH",
        published={"train": _both(Count(8498), Count(20172)), "val": _both(Count(2857), Count(6671))},
        to_train=open_sbd_to_train,
    ),
    KnownSet(
        "PascalVOC",
        "VOC2012",
        open_voc,
        config_key="PASCALVOC_PATH",
        published={"val": _both(Count(1449), Count(3417))},
    ),
    KnownSet(
        "PascalVOC-exact",
        "VOC2012",
        open_voc_exactly,
        config_key="PASCALVOC_PATH",
        published={"train": _both(Count(1464), None, "Pascal VOC 2012"), "val": _both(Count(1449), Count(3427), "Pascal VOC 2012")},
    ),
    KnownSet("PascalVOC-list", "VOC2012", open_voc_list, config_key="PASCALVOC_PATH"),
    KnownSet("BraTS", "BraTS", Pairs("image", "annotation", pairs.above_zero), config_key="BraTS_PATH", published=_evenly(369)),
    KnownSet("ssTEM", "ssTEM", Pairs("raw", "mitochondria", pairs.components), config_key="ssTEM_PATH"),
    KnownSet(
        "OAIZIB",
        "OAIZIB",
        Pairs("test/image", "test/annotations", pairs.values),
        config_key="OAIZIB_PATH",
        published={"val": _both(Count(150), None)},
    ),
    KnownSet("OAI", "OAI", Pairs("{split}/image", "{split}/annotations", pairs.values), "train", config_key="OAI_PATH"),
    KnownSet(
        "COCO",
        "MSCOCO",
        open_coco_panoptic,
        "train",
        config_key="COCO_PATH",
        published={"train": _both(Count(118_000, 1000), None), "val": _both(Count(5000), None, "COCO 2017")},
    ),
    KnownSet("LVIS", "LVIS", open_lvis, "train", config_key="LVIS_PATH"),
    KnownSet(
        "LVIS-v1",
        "LVIS",
        open_lvis_v1,
        "train",
        config_key="LVIS_v1_PATH",
        published={"train": _both(Count(100_000, 1000), Count(1_200_000, 100_000))},
    ),
    KnownSet(
        "COCO+LVIS",
        "LVIS",
        open_coco_lvis,
        "train",
        config_key="LVIS_v1_PATH",
        published={"train": _both(Count(99_000, 1000), Count(1_500_000, 100_000))},
    ),
    KnownSet("ADE20K", "ADE20K", open_ade20k, "train", config_key="ADE20K_PATH"),  # published for both splits together alone
    KnownSet(
        "OpenImages",
        "OpenImages",
        open_open_images,
        "train",
        config_key="OPENIMAGES_PATH",
        published={"train": _both(Count(944_000, 1000), Count(2_600_000, 100_000))},
    ),
    KnownSet("ImagesDir", "images_dir", open_images_dir, "train"),
    KnownSet(
        "HQSeg-44K",
        "HQSeg-44K",
        open_hqseg,
        config_key="HQSEG44K_PATH",
        published={"train": _both(Count(44_320), Count(44_320), "HQ-SAM"), "val": _both(Count(1537), Count(1537), "HQ-SAM")},
    ),
    KnownSet("DAVIS-585", "DAVIS-585", Davis585("sp"), config_key="DAVIS585_PATH", published=_evenly(585, "FocalClick")),
    KnownSet("DAVIS-585-STM", "DAVIS-585", Davis585("stm"), config_key="DAVIS585_PATH", published=_evenly(585, "FocalClick")),
    KnownSet("SA-1B", "SA-1B", open_sa1b, "train"),
    KnownSet(
        "Cityscapes",
        "Cityscapes",
        open_cityscapes,
        published={"train": _both(Count(2975), None, "Cityscapes"), "val": _both(Count(500), None, "Cityscapes")},
    ),
    KnownSet("Folder", ".", open_labelled, "train"),
)

KNOWN_SETS: Final[Mapping[str, KnownSet]] = {one.name: one for one in _SETS}
"""``Folder`` is any folder in a format that is told by what lies in it: label maps, COCO, YOLO polygons, labelme."""


def _key(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


_BY_KEY: Final = {_key(one.name): one for one in _SETS}
