"""What is kept of what was decoded, and what goes first."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from clickcut.data.decoded import BoundedCache, DecodedPhotos
from clickcut.data.folders import labelled_photos
from tests.data.photos import write_folder


def asked(cache: BoundedCache[str, bytes], *keys: str) -> list[str]:
    """Which of the keys' values (one byte each) had to be made."""
    made: list[str] = []

    def making(key: str) -> bytes:
        made.append(key)
        return b"x"

    for key in keys:
        cache.get(key, lambda key=key: making(key))  # type: ignore[misc]
    return made


def test_a_value_is_made_once() -> None:
    assert asked(BoundedCache(3, len), *"abab") == ["a", "b"]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    assert asked(BoundedCache(2, len), *"abacab") == ["a", "b", "c", "b"]


def test_a_value_too_large_for_the_cache_is_given_and_not_kept() -> None:
    cache: BoundedCache[str, bytes] = BoundedCache(3, len)
    asked(cache, "a")

    assert cache.get("large", lambda: b"12345") == b"12345"
    assert cache.num_bytes == 1
    assert asked(cache, "a") == []


def test_it_never_keeps_more_than_it_may() -> None:
    cache: BoundedCache[int, bytes] = BoundedCache(10, len)

    for index in range(100):
        cache.get(index, lambda index=index: bytes(index % 7))  # type: ignore[misc]
        assert cache.num_bytes <= 10


def test_a_photo_is_read_from_disk_once(tmp_path: Path) -> None:
    (photo,) = labelled_photos(write_folder(tmp_path, 1))
    photos = DecodedPhotos()
    first = photos.read(photo)

    photo.image_path.unlink()

    assert photos.read(photo) is first


def test_a_photo_that_is_shared_cannot_be_written_into(tmp_path: Path) -> None:
    (photo,) = labelled_photos(write_folder(tmp_path, 1))
    sample = DecodedPhotos().read(photo)

    for array in (sample.image, sample.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    assert np.asarray(sample.image).flags.c_contiguous


def test_a_worker_begins_with_an_empty_cache_of_the_same_size(tmp_path: Path) -> None:
    (photo,) = labelled_photos(write_folder(tmp_path, 1))
    photos = DecodedPhotos(12345)
    photos.read(photo)

    again = pickle.loads(pickle.dumps(photos))

    photo.image_path.unlink()
    with pytest.raises(ValueError, match="no such file"):
        again.read(photo)
    assert len(pickle.dumps(photos)) < 200
