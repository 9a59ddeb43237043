"""Masks on the disk, each a 1-bit PNG of its tight box named by its fingerprint: written once, atomically, and never changed."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from clickcut.core.files import replacing
from clickcut.core.masks import Mask
from clickcut.web.record.cuts import Cut, area_of
from clickcut.web.record.moments import KeptMask

CACHE_BYTES = 64 * 2**20


class MaskFiles:
    """The masks of one image's work in ``folder``; those used last stay in memory. Threads may share it."""

    def __init__(self, folder: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        self.folder = folder
        self._cache_bytes = cache_bytes
        self._cache: OrderedDict[str, Cut] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, cut: Cut) -> KeptMask:
        """Writes a mask, unless it is there, and gives its reference; when this returns it is safe on the disk."""
        digest = hashlib.blake2b(repr(cut.box).encode() + np.packbits(cut.mask).tobytes(), digest_size=12).hexdigest()
        path = self._path(digest)
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            content = BytesIO()
            # Deflate's own packing of bits is what takes the time: level 1 is as small here as 9, and ten times as fast.
            Image.fromarray(cut.mask).save(content, "PNG", compress_level=1)
            with replacing(path) as file:
                file.write(content.getvalue())
        self._remember(digest, cut)
        return KeptMask(digest, cut.box, area_of(cut))

    def read(self, kept: KeptMask) -> Cut:
        """The mask of a reference; ValueError when its file is gone or damaged."""
        with self._lock:
            if kept.digest in self._cache:
                self._cache.move_to_end(kept.digest)
                return self._cache[kept.digest]
        cut = Cut(kept.box, self._decoded(kept))
        self._remember(kept.digest, cut)
        return cut

    def clear(self, used: Collection[str]) -> int:
        """Removes the files of all masks but those used, by fingerprint, and what a killed process left half-written; gives how many.

        Nobody may be at work on the image: a mask lies here before the journal's line that names it.
        """
        gone = [path for path in self.folder.glob("*.png") if path.stem not in used] + list(self.folder.glob(".*.part"))
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _decoded(self, kept: KeptMask) -> Mask:
        path = self._path(kept.digest)
        try:
            with Image.open(path) as image:
                if (image.height, image.width) != kept.box.hw:
                    raise ValueError(f"it is {image.width} x {image.height}, expected {kept.box.width} x {kept.box.height}")
                return np.array(image, np.bool_)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise ValueError(f"{path}: cannot read this mask: {error}") from error

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest}.png"

    def _remember(self, digest: str, cut: Cut) -> None:
        with self._lock:
            self._cache[digest] = cut
            self._cache.move_to_end(digest)
            while len(self._cache) > 1 and sum(known.mask.size for known in self._cache.values()) > self._cache_bytes:
                self._cache.popitem(last=False)
