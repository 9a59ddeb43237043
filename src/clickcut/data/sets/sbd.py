"""The Semantic Boundaries Dataset: ``img/``, instance maps in MATLAB files below ``inst/``, and lists of photos (specification 3.6)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.io import loadmat

from clickcut.core.boxes import Box
from clickcut.core.images import read_image
from clickcut.core.masks import LabelMap, object_ids
from clickcut.data.folders import Sample
from clickcut.data.photos import LabelledSet, Split, inside
from clickcut.data.sets.layering import label_map_of
from clickcut.data.sets.layout import listed_names, listed_set, needed, same_hw, those_there

_SPARSEST: Final = 0.08
"""Objects that fill less of their box are slips of the pen; the field does not train on them (specification 4.11)."""

_HEADER: Final = 128
_COMPRESSED: Final = 15
_MOST_BYTES: Final = 256 << 20
_BROKEN: Final = (
    ValueError, TypeError, LookupError, AttributeError, OSError, EOFError, OverflowError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SbdPhoto:
    """A photo and its instance map; ``sparse_too`` keeps the objects that fill hardly anything of their box."""

    id: str
    image_path: Path
    map_path: Path
    sparse_too: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        return self.image_path, self.map_path

    def read(self) -> Sample:
        image = read_image(self.image_path)
        labels = instance_map(self.map_path)
        same_hw(self.map_path, labels, (image.shape[0], image.shape[1]))
        return Sample(self.id, image, labels if self.sparse_too else without_sparse(labels))


def open_sbd(root: Path, split: Split) -> LabelledSet:
    """All objects of a split, as it is measured on."""
    return _opened(root, split, sparse_too=True)


def open_sbd_to_train(root: Path, split: Split) -> LabelledSet:
    """The objects that the field trains on."""
    return _opened(root, split, sparse_too=False)


def instance_map(path: Path) -> LabelMap:
    """``GTinst.Segmentation`` of a MATLAB file as a label map; ValueError names the file."""
    try:
        found = loadmat(BytesIO(_unpacked(path)), variable_names=["GTinst"])["GTinst"][0, 0]["Segmentation"]
        return label_map_of(np.asarray(found, np.int64))
    except _BROKEN as error:
        raise ValueError(f"{path}: expected a MATLAB file with GTinst.Segmentation: {' '.join(str(error).split())[:120]}") from error


def without_sparse(labels: LabelMap) -> LabelMap:
    """Background instead of the objects that fill less than 0.08 of their box."""
    kept = labels.copy()
    for object_id in object_ids(labels):
        mask = labels == object_id
        box = Box.around(mask)
        if np.count_nonzero(mask) < _SPARSEST * box.height * box.width:
            kept[mask] = 0
    return kept


def _opened(root: Path, split: Split, *, sparse_too: bool) -> LabelledSet:
    images, maps, names = needed(root, "img", "inst", f"{split}.txt")
    photos = [
        SbdPhoto(name, inside(root, images, f"{name}.jpg"), inside(root, maps, f"{name}.mat"), sparse_too) for name in listed_names(names)
    ]
    return listed_set(root, "img/ + inst/*.mat", *those_there(photos))


def _unpacked(path: Path) -> bytes:
    """A MATLAB 5 file without its compression: SciPy would unpack any number of bytes of a file that was made to harm."""
    content = path.read_bytes()
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:
        raise ValueError("it is no file of MATLAB 5 to 7.2")
    parts, at, room = [content[:_HEADER]], _HEADER, _MOST_BYTES
    while at + 8 <= len(content):
        kind, num_bytes = struct.unpack(f"{order}II", content[at : at + 8])
        whole = content[at : at + 8 + num_bytes]
        part = _inflated(whole[8:], room) if kind == _COMPRESSED else whole
        parts.append(part)
        room -= len(part)
        at += 8 + num_bytes
    return b"".join(parts)


def _inflated(data: bytes, room: int) -> bytes:
    unpacker: Any = zlib.decompressobj()
    part: bytes = unpacker.decompress(data, max(1, room))
    if unpacker.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {_MOST_BYTES >> 20} MiB")
    return part
