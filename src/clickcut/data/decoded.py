"""What was decoded already, kept up to a number of bytes: photos are drawn from again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from clickcut.data.folders import Sample
from clickcut.data.photos import Photo

Key = TypeVar("Key")
Value = TypeVar("Value")

PHOTO_BYTES = 1 << 30


class BoundedCache(Generic[Key, Value]):
    """Values by their keys; beyond ``most_bytes`` those go first that were asked for longest ago. A value larger than that is never kept.

    ``size`` tells a value's bytes. For one thread; changes what it takes to get a value, and nothing of the value.
    """

    def __init__(self, most_bytes: int, size: Callable[[Value], int]) -> None:
        self.most_bytes, self.num_bytes = most_bytes, 0
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of this key, made if it is not at hand."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = make()
        if self._size(value) <= self.most_bytes:
            self._values[key] = value
            self.num_bytes += self._size(value)
            while self.num_bytes > self.most_bytes:
                _, oldest = self._values.popitem(last=False)
                self.num_bytes -= self._size(oldest)
        return value


class DecodedPhotos:
    """Photos read once for as long as there is room; what it gives is shared, and so not to be written into."""

    def __init__(self, most_bytes: int = PHOTO_BYTES) -> None:
        self._cache: BoundedCache[tuple[Path, str], Sample] = BoundedCache(
            most_bytes, lambda sample: sample.image.nbytes + sample.labels.nbytes
        )

    def __reduce__(self) -> tuple[type[DecodedPhotos], tuple[int]]:
        """For worker processes: each begins with an empty one."""
        return DecodedPhotos, (self._cache.most_bytes,)

    def read(self, photo: Photo) -> Sample:
        return self._cache.get((photo.image_path, photo.id), lambda: _unwritable(photo.read()))


def _unwritable(sample: Sample) -> Sample:
    sample.image.flags.writeable = False
    sample.labels.flags.writeable = False
    return sample
