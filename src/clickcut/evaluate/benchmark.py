"""On what is measured: the objects of labelled photos, in a fixed order. Nothing is written beside the data."""

from __future__ import annotations

import hashlib
import typing
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clickcut.core.images import read_label_map
from clickcut.core.masks import Target, object_ids, target_of
from clickcut.data.folders import LabelledPhoto, Sample, labelled_photos
from clickcut.data.layered import LayeredSample, OverlappingPhoto
from clickcut.data.opening import open_labelled
from clickcut.data.photos import LabelledSet, Photo, StartedPhoto
from clickcut.evaluate.protocol import Protocol

_PART: typing.Final = 1 << 20

OnListed = Callable[[int, int], None]
"""Told how many photos of how many have been looked into for objects."""


@dataclass(frozen=True, slots=True)
class BenchmarkObject:
    """One object of one photo, and its id there. ``name`` is what results call the photo: its file's name where that tells it apart."""

    photo: Photo
    object_id: int
    name: str = ""

    @property
    def image(self) -> str:
        return self.name or self.photo.image_path.name

    @property
    def key(self) -> tuple[str, int]:
        """What names this object among those of its benchmark."""
        return self.image, self.object_id


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Objects under a name. ``known_as`` is the known set's, None for what a person's path led to."""

    name: str
    objects: tuple[BenchmarkObject, ...]
    known_as: str | None = None

    @classmethod
    def at(cls, path: Path, protocol: Protocol, on_listed: OnListed | None = None) -> Benchmark:
        """What a protocol takes of labelled photos in a folder or file, under its name."""
        return cls(path.resolve().name, benchmark_objects(path, protocol, on_listed))


def benchmark_objects(path: Path, protocol: Protocol, on_listed: OnListed | None = None) -> tuple[BenchmarkObject, ...]:
    """The objects that a protocol takes of a folder with images/ and masks/, or of labelled photos in any other known format."""
    if not path.exists():
        raise ValueError(f"{path}: expected a folder with images/ and masks/ of equal file names, found no such folder")
    if path.is_file() or not (path / "images").is_dir() or not (path / "masks").is_dir():
        return objects_of(whole_photos(open_labelled(path, "val")), protocol, path, on_listed)
    photos = labelled_photos(path)
    _check_stems(path, photos)
    return objects_of(photos, protocol, path / "masks", on_listed)


def objects_of(photos: Sequence[Photo], protocol: Protocol, where: Path, on_listed: OnListed | None = None) -> tuple[BenchmarkObject, ...]:
    """The objects that a protocol takes of these photos: photos in their order, objects by id, ignored pixels being none.

    Reads labels alone where they are files of their own, and no more photos than the protocol's limit needs. ``where`` is for errors.
    """
    _check_start(photos, protocol, where)
    num_wanted = None if protocol.limit is None else (protocol.limit - 1) * protocol.every + 1
    doubled = {name for name, count in Counter(photo.image_path.name for photo in photos).items() if count > 1}
    found: list[BenchmarkObject] = []
    for num_listed, photo in enumerate(photos, start=1):
        # Photos of several folders, or rather several photos of one file, are told apart by their id.
        name = photo.id if photo.image_path.name in doubled else ""
        found += [BenchmarkObject(photo, object_id, name) for object_id in _ids_in(photo)]
        if on_listed is not None:
            on_listed(num_listed, len(photos))
        if num_wanted is not None and len(found) >= num_wanted:
            break
    if not found:
        raise ValueError(f"{where}: expected label maps with objects (labels 1 to 254), found none in any of them")
    return tuple(found[:: protocol.every][: protocol.limit])


def whole_photos(found: LabelledSet) -> tuple[Photo, ...]:
    """A set's photos; ValueError where some are broken, for a benchmark must not shrink in silence."""
    if found.problems:
        raise ValueError(f"{found.path}: {len(found.problems)} photos cannot be measured, the first: {found.problems[0]}")
    return found.photos


def read_sample(photo: Photo) -> Sample | LayeredSample:
    """Pixels and labels: in layers where a photo's objects may overlap."""
    return photo.read_layered() if isinstance(photo, OverlappingPhoto) else photo.read()


def target_in(sample: Sample | LayeredSample, object_id: int) -> Target:
    """The target of one object of ``read_sample``."""
    return sample.target(object_id) if isinstance(sample, LayeredSample) else target_of(sample.labels, object_id)


def labels_sha256(objects: Sequence[BenchmarkObject]) -> str:
    """A fingerprint of the files that hold these objects' labels, their photos' names included: equal results need equal ones."""
    digest, known = hashlib.sha256(), dict[tuple[Path, ...], str]()
    names = dict.fromkeys((one.photo, one.image) for one in objects)
    for photo, name in names:
        files = tuple(photo.files[1:]) or tuple(photo.files)
        if files not in known:  # one file may hold the labels of all photos
            known[files] = _sha256(files)
        digest.update(f"{name} {known[files]}\n".encode())
    return digest.hexdigest()


def _sha256(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
    return digest.hexdigest()


def _ids_in(photo: Photo) -> tuple[int, ...]:
    if isinstance(photo, LabelledPhoto):
        return object_ids(read_label_map(photo.labels_path))
    sample = read_sample(photo)
    return tuple(sorted(sample.objects)) if isinstance(sample, LayeredSample) else object_ids(sample.labels)


def _check_start(photos: Sequence[Photo], protocol: Protocol, where: Path) -> None:
    if protocol.start == "given" and not all(isinstance(photo, StartedPhoto) for photo in photos):
        raise ValueError(f"{where}: no starting masks come with these photos; perturbed ones can be made of any objects")


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
