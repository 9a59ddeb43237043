"""The loader: what is drawn depends on the seed, the step and an item's place, and on nothing else."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from clickcut.data.mixture import Mixture, Part
from clickcut.data.views import ViewStyle
from clickcut.model.fit import Letterbox
from clickcut.model.ranks import Ranks
from clickcut.train.batches import Batch, CachedSource, DrawnSource, TargetStyle
from clickcut.train.loader import Loader, drawn, joined
from clickcut.train.views import ViewCache, ViewPlan
from tests.data.photos import write_folder
from tests.model.tiny_sam import tiny_sam
from tests.train.together import Noise

STYLE = TargetStyle(side=32, min_object_share=0.02)
NOISE = Noise(32)


@pytest.fixture
def source(tmp_path: Path) -> DrawnSource:
    write_folder(tmp_path / "set", 4)
    mixture = Mixture.open(tmp_path, (Part("set", 1.0),), hold_out_every=1000)
    return DrawnSource(mixture, ViewStyle(min_side=24), Letterbox(side=64, prev_side=16, prev_limit=10.0), STYLE)


def batches(loader: Loader) -> list[list[Batch]]:
    return [[one.batch for one in loaded] for loaded in loader]


def assert_same(batch: Batch, other: Batch) -> None:
    assert batch.seen.kind == other.seen.kind
    assert torch.equal(batch.seen.tensors[0], other.seen.tensors[0])
    assert torch.equal(batch.targets.labels_BSS, other.targets.labels_BSS)
    assert torch.equal(batch.targets.content_BSS, other.targets.content_BSS)
    assert (batch.targets.click_scale, batch.targets.first) == (other.targets.click_scale, other.targets.first)
    assert (batch.ids, batch.photos) == (other.ids, other.photos)


def test_the_parts_of_all_ranks_and_micro_batches_are_the_joined_batch(source: DrawnSource) -> None:
    ((whole,),) = batches(Loader(source, 5, range(3, 4), Ranks(0, 1).parts(8, 1)))

    parts = [batch for rank in range(2) for micro in batches(Loader(source, 5, range(3, 4), Ranks(rank, 2).parts(8, 2))) for batch in micro]

    assert [part.targets.first for part in parts] == [0, 2, 4, 6]
    assert_same(joined(parts), whole)


def test_a_loader_that_begins_at_a_step_draws_what_an_unbroken_one_draws_there() -> None:
    unbroken = batches(Loader(NOISE, 0, range(4), (range(2),)))

    resumed = batches(Loader(NOISE, 0, range(2, 4), (range(2),)))

    for (batch,), (other,) in zip(unbroken[2:], resumed, strict=True):
        assert_same(batch, other)


def test_no_two_items_and_no_two_steps_are_alike() -> None:
    steps = batches(Loader(NOISE, 0, range(3), (range(3),)))

    pixels = [row for (batch,) in steps for row in batch.seen.tensors[0]]
    assert len({row.numpy().tobytes() for row in pixels}) == 9


def test_seeds_draw_apart() -> None:
    one, other = (drawn(NOISE, seed, 0, range(1)).seen.tensors[0] for seed in (0, 1))

    assert not torch.equal(one, other)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This DataLoader will create 2")  # on a machine with one core
def test_worker_processes_draw_the_same_in_the_same_order(source: DrawnSource) -> None:
    alone = batches(Loader(source, 0, range(4), (range(2), range(2, 4))))

    ahead = batches(Loader(source, 0, range(4), (range(2), range(2, 4)), workers=2))

    for micro, other_micro in zip(alone, ahead, strict=True):
        for batch, other in zip(micro, other_micro, strict=True):
            assert_same(batch, other)


@pytest.mark.slow
def test_workers_leave_torchs_own_chance_alone() -> None:
    torch.manual_seed(0)
    wanted = torch.rand(())
    torch.manual_seed(0)

    batches(Loader(NOISE, 0, range(1), (range(1),), workers=1))

    assert torch.equal(torch.rand(()), wanted)


@pytest.mark.slow
def test_an_interpreter_ends_though_workers_of_an_unfinished_loader_ignore_signals() -> None:
    unfinished = """
from clickcut.train.loader import Loader
from tests.train.together import Noise

if __name__ == "__main__":
    batches = iter(Loader(Noise(32), 0, range(100), (range(1),), workers=1))
    next(batches)
"""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root / "src"), str(root)))}

    ran = subprocess.run([sys.executable, "-c", unfinished], env=environment, timeout=120, check=False)

    assert ran.returncode == 0


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_what_is_wrong_with_the_data_is_one_line_wherever_it_was_found(source: DrawnSource, workers: int) -> None:
    for photo in source.mixture.photos[0]:
        photo.files[1].write_bytes(b"not a png")

    with pytest.raises(ValueError, match="is not an image that can be read") as caught:
        batches(Loader(source, 0, range(2), (range(2),), workers=workers))

    assert "\n" not in str(caught.value)


def test_a_loaded_batch_tells_how_long_it_took(source: DrawnSource) -> None:
    ((loaded,),) = Loader(source, 0, range(1), (range(2),))

    assert 0 < loaded.seconds < 60


def test_joining_keeps_the_order_of_items() -> None:
    one, other = (NOISE.draw(2, np.random.default_rng(seed)) for seed in range(2))

    both = joined([one, other], first=6)

    assert torch.equal(both.seen.tensors[0], torch.cat([one.seen.tensors[0], other.seen.tensors[0]]))
    assert torch.equal(both.targets.labels_BSS, torch.cat([one.targets.labels_BSS, other.targets.labels_BSS]))
    assert both.targets.first == 6
    assert len(both.ids) == 4


def test_views_of_different_scales_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match="expected items of one scale"):
        joined([drawn(Noise(32), 0, 0, range(1)), drawn(Noise(64), 0, 0, range(1, 2))])


def test_a_cache_of_views_travels_without_its_records(source: DrawnSource, tmp_path: Path) -> None:
    plan, network = ViewPlan(3, 1, ViewStyle(min_side=24)), tiny_sam()
    cache = ViewCache.build(tmp_path / "cache", plan, source.mixture, network, tell=lambda done: None)
    cached = CachedSource(cache, network.fitting, STYLE)

    again = pickle.loads(pickle.dumps(cached))

    assert len(pickle.dumps(cached)) < 2000
    one, other = (drawn(some, 0, 0, range(2)) for some in (cached, again))
    assert torch.equal(one.seen.tensors[0], other.seen.tensors[0])
