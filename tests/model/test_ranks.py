"""Ranks: which part of a batch is whose, and which GPU. What several say to each other is tested in test_together.py."""

from __future__ import annotations

import pytest

from clickcut.model.ranks import ALONE, Ranks, device_of_rank, joined_ranks

LAUNCHED = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "a", "MASTER_PORT": "1"}


def test_one_process_takes_the_whole_batch() -> None:
    assert ALONE.parts(4, 1) == (range(4),)


@pytest.mark.parametrize(("size", "accumulate"), [(1, 4), (2, 2), (4, 1), (2, 1), (3, 4)])
def test_parts_cover_the_batch_once_in_order(size: int, accumulate: int) -> None:
    parts = [part for rank in range(size) for part in Ranks(rank, size).parts(12, accumulate)]

    assert [item for part in parts for item in part] == list(range(12))
    assert len({len(part) for part in parts}) == 1


def test_a_batch_that_cannot_be_shared_equally_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a multiple of 6 objects \(3 ranks, 2 micro-batches each\), got one of 8"):
        Ranks(0, 3).parts(8, 2)


def test_alone_there_is_nobody_to_meet() -> None:
    with joined_ranks("cpu") as ranks:
        assert ranks == ALONE
        assert ranks.is_first
        assert ranks.mean(0.1) == 0.1
        assert ranks.any(True)
        assert not ranks.any(False)


def test_under_torchrun_every_process_has_the_gpu_of_its_number_on_the_machine() -> None:
    assert device_of_rank("cuda", LAUNCHED) == "cuda:1"
    assert device_of_rank("cpu", LAUNCHED) == "cpu"


def test_without_torchrun_the_device_is_the_one_asked_for() -> None:
    assert device_of_rank("cuda:2", {}) == "cuda:2"


def test_one_gpu_for_all_processes_is_refused() -> None:
    with pytest.raises(ValueError, match="expected cpu or cuda under torchrun"):
        device_of_rank("cuda:0", LAUNCHED)
