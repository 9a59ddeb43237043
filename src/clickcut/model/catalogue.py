"""Weights that the field publishes, by name: what they are, where they lie, under which terms, and the file of one that is here.

Nothing here is contacted until somebody asks for a download (``model/publishing.py``).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clickcut.core.cache import cache_folder
from clickcut.model.fingerprints import check_kept
from clickcut.model.weights import SHIPPED, shipped_weights

_UNVERIFIED = " (unverified)"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Published:
    """Weights as their makers publish them.

    ``addresses`` are one file, or the parts of a 7z archive that holds it, or none where only a person can fetch it, from ``page``.
    ``mib`` is the unpacked file's size in MiB, roughly: that of its parameters in float32. ``purpose`` is whether one can click with
    the weights, or only start a training of one's own with them.
    """

    name: str
    what: str
    purpose: Literal["click", "start"]
    addresses: tuple[str, ...]
    page: str
    licence: str
    mib: int | None = None

    @property
    def file(self) -> str:
        """The file's name, in the cache as where it is published."""
        return f"{self.name}.pth"

    @property
    def by_hand(self) -> bool:
        return not self.addresses

    @property
    def is_archive(self) -> bool:
        return len(self.addresses) > 1

    @property
    def sizes(self) -> range:
        """How many bytes the file may have, and still be it: half to twice of what is expected; any where nothing is."""
        return range(1, 1 << 40) if self.mib is None else range(self.mib * _MIB // 2, self.mib * _MIB * 2 + 1)


def _simple_click(data: str, size: str, mib: int) -> Published:
    place = "https://drive.google.com/drive/folders/1qpK0gtAPkVMF7VC42UA9XF4xMWr5KJmL"
    trained_on = {"cocolvis": "COCO+LVIS", "sbd": "SBD"}[data]
    return Published(f"{data}_vit_{size}", f"SimpleClick's ViT-{size}, {trained_on}", "click", (), place, "MIT", mib)


def _ritm(name: str, what: str, mib: int) -> Published:
    release = "https://github.com/saic-vul/ritm_interactive_segmentation/releases/download/v1.0"
    page = "https://github.com/SamsungLabs/ritm_interactive_segmentation"
    return Published(name, f"RITM's {what}", "click", (f"{release}/{name}.pth",), page, "MIT", mib)


def _mae(size: str, mib: int) -> Published:
    address = f"https://dl.fbaipublicfiles.com/mae/pretrain/mae_pretrain_vit_{size}.pth"
    page = "https://github.com/facebookresearch/mae"
    return Published(f"mae_pretrain_vit_{size}", f"MAE's ViT-{size}", "start", (address,), page, f"CC BY-NC 4.0{_UNVERIFIED}", mib)


def _dinov2(size: str, mib: int) -> Published:
    address = f"https://dl.fbaipublicfiles.com/dinov2/dinov2_vit{size}14/dinov2_vit{size}14_pretrain.pth"
    page = "https://github.com/facebookresearch/dinov2"
    what = f"DINOv2's ViT-{size.upper()}/14, address{_UNVERIFIED}"
    return Published(f"dinov2_vit{size}14_pretrain", what, "start", (address,), page, f"Apache-2.0{_UNVERIFIED}", mib)


_CFR_ICL = "https://github.com/TitorX/CFR-ICL-Interactive-Segmentation"

_SIMPLE_CLICK_SIZES = (("xtiny", 15), ("base", 374), ("large", 1237), ("huge", 2526))

_ALL = (
    Published(
        "cocolvis_icl_vit_huge",
        "CFR-ICL's ViT-huge, COCO+LVIS",
        "click",
        tuple(f"{_CFR_ICL}/releases/download/v1.0/cocolvis_icl_vit_huge.pth.7z.{part:03}" for part in (1, 2, 3)),
        _CFR_ICL,
        "CC BY-NC 4.0",
        2526,
    ),
    *(_simple_click(data, size, mib) for data in ("cocolvis", "sbd") for size, mib in _SIMPLE_CLICK_SIZES),
    _ritm("coco_lvis_h18s_itermask", "HRNet-18s, COCO+LVIS", 16),
    _ritm("coco_lvis_h18_itermask", "HRNet-18, COCO+LVIS", 38),
    _ritm("coco_lvis_h18_baseline", "HRNet-18 without previous mask, COCO+LVIS", 38),
    _ritm("coco_lvis_h32_itermask", "HRNet-32, COCO+LVIS", 118),
    _ritm("sbd_h18_itermask", "HRNet-18, SBD", 38),
    _mae("base", 327),
    _mae("large", 1157),
    _mae("huge", 2406),
    _dinov2("s", 84),
    _dinov2("b", 330),
    _dinov2("l", 1161),
)

PUBLISHED: dict[str, Published] = {one.name: one for one in _ALL}


def published(name: str) -> Published:
    """The weights of this name; the error of a typo names the nearest one."""
    if name not in PUBLISHED:
        within = sorted((known for known in PUBLISHED if name and name in known), key=lambda known: (len(known), known))
        nearest = (within or difflib.get_close_matches(name, PUBLISHED, n=1, cutoff=0.0))[0]
        raise ValueError(f"unknown weights {name!r}: expected a name that clickcut weights list shows; did you mean {nearest!r}?")
    return PUBLISHED[name]


def weights_folder() -> Path:
    """Where published weights are kept; it need not exist."""
    return cache_folder() / "weights"


def find_weights(text: str | Path) -> Path:
    """The weights file that a user means: a file by its path, a shipped model by its name, or published weights by theirs, which must have
    been downloaded.

    A file of the cache is compared with the fingerprint that was kept when it was first seen there.
    """
    if Path(text).exists():
        return Path(text)
    name = str(text)
    if name in SHIPPED:
        return shipped_weights()
    if name not in PUBLISHED:
        near = difflib.get_close_matches(name, (*SHIPPED, *PUBLISHED), n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"{name}: cannot read it: there is no such file, "
            f"and no published weights have this name (clickcut weights list shows them){hint}"
        )
    one = PUBLISHED[name]
    path = weights_folder() / one.file
    if path.is_file():
        return check_kept(path, one.sizes)
    if one.by_hand:
        raise ValueError(how_by_hand(one, path))
    raise ValueError(f"{name}: these published weights are not here yet: clickcut weights download {name}")


def how_by_hand(one: Published, path: Path) -> str:
    """What to tell a person who has to fetch a file."""
    return f"{one.name}: no program can fetch this file; open {one.page} in a browser, download {one.file} and put it at {path}"
