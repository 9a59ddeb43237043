"""An opened folder: its images, classes, settings, and where in FOLDER/.clickcut the work on each image lies.

Beside the server, ``clickcut.web.annotations`` reads and adds to what was cut out, without any network.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import uuid4

from clickcut.core.files import check_free, replacing
from clickcut.core.locks import alone
from clickcut.data.photos import IMAGE_SUFFIXES
from clickcut.web.folder.classes import ClassList
from clickcut.web.folder.listing import OWN_FOLDER, UPLOADS, ListedImage, chosen_images, image_id, images_of, listed
from clickcut.web.folder.pixels import Pixels
from clickcut.web.folder.summaries import Summaries
from clickcut.web.folder.tiles import Tiles
from clickcut.web.record.settings import Settings
from clickcut.web.refusal import Refusal

LOOKED_AGAIN_S: Final = 5.0
UPLOAD_BYTES: Final = 4 * 2**30
"""All uploads of a folder together."""


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """What drafts begin with in this folder."""

    settings: Settings
    no_overlap: bool = True


class Workspace:
    """A folder, or certain images below it (``chosen``), open for work. Threads may share it."""

    def __init__(self, root: Path, chosen: Sequence[Path] = (), *, large: int | None = None) -> None:
        if not root.is_dir():
            raise ValueError(f"{root}: expected a folder of images, found {'a file' if root.exists() else 'no such folder'}")
        self.root = root
        self.own = root / OWN_FOLDER
        self.works = self.own / "work"
        self.works.mkdir(parents=True, exist_ok=True)
        self.classes = ClassList(self.own / "classes.json")
        self.summaries = Summaries(self.works, self.own / "summaries.json")
        self.pixels = Pixels(self.own / "cache" / "pixels", **({} if large is None else {"large": large}))
        self.tiles = Tiles(self.pixels, self.own / "cache" / "thumbnails")
        self._chosen = tuple(chosen)
        self._lock = threading.Lock()
        self._looked = -LOOKED_AGAIN_S
        self._images: tuple[ListedImage, ...] = ()
        self._places: dict[str, int] = {}
        self._look()

    @property
    def name(self) -> str:
        return self.root.resolve().name or str(self.root.resolve())

    @property
    def images(self) -> tuple[ListedImage, ...]:
        """All images in order; the folder is looked through again when that was some seconds ago."""
        with self._lock:
            if time.monotonic() - self._looked > LOOKED_AGAIN_S:
                self._look()
            return self._images

    def image(self, id_or_name: str) -> ListedImage:
        """The image of an id or of a name within the folder; Refusal when there is none."""
        for again in (False, True):
            with self._lock:
                if again:
                    self._look()
                place = self._places.get(id_or_name, self._places.get(image_id(id_or_name)))
                if place is not None:
                    return self._images[place]
        raise Refusal("no_such_image", f"there is no image {id_or_name} in {self.name}")

    def place_of(self, image: ListedImage) -> int:
        """An image's place among all."""
        return self._places.get(image.id, 0)

    def folder_of(self, image: ListedImage) -> Path:
        """Where the work on an image lies."""
        return self.works / image.id

    def settings(self, defaults: Settings) -> FolderSettings:
        """What is remembered for the folder, else ``defaults``."""
        try:
            value = json.loads((self.own / "settings.json").read_text(encoding="utf-8"))
            return FolderSettings(Settings.from_json(value["settings"]), bool(value["no_overlap"]))
        except FileNotFoundError:
            return FolderSettings(defaults)
        except (LookupError, TypeError, ValueError, AttributeError):
            return FolderSettings(defaults)  # of another version; the next change writes it anew

    def remember(self, wanted: FolderSettings) -> None:
        with replacing(self.own / "settings.json") as file:
            file.write(json.dumps({"settings": wanted.settings.json(), "no_overlap": wanted.no_overlap}).encode())

    def upload(self, name: str, data: bytes) -> ListedImage:
        """Keeps an image file's content among the folder's uploads; Refusal where it is no image that can be opened."""
        called = PurePosixPath(name.replace("\\", "/"))
        if called.suffix.lower() not in IMAGE_SUFFIXES:
            raise Refusal("unreadable_image", f"expected a name that ends in {', '.join(sorted(IMAGE_SUFFIXES))}, got {name!r}")
        folder = self.root / UPLOADS
        folder.mkdir(parents=True, exist_ok=True)
        self._check_room(folder, len(data))
        stem = re.sub(r"[^\w.-]+", "-", called.stem).strip(".-")[:80] or "image"
        path = folder / f"{stem}-{uuid4().hex[:8]}{called.suffix.lower()}"
        with replacing(path) as file:
            file.write(data)
        image = listed(path, f"{UPLOADS}/{path.name}")
        try:
            self.pixels.hw(image)
            if not self.pixels.is_large(image):
                self.pixels.whole(image)  # whether all of it can be read is known only then
        except Refusal as refusal:
            path.unlink()
            raise Refusal(refusal.code, str(refusal).replace(image.name, name)) from None
        with self._lock:
            self._look()
        return image

    def remove_upload(self, image: ListedImage) -> None:
        if not image.is_upload:
            raise Refusal("not_uploaded", f"{image.name} is the folder's own; only uploads are removed here")
        image.path.unlink(missing_ok=True)
        with self._lock:
            self._look()

    def close(self) -> None:
        self.summaries.write()

    def _check_room(self, folder: Path, num_bytes: int) -> None:
        taken = sum(path.stat().st_size for path in folder.iterdir())
        if taken + num_bytes > UPLOAD_BYTES:
            raise Refusal(
                "no_room", f"uploads take at most {UPLOAD_BYTES // 2**30} GiB; remove some, or put the images into the folder itself"
            )
        try:
            check_free(folder, num_bytes + 2**26)
        except OSError as error:
            raise Refusal("no_room", str(error)) from error

    def _look(self) -> None:
        """Called with the lock."""
        self._images = chosen_images(self.root, [path for path in self._chosen if path.exists()]) if self._chosen else images_of(self.root)
        self._places = {image.id: place for place, image in enumerate(self._images)}
        self._looked = time.monotonic()


@contextmanager
def opened(paths: Sequence[Path], *, large: int | None = None) -> Iterator[Workspace]:
    """The workspace of a folder, or of images; ValueError where paths are neither, or another process has the folder open."""
    root, chosen = _root_of(paths)
    if not root.is_dir():
        raise ValueError(f"{root}: expected a folder of images, or image files; found {'a file' if root.exists() else 'no such folder'}")
    if chosen:
        chosen_images(root, chosen)
    (root / OWN_FOLDER).mkdir(exist_ok=True)
    with alone(root / OWN_FOLDER / "lock"):
        workspace = Workspace(root, chosen, large=large)
        try:
            yield workspace
        finally:
            workspace.close()


def _root_of(paths: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    if len(paths) == 1 and not paths[0].is_file():
        return paths[0], ()
    for path in paths:
        if not path.is_file():
            raise ValueError(
                f"{path}: expected one folder, or image files; found {'a further folder' if path.is_dir() else 'no such file'}"
            )
    return Path(os.path.commonpath([path.resolve().parent for path in paths])), tuple(paths)
