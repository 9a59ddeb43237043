"""The cache of encoded views: built once, gone on with where a build was cut off, and refused to other data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from clickcut.data.mixture import Mixture, Part
from clickcut.data.views import ViewStyle, draw_view
from clickcut.train.views import ViewCache, ViewPlan
from tests.data.photos import write_folder
from tests.model.tiny_sam import tiny_sam

PLAN = ViewPlan(num_views=5, seed=3, style=ViewStyle(min_side=24))
RECORD = 2 * 32 * 4 * 4  # bytes of one view's features in half precision


class CutOffError(Exception):
    """Stands for a machine that goes down."""


def ignoring(done: int) -> None:
    pass


def cut_off_at(count: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done == count:
            raise CutOffError

    return tell


@pytest.fixture
def mixture(tmp_path: Path) -> Mixture:
    return opened(tmp_path)


def opened(root: Path, *, union: float = 0.5) -> Mixture:
    write_folder(root / "set", 4)
    return Mixture.open(root, (Part("set", 1.0, union),), hold_out_every=1000)


def build(folder: Path, mixture: Mixture, plan: ViewPlan = PLAN, *, tell: Callable[[int], None] = ignoring, seed: int = 0) -> ViewCache:
    return ViewCache.build(folder, plan, mixture, tiny_sam(seed=seed), tell=tell)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_cached_view_is_the_drawn_one_and_its_features(mixture: Mixture, tmp_path: Path) -> None:
    cache, network = build(tmp_path / "cache", mixture), tiny_sam()

    for index in range(len(cache)):
        rng = np.random.default_rng((PLAN.seed, index))
        part, photo = mixture.draw(rng)
        view = draw_view(photo.read(), PLAN.style, rng)
        with torch.inference_mode():
            (features,) = network.encode(network.fitting.fit(view.labels.shape).pixels(view.image))
        assert cache[index].id == f"{part.folder}/{photo.id}"
        np.testing.assert_array_equal(cache[index].labels, view.labels)
        assert torch.equal(cache[index].features, features.half().float())


def test_building_tells_how_many_views_are_done(mixture: Mixture, tmp_path: Path) -> None:
    told: list[int] = []

    build(tmp_path / "cache", mixture, tell=told.append)

    assert told == [0, 1, 2, 3, 4, 5]


def test_a_finished_cache_is_opened_without_encoding(mixture: Mixture, tmp_path: Path) -> None:
    build(tmp_path / "cache", mixture)
    before, told = contents(tmp_path / "cache"), list[int]()

    cache = build(tmp_path / "cache", mixture, tell=told.append)

    assert told == [5]
    assert len(cache) == 5
    assert contents(tmp_path / "cache") == before


def test_a_build_that_was_cut_off_between_views_goes_on(mixture: Mixture, tmp_path: Path) -> None:
    with pytest.raises(CutOffError):
        build(tmp_path / "cache", mixture, tell=cut_off_at(2))
    told: list[int] = []

    build(tmp_path / "cache", mixture, tell=told.append)
    build(tmp_path / "whole", mixture)

    assert told == [2, 3, 4, 5]
    assert contents(tmp_path / "cache") == contents(tmp_path / "whole")


def test_a_build_that_was_cut_off_in_the_middle_of_a_record_goes_on(mixture: Mixture, tmp_path: Path) -> None:
    with pytest.raises(CutOffError):
        build(tmp_path / "cache", mixture, tell=cut_off_at(2))
    with (tmp_path / "cache" / "features.f16").open("ab") as file:
        file.write(b"x" * (RECORD // 3))

    build(tmp_path / "cache", mixture)
    build(tmp_path / "whole", mixture)

    assert contents(tmp_path / "cache") == contents(tmp_path / "whole")


def test_a_build_that_was_cut_off_in_the_middle_of_a_line_goes_on(mixture: Mixture, tmp_path: Path) -> None:
    with pytest.raises(CutOffError):
        build(tmp_path / "cache", mixture, tell=cut_off_at(3))
    lines = tmp_path / "cache" / "views.jsonl"
    lines.write_text(lines.read_text()[:-5])

    build(tmp_path / "cache", mixture)
    build(tmp_path / "whole", mixture)

    assert contents(tmp_path / "cache") == contents(tmp_path / "whole")


def test_a_plan_may_grow_without_encoding_again(mixture: Mixture, tmp_path: Path) -> None:
    build(tmp_path / "cache", mixture)
    told: list[int] = []

    cache = build(tmp_path / "cache", mixture, replace(PLAN, num_views=7), tell=told.append)

    assert told == [5, 6, 7]
    assert len(cache) == 7
    build(tmp_path / "whole", mixture, replace(PLAN, num_views=7))
    assert contents(tmp_path / "cache") == contents(tmp_path / "whole")


def test_a_smaller_plan_sees_its_own_views_alone(mixture: Mixture, tmp_path: Path) -> None:
    build(tmp_path / "cache", mixture)
    told: list[int] = []

    cache = build(tmp_path / "cache", mixture, replace(PLAN, num_views=2), tell=told.append)

    assert len(cache) == 2
    assert told == [2]


@pytest.mark.parametrize("plan", [replace(PLAN, seed=4), replace(PLAN, style=ViewStyle(min_side=25))], ids=["seed", "style"])
def test_a_cache_of_another_plan_is_refused(mixture: Mixture, tmp_path: Path, plan: ViewPlan) -> None:
    build(tmp_path / "cache", mixture)

    with pytest.raises(ValueError, match="holds views of another data set, start or recipe"):
        build(tmp_path / "cache", mixture, plan)


def test_a_cache_of_another_encoder_is_refused(mixture: Mixture, tmp_path: Path) -> None:
    build(tmp_path / "cache", mixture)

    with pytest.raises(ValueError, match="another data set, start or recipe"):
        build(tmp_path / "cache", mixture, seed=1)


def test_a_cache_of_other_photos_is_refused(mixture: Mixture, tmp_path: Path) -> None:
    build(tmp_path / "cache", mixture)
    write_folder(tmp_path / "set", 6)

    with pytest.raises(ValueError, match="another data set, start or recipe"):
        build(tmp_path / "cache", Mixture.open(tmp_path, (Part("set", 1.0, 0.5),), hold_out_every=1000))


def test_another_decoder_may_use_the_same_cache(mixture: Mixture, tmp_path: Path) -> None:
    build(tmp_path / "cache", mixture)
    network = tiny_sam()
    torch.nn.init.zeros_(network.mask_decoder.iou_token.weight)

    cache = ViewCache.build(tmp_path / "cache", PLAN, mixture, network, tell=ignoring)

    assert len(cache) == 5


@pytest.mark.parametrize("union", [0.0, 1.0])
def test_the_share_of_unions_is_the_parts_own(tmp_path: Path, union: float) -> None:
    cache = build(tmp_path / "cache", opened(tmp_path, union=union))

    assert {cache[index].is_union for index in range(len(cache))} == {bool(union)}


def test_a_plan_of_no_views_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one view, got 0"):
        replace(PLAN, num_views=0)
