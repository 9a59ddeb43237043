"""Batches: which objects are drawn, and how they are laid out on the supervision square."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from clickcut.core.masks import LabelMap
from clickcut.data.mixture import Mixture, Part
from clickcut.data.views import ViewStyle
from clickcut.model.fit import Letterbox, Squash
from clickcut.train.batches import CachedSource, DrawnSource, TargetStyle, drawn_target, fitted_target
from clickcut.train.views import ViewCache, ViewPlan
from tests.data.photos import ellipses, write_folder
from tests.model.tiny_sam import tiny_sam

STYLE = TargetStyle(side=32, min_object_share=0.02)
LETTERBOX = Letterbox(side=64, prev_side=16, prev_limit=10.0)


def labelled(*areas: int) -> LabelMap:
    """One row per object, as many pixels long as asked, in 20 x 50 pixels; the last row is ignored."""
    labels = np.zeros((20, 50), np.uint8)
    for index, area in enumerate(areas):
        labels.ravel()[100 * index : 100 * index + area] = index + 1
    labels[-1] = 255
    return labels


def test_a_drawn_target_is_one_object_and_keeps_ignored_pixels() -> None:
    target = drawn_target(labelled(100, 100), STYLE, np.random.default_rng(0), is_union=False)

    assert target is not None
    assert np.count_nonzero(target == 1) == 100
    assert np.count_nonzero(target == -1) == 50


def test_the_union_is_all_objects_together() -> None:
    target = drawn_target(labelled(100, 60, 30), STYLE, np.random.default_rng(0), is_union=True)

    assert target is not None
    assert np.count_nonzero(target == 1) == 190
    assert np.count_nonzero(target == -1) == 50


def test_objects_below_the_smallest_share_are_never_drawn() -> None:
    rng = np.random.default_rng(0)

    targets = [drawn_target(labelled(19, 20), STYLE, rng, is_union=False) for _ in range(30)]

    assert all(target is not None and np.count_nonzero(target == 1) == 20 for target in targets)


def test_a_view_without_an_object_that_is_large_enough_has_no_target() -> None:
    for is_union in (False, True):
        assert drawn_target(labelled(19, 19), STYLE, np.random.default_rng(0), is_union=is_union) is None


def test_objects_are_drawn_by_the_root_of_their_area() -> None:
    rng = np.random.default_rng(0)

    sizes = Counter(
        int(np.count_nonzero(target == 1))
        for target in (drawn_target(labelled(25, 100), STYLE, rng, is_union=False) for _ in range(900))
        if target is not None
    )

    # One third and two thirds, with a standard deviation of 0.016.
    assert sizes[100] / 900 == pytest.approx(2 / 3, abs=0.06)


def test_a_letterboxed_target_ignores_the_padding() -> None:
    target = np.ones((32, 64), np.int8)

    labels, content = fitted_target(target, LETTERBOX.fit((32, 64)), 32)

    assert (labels[:16] == 1).all()
    assert (labels[16:] == -1).all()
    assert content[:16].all()
    assert not content[16:].any()


def test_a_squashed_target_fills_the_square() -> None:
    labels, content = fitted_target(np.zeros((10, 30), np.int8), Squash((64, 64)).fit((10, 30)), 32)

    assert (labels == 0).all()
    assert content.all()


def test_a_target_of_the_squares_own_size_is_kept_as_it_is() -> None:
    target = np.where(ellipses((32, 32)) == 1, 1, 0).astype(np.int8)
    target[:3] = -1

    labels, _ = fitted_target(target, Squash((64, 64)).fit((32, 32)), 32)

    np.testing.assert_array_equal(labels, target)


def test_an_enlarged_target_has_no_stairs() -> None:
    corner = np.triu(np.ones((8, 8), np.int8))

    labels, _ = fitted_target(corner, Squash((64, 64)).fit((8, 8)), 32)

    steps = np.diff([int(np.argmax(row)) for row in labels])
    assert steps.max() < 4  # nearest pixels would give steps of 4


def test_a_shrunk_target_keeps_its_share() -> None:
    target = (ellipses((256, 256)) == 1).astype(np.int8)

    labels, _ = fitted_target(target, Squash((64, 64)).fit((256, 256)), 32)

    assert (labels == 1).mean() == pytest.approx((target == 1).mean(), abs=0.01)


@pytest.fixture
def mixture(tmp_path: Path) -> Mixture:
    write_folder(tmp_path / "set", 4)
    return Mixture.open(tmp_path, (Part("set", 1.0),), hold_out_every=1000)


def test_a_batch_of_drawn_views_holds_pixels_and_targets_of_the_frame(mixture: Mixture) -> None:
    source = DrawnSource(mixture, ViewStyle(min_side=24), LETTERBOX, STYLE)

    batch = source.draw(3, np.random.default_rng(0))

    assert batch.seen.kind == "pixels"
    assert batch.seen.tensors[0].shape == (3, 3, 64, 64)
    assert batch.targets.labels_BSS.shape == batch.targets.content_BSS.shape == (3, 32, 32)
    assert batch.targets.labels_BSS.dtype == torch.int8
    assert batch.targets.click_scale == (2.0, 2.0)
    assert all(name.startswith("set/photo") for name in batch.ids)
    assert ((batch.targets.labels_BSS == 1).sum(dim=(1, 2)) > 0).all()


def test_drawn_targets_lie_where_their_objects_lie_in_the_pixels(mixture: Mixture) -> None:
    style = ViewStyle(whole=1.0, brightness=0.0, contrast=0.0)
    batch = DrawnSource(mixture, style, LETTERBOX, STYLE).draw(4, np.random.default_rng(0))

    bright = torch.nn.functional.avg_pool2d(batch.seen.tensors[0], 2).amin(dim=1) > 0.7  # objects are bright, the ramp behind them is not

    on_object = batch.targets.labels_BSS == 1
    assert bright[on_object].float().mean() > 0.95


def test_the_same_rng_draws_the_same_batch(mixture: Mixture) -> None:
    source = DrawnSource(mixture, ViewStyle(min_side=24), LETTERBOX, STYLE)

    once, again = (source.draw(2, np.random.default_rng(7)) for _ in range(2))

    assert once.ids == again.ids
    assert torch.equal(once.seen.tensors[0], again.seen.tensors[0])
    assert torch.equal(once.targets.labels_BSS, again.targets.labels_BSS)


def test_a_batch_of_cached_views_holds_their_features(mixture: Mixture, tmp_path: Path) -> None:
    network = tiny_sam()
    cache = ViewCache.build(tmp_path / "cache", ViewPlan(3, 1, ViewStyle(min_side=24)), mixture, network, tell=lambda done: None)

    batch = CachedSource(cache, network.fitting, STYLE).draw(5, np.random.default_rng(0))

    assert batch.seen.kind == "features"
    (features,) = batch.seen.tensors
    assert features.shape == (5, 32, 4, 4)
    stored = [cache[index].features for index in range(3)]
    assert all(any(torch.equal(row[None], one) for one in stored) for row in features)
    assert batch.targets.labels_BSS.shape == (5, 32, 32)


def test_a_batch_of_views_encoded_as_far_as_the_trunk_goes_on_from_there(mixture: Mixture, tmp_path: Path) -> None:
    network, plan = tiny_sam(), ViewPlan(1, 1, ViewStyle(min_side=24))
    deep = ViewCache.build(tmp_path / "deep", plan, mixture, network, tell=lambda done: None)
    cache = ViewCache.build(tmp_path / "trunk", plan, mixture, network, depth="trunk", tell=lambda done: None)

    batch = CachedSource(cache, network.fitting, STYLE).draw(1, np.random.default_rng(0))

    assert batch.seen.kind == "trunk"
    (features,) = batch.encoded(network)
    assert features.requires_grad
    torch.testing.assert_close(features.detach(), deep[0].features, atol=0.01, rtol=0.01)  # both were halved, at different places


def test_a_cached_view_that_is_a_union_gives_all_its_objects(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", 2)
    mixture, network = Mixture.open(tmp_path, (Part("set", 1.0, union=1.0),), hold_out_every=1000), tiny_sam()
    plan = ViewPlan(2, 1, ViewStyle(whole=1.0))
    cache = ViewCache.build(tmp_path / "cache", plan, mixture, network, tell=lambda done: None)

    batch = CachedSource(cache, network.fitting, STYLE).draw(2, np.random.default_rng(0))

    for labels in batch.targets.labels_BSS:
        columns = (labels == 1).any(dim=0)
        assert columns[:16].any()
        assert columns[16:].any()


def test_views_without_any_large_object_are_an_error_and_no_endless_search(mixture: Mixture) -> None:
    source = DrawnSource(mixture, ViewStyle(whole=1.0), LETTERBOX, TargetStyle(side=32, min_object_share=0.99))

    with pytest.raises(ValueError, match="hardly any object fills 99"):
        source.draw(1, np.random.default_rng(0))
