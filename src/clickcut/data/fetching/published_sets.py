"""The field's sets by name: addresses, layouts, licences. Sizes are rough; what nobody of us has tried says that it is unverified."""

from __future__ import annotations

import difflib
from typing import Final

from clickcut.data.fetching.catalogue import Archive, Link, Place, PublishedSet

_UNVERIFIED: Final = " (unverified)"
_NOT_STATED: Final = "not stated, for research"
_FLICKR: Final = "photos: Flickr's terms"  # for COCO it is what cocodataset.org's terms of use say
_FBRS: Final = "https://github.com/saic-vul/fbrs_interactive_segmentation"
_SIMPLE_CLICK: Final = "https://github.com/uncbiag/SimpleClick"
_MEDICAL: Final = "https://drive.google.com/drive/folders/1B6y1nNBnWU09EhxvjaTdp1XGjc1T6wUk"
_SSTEM: Final = "https://github.com/unidesigner/groundtruth-drosophila-vnc"
_CLICKSEG: Final = "https://github.com/XavierCHEN34/ClickSEG"
_HQ_SEG: Final = "https://huggingface.co/sam-hq-team/sam-hq-training/tree/main/data"
_SA_1B: Final = "https://ai.meta.com/datasets/segment-anything/"
_COCO_FILES: Final = "http://images.cocodataset.org"
_LVIS_FILES: Final = "https://s3-us-west-2.amazonaws.com/dl.fbaipublicfiles.com/LVIS"
_COCO_PHOTOS: Final = (Link("LVIS/train/images", "MSCOCO/train"), Link("LVIS/val/images", "MSCOCO/val"))


def _of_fbrs(name: str, what: str, folders: tuple[str, str], mib: int, licence: str = _NOT_STATED) -> PublishedSet:
    places = tuple(Place(folder, f"{name}/{folder}") for folder in folders)
    archive = Archive(f"{_FBRS}/releases/download/v1.0/{name}.zip", places, mib, 2 * mib)
    return PublishedSet(name, what, name, _FBRS, licence, (archive,))


def _below(folder: str, within: str, names: tuple[str, ...]) -> tuple[Place, ...]:
    return tuple(Place(f"{within}/{name}", f"{folder}/{name}") for name in names)


def _coco_photos(split: str, mib: int) -> Archive:
    return Archive(f"{_COCO_FILES}/zips/{split}2017.zip", (Place(f"{split}2017", f"MSCOCO/{split}"),), mib, mib + mib // 20)


def _panoptic() -> Archive:
    """Archives within an archive; flattened and renamed as the field's script does."""
    jsons = (Place(f"annotations/panoptic_{split}2017.json", f"MSCOCO/annotations/panoptic_{split}.json") for split in ("train", "val"))
    masks = (
        Place(f"annotations/panoptic_{split}2017.zip", f"MSCOCO/annotations/panoptic_{split}", inner=f"panoptic_{split}2017")
        for split in ("train", "val")
    )
    return Archive(f"{_COCO_FILES}/annotations/panoptic_annotations_trainval2017.zip", (*jsons, *masks), 783, 2200)


def _lvis(split: str, mib: int, unpacked_mib: int) -> Archive:
    place = Place(f"lvis_v1_{split}.json", f"LVIS/{split}/lvis_{split}.json")
    return Archive(f"{_LVIS_FILES}/lvis_v1_{split}.json.zip", (place,), mib, unpacked_mib)


def _by_hand(name: str, what: str, page: str, licence: str, *places: str) -> PublishedSet:
    return PublishedSet(name, what, name, page, licence, by_hand_places=places or (".",))


_ALL: Final = (
    _of_fbrs("GrabCut", "50 photos with an object each", ("data_GT", "boundary_GT"), 11),
    _of_fbrs("Berkeley", "96 photos, 100 objects", ("images", "masks"), 7),
    _of_fbrs("DAVIS", "345 frames of videos", ("img", "gt"), 43, f"CC BY 4.0{_UNVERIFIED}"),
    _of_fbrs("COCO_MVal", "800 objects of COCO", ("img", "gt"), 127, f"CC BY 4.0; {_FLICKR}"),
    PublishedSet(
        "SBD",
        "11,355 photos with outlines: train 8,498, val 2,857",
        "SBD/dataset",
        "http://home.bharathh.info/pubs/codes/SBD/download.html",
        f"not stated; {_FLICKR}{_UNVERIFIED}",
        (
            Archive(
                "http://www.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/semantic_contours/benchmark.tgz",
                _below("SBD/dataset", "dataset", ("img", "inst", "cls", "train.txt", "val.txt")),
                1354,
                1600,
            ),
        ),
    ),
    PublishedSet(
        "PascalVOC",
        "VOC 2012: val 1,449 photos, 3,417 objects",
        "VOC2012",
        "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
        f"not stated; {_FLICKR}{_UNVERIFIED}",
        (
            Archive(
                "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
                _below("VOC2012", "VOC2012", ("Annotations", "ImageSets", "JPEGImages", "SegmentationClass", "SegmentationObject")),
                1907,
                2000,
            ),
        ),
    ),
    PublishedSet(
        "COCO",
        "COCO 2017: photos, instances, panoptic",
        "MSCOCO",
        "https://cocodataset.org/#download",
        f"annotations CC BY 4.0; {_FLICKR}",
        (
            _coco_photos("val", 778),
            Archive(
                f"{_COCO_FILES}/annotations/annotations_trainval2017.zip",
                tuple(
                    Place(f"annotations/{kind}_{split}2017.json", f"MSCOCO/annotations/{kind}_{split}2017.json")
                    for kind in ("instances", "captions", "person_keypoints")
                    for split in ("train", "val")
                ),
                241,
                850,
            ),
            _panoptic(),
            _coco_photos("train", 18430),
        ),
    ),
    PublishedSet(
        "LVIS",
        "LVIS v1 on COCO's photos",
        "LVIS",
        "https://www.lvisdataset.org/dataset",
        f"annotations CC BY 4.0{_UNVERIFIED}; {_FLICKR}",
        (_lvis("val", 62, 190), _lvis("train", 334, 1150)),
        needs=("COCO",),
        links=_COCO_PHOTOS,
    ),
    PublishedSet(
        "COCO+LVIS",
        "the combined annotation, on COCO's photos",
        "LVIS",
        "https://github.com/SamsungLabs/ritm_interactive_segmentation",
        f"annotations CC BY 4.0{_UNVERIFIED}; {_FLICKR}",
        (
            Archive(
                "https://github.com/saic-vul/ritm_interactive_segmentation/releases/download/v1.0/cocolvis_annotation.tar.gz",
                tuple(
                    Place(f"{split}/{name}", f"LVIS/{split}/{name}", optional=split == "val")
                    for split in ("val", "train")
                    for name in ("masks", "hannotation.pickle")
                ),
            ),
        ),
        needs=("COCO",),
        links=_COCO_PHOTOS,
    ),
    _by_hand(
        "ADE20K", "22,210 photos, 434,000 objects", "http://sceneparsing.csail.mit.edu/", "non-commercial research and education only"
    ),
    _by_hand(
        "OpenImages",
        "944,000 photos, 2.6 million objects",
        "https://storage.googleapis.com/openimages/web/download.html",
        "annotations CC BY 4.0, photos listed as CC BY 2.0, which nobody warrants",
    ),
    _by_hand("BraTS", "369 slices of brains", _MEDICAL, f"research only{_UNVERIFIED}", "image", "annotation"),
    _by_hand("OAIZIB", "150 slices of knees", _MEDICAL, f"research only{_UNVERIFIED}", "test/image", "test/annotations"),
    _by_hand(
        "ssTEM",
        "20 slices of nerve tissue",
        _SSTEM,
        _NOT_STATED,
        "raw",
        "mitochondria",
    ),
    _by_hand("HARD", "the five hardest frames of DAVIS, after SimpleClick", _SIMPLE_CLICK, _NOT_STATED, "img", "gt"),
    _by_hand(
        "HQSeg-44K",
        "44,320 fine masks in three archives, 7.4 GB",
        _HQ_SEG,
        f"Apache 2.0 by its page, its parts under terms of their own{_UNVERIFIED}",
    ),
    _by_hand("DAVIS-585", f"585 frames with masks to begin with, page{_UNVERIFIED}", _CLICKSEG, _NOT_STATED),
    _by_hand("SA-1B", f"11 million photos, page{_UNVERIFIED}", _SA_1B, "SA-1B Dataset Research License"),
    _by_hand(
        "Cityscapes",
        "5,000 street scenes",
        "https://www.cityscapes-dataset.com/downloads/",
        "Cityscapes' own, non-commercial only",
        "leftImg8bit",
        "gtFine",
    ),
)

PUBLISHED_SETS: Final[dict[str, PublishedSet]] = {one.name: one for one in _ALL}


def published_set(name: str) -> PublishedSet:
    """The set of this name, whatever its case, hyphens and underscores; the error of a typo names the nearest one."""
    by_key = {_key(known): known for known in PUBLISHED_SETS}
    if (key := _key(name)) in by_key:
        return PUBLISHED_SETS[by_key[key]]
    within = sorted((known for known in by_key if key and key in known), key=lambda known: (len(known), known))
    nearest = (within or difflib.get_close_matches(key, by_key, n=1, cutoff=0.0))[0]
    raise ValueError(f"unknown set {name!r}: expected a name that clickcut data list shows; did you mean {by_key[nearest]!r}?")


def _key(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")
