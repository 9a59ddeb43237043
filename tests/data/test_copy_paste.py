"""Copy-paste: simple, union, exclusion, mixture and mixing, on arrays that can be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from clickcut.core.masks import Mask
from clickcut.data.copy_paste import CopyPaste, Others, Way, blended, copy_pasted, covered_by, drawn_opacity, moved_into
from clickcut.data.layered import LayeredSample
from tests.data.layers import assert_shares, boxes, mask_of

HW = (10, 12)
MINE, YOURS = (slice(0, 8), slice(0, 6)), (slice(0, 8), slice(4, 10))
IGNORED = (slice(9, 10), slice(0, 12))


def photo(level: int, place: tuple[slice, slice], *, ignored: tuple[slice, slice] | None = None) -> LayeredSample:
    sample = boxes(HW, place, ignored=ignored)
    return replace(sample, id=f"level {level}", image=np.full_like(sample.image, level))


def mine() -> LayeredSample:
    return photo(200, MINE, ignored=IGNORED)


def yours() -> LayeredSample:
    return photo(101, YOURS)


def first_object(sample: LayeredSample, rng: np.random.Generator) -> Mask:
    return sample.mask(next(iter(sample.objects))) if sample.objects else np.zeros(sample.hw, np.bool_)


def others(other: LayeredSample | None = None) -> Others:
    return Others(lambda rng: other or yours(), first_object)


def object_of(sample: LayeredSample) -> Mask:
    (number,) = sample.objects
    return sample.mask(number)


def test_simple_moves_an_object_into_another_photo_whose_own_become_background() -> None:
    sample = moved_into(mine(), mask_of(HW, MINE), yours(), 0.75)

    assert np.array_equal(object_of(sample), mask_of(HW, MINE))
    assert np.array_equal(sample.background(), ~mask_of(HW, MINE))
    # 0.75 x 200 + 0.25 x 101 = 175.25 within, the other photo outside
    assert np.array_equal(sample.image[..., 0], np.where(mask_of(HW, MINE), 175, 101))


@pytest.mark.parametrize(
    ("way", "level", "is_mine"),
    [
        ("union", 101, mask_of(HW, MINE) | mask_of(HW, YOURS)),
        ("exclusion", 101, mask_of(HW, MINE) & ~mask_of(HW, YOURS)),
        ("mixture", 150, mask_of(HW, MINE)),  # 0.5 x 200 + 0.5 x 101 = 150.5, to the even neighbour
    ],
)
def test_what_covers_an_object_belongs_to_it_or_not_or_shines_through(way: Way, level: int, is_mine: Mask) -> None:
    sample = covered_by(mine(), mask_of(HW, MINE), yours(), mask_of(HW, YOURS), way=way, opacity=0.5)

    assert np.array_equal(object_of(sample), is_mine)
    assert np.array_equal(sample.image[..., 0], np.where(mask_of(HW, YOURS), level, 200))
    assert np.array_equal(sample.ignored(), mask_of(HW, IGNORED))


def test_ignored_pixels_that_are_covered_are_known_again() -> None:
    column = mask_of(HW, (slice(0, 10), slice(4, 10)))

    sample = covered_by(mine(), mask_of(HW, MINE), yours(), column, way="exclusion", opacity=0.5)

    assert np.array_equal(sample.ignored(), mask_of(HW, IGNORED) & ~column)


def test_blending_rounds_and_never_overflows() -> None:
    one, other = (np.array([[[level, 255, 0]]], np.uint8) for level in (10, 13))

    assert blended(one, other, 0.75).tolist() == [[[11, 255, 0]]]  # 10.75
    assert blended(one, other, 0.9).tolist() == [[[10, 255, 0]]]  # 10.3


def test_the_opacity_is_one_half_or_more() -> None:
    rng = np.random.default_rng(0)

    drawn = [drawn_opacity(rng) for _ in range(1000)]

    assert min(drawn) >= 0.5
    assert max(drawn) < 1.0
    assert_shares([sum(low <= opacity < low + 0.125 for opacity in drawn) for low in (0.5, 0.625, 0.75, 0.875)], [1, 1, 1, 1])


def test_the_three_ways_are_equally_likely() -> None:
    rng = np.random.default_rng(0)
    areas = {80: "union", 32: "exclusion", 48: "mixture"}
    only_covering = Others(lambda rng: yours(), first_object)

    counts: Counter[str] = Counter()
    while counts.total() < 600:
        made = copy_pasted(mine(), CopyPaste(paste=0.5, mix=0.0), only_covering, rng)
        if made.image[0, 0, 0] == 200 and (made.image != 200).any():  # not moved, but covered
            counts[areas[int(np.count_nonzero(object_of(made)))]] += 1

    assert_shares([counts[way] for way in ("union", "exclusion", "mixture")], [1, 1, 1])


def test_simple_covering_and_mixing_are_drawn_independently() -> None:
    rng = np.random.default_rng(0)
    corner = photo(101, (slice(0, 1), slice(0, 1)))
    options = CopyPaste(paste=0.3, mix=0.6)

    counts: Counter[tuple[bool, bool]] = Counter()
    for _ in range(1200):
        levels = copy_pasted(mine(), options, others(corner), rng).image[..., 0]
        moved = levels[0, 11] == 101  # the other photo's pixels outside of the object, mixed with themselves or not
        mixed = levels[5, 11] != 200 if not moved else False
        counts[bool(moved), bool(mixed)] += 1

    assert_shares([counts[True, False], counts[False, True], counts[False, False]], [0.3, 0.7 * 0.6, 0.7 * 0.4])


def test_mixing_leaves_labels_alone() -> None:
    sample = mine()

    mixed = copy_pasted(sample, CopyPaste(paste=0.0, mix=1.0), others(), np.random.default_rng(0))

    assert np.array_equal(mixed.layers, sample.layers)
    assert mixed.objects == sample.objects
    assert (mixed.image < 200).all()
    assert (mixed.image >= 150).all()


def test_an_object_that_would_leave_twenty_pixels_or_fewer_is_not_pasted() -> None:
    rng = np.random.default_rng(0)
    leaves_20, leaves_21 = mask_of(HW, MINE), mask_of(HW, MINE)
    leaves_20[:4, :5] = False
    leaves_21[:4, :5] = False
    leaves_21[4, 0] = False
    source = photo(200, MINE)

    def pasted(other_mask: Mask) -> list[bool]:
        places = Others(lambda rng: yours(), lambda sample, rng: mask_of(HW, MINE) if sample.image[0, 0, 0] != 101 else other_mask)
        made = [copy_pasted(source, CopyPaste(paste=1.0, mix=0.0), places, rng) for _ in range(20)]
        # The way simple is taken as well: then the image is the other one's outside of the object, whatever covers it.
        return [bool((one.image[4:8, 5] == 101).all() or np.count_nonzero(object_of(one)) != 48) for one in made]

    assert not any(pasted(leaves_20))
    assert any(pasted(leaves_21))


def test_five_tries_are_made_to_find_an_object_that_fits() -> None:
    drawn: list[int] = []

    def never_fits(rng: np.random.Generator) -> LayeredSample:
        drawn.append(1)
        return photo(101, (slice(0, 10), slice(0, 12)))

    made = copy_pasted(mine(), CopyPaste(paste=1.0, mix=0.0), Others(never_fits, first_object), np.random.default_rng(0))

    assert len(drawn) == 1 + 5  # one to move into, and five to cover with
    assert np.array_equal(object_of(made), mask_of(HW, MINE))


def test_a_photo_without_objects_is_at_most_mixed() -> None:
    empty = mine().without([0])

    made = copy_pasted(empty, CopyPaste(paste=1.0, mix=0.0), others(), np.random.default_rng(0))

    assert made is empty


def test_crops_of_other_sizes_cannot_be_laid_over_each_other() -> None:
    with pytest.raises(ValueError, match="crops of one size"):
        blended(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8), 0.5)


@pytest.mark.parametrize("wrong", [{"paste": 1.1}, {"mix": -0.1}, {"tries": 0}])
def test_impossible_options_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected chances"):
        replace(CopyPaste(0.5, 0.5), **wrong)  # type: ignore[arg-type]
