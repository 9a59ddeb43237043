"""Which objects each rank measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.evaluate.benchmark import BenchmarkObject, benchmark_objects
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.shares import share_of
from clickcut.model.ranks import ALONE, Ranks
from tests.evaluate.fakes import labelled_folder


@pytest.fixture
def objects(tmp_path: Path) -> tuple[BenchmarkObject, ...]:
    return benchmark_objects(labelled_folder(tmp_path), Protocol())


@pytest.mark.parametrize("keep_photos", [False, True])
def test_alone_a_rank_measures_everything(objects: tuple[BenchmarkObject, ...], keep_photos: bool) -> None:
    assert share_of(objects, ALONE, keep_photos=keep_photos) == objects


@pytest.mark.parametrize("keep_photos", [False, True])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_every_object_is_measured_once(objects: tuple[BenchmarkObject, ...], size: int, keep_photos: bool) -> None:
    shares = [share_of(objects, Ranks(rank, size), keep_photos=keep_photos) for rank in range(size)]

    assert sorted(one.key for share in shares for one in share) == sorted(one.key for one in objects)


def test_ranks_take_turns(objects: tuple[BenchmarkObject, ...]) -> None:
    assert share_of(objects, Ranks(1, 2), keep_photos=False) == (objects[1], objects[3])


def test_photos_kept_together_go_to_whoever_has_least(objects: tuple[BenchmarkObject, ...]) -> None:
    shares = [share_of(objects, Ranks(rank, 2), keep_photos=True) for rank in range(2)]

    assert [[one.image for one in share] for share in shares] == [["a.png", "a.png"], ["b.png", "c.png", "c.png"]]
