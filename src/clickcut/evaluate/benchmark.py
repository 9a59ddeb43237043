"""On what is measured: the objects of a labelled folder, in a fixed order. Nothing is written beside the data."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clickcut.core.images import read_label_map
from clickcut.core.masks import object_ids
from clickcut.data.folders import LabelledPhoto, labelled_photos
from clickcut.data.photos import Photo
from clickcut.evaluate.protocol import Protocol


@dataclass(frozen=True, slots=True)
class BenchmarkObject:
    """One object of one photo: the photo's file name and the object's id in its label map."""

    photo: Photo
    object_id: int

    @property
    def image(self) -> str:
        return self.photo.image_path.name

    @property
    def key(self) -> tuple[str, int]:
        """What names this object among those of its benchmark."""
        return self.image, self.object_id


def benchmark_objects(folder: Path, protocol: Protocol) -> tuple[BenchmarkObject, ...]:
    """The objects that a protocol takes of a folder: photos by file name, objects by id, ignored pixels (255) being none.

    Reads label maps only, and no more of them than the protocol's limit needs.
    """
    photos = labelled_photos(folder)
    _check_stems(folder, photos)
    num_wanted = None if protocol.limit is None else (protocol.limit - 1) * protocol.every + 1
    found: list[BenchmarkObject] = []
    for photo in photos:
        found += [BenchmarkObject(photo, object_id) for object_id in object_ids(read_label_map(photo.labels_path))]
        if num_wanted is not None and len(found) >= num_wanted:
            break
    if not found:
        raise ValueError(f"{folder / 'masks'}: expected label maps with objects (labels 1 to 254), found none in any of them")
    return tuple(found[:: protocol.every][: protocol.limit])


def labels_sha256(objects: Sequence[BenchmarkObject]) -> str:
    """A fingerprint of the label maps that hold these objects, their photos' names included: equal results need equal ones."""
    digest = hashlib.sha256()
    for photo in dict.fromkeys(one.photo for one in objects):
        labels = hashlib.sha256(b"".join(path.read_bytes() for path in photo.files[1:])).hexdigest()
        digest.update(f"{photo.image_path.name} {labels}\n".encode())
    return digest.hexdigest()


def _check_stems(folder: Path, photos: tuple[LabelledPhoto, ...]) -> None:
    """One photo to one label map: a benchmark must not shrink, nor count anything twice, in silence."""
    stems = Counter(photo.id for photo in photos)
    masks = Counter(path.stem for path in (folder / "masks").iterdir() if path.suffix.lower() == ".png")
    for where, counts in (("images", stems), ("masks", masks)):
        doubled = sorted(stem for stem, count in counts.items() if count > 1)
        if doubled:
            raise ValueError(f"{folder / where}: {len(doubled)} names stand for more than one file, the first is {doubled[0]}")
    lonely = sorted(masks.keys() - stems.keys())
    if lonely:
        raise ValueError(f"{folder}: {len(lonely)} masks have no photo of the same name, the first is {lonely[0]}")
