"""Random clicks: that every probability is the field's, and where clicks may fall."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from clickcut.core.clicks import Clicks
from clickcut.core.masks import Mask
from clickcut.data.click_sampling import Choice, ClickSampling, chosen_target, drawn_clicks
from clickcut.data.layered import LayeredSample
from tests.data.layers import assert_shares, boxes, family, mask_of

HW = (40, 60)
LEFT, MIDDLE, RIGHT = (slice(10, 30), slice(2, 18)), (slice(10, 30), slice(22, 38)), (slice(10, 30), slice(42, 58))
PLAIN = ClickSampling(merge_share=0.0)
NOWHERE = np.zeros(HW, np.bool_)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def choice_of(*positive: Mask, required: tuple[Mask, ...] = (), negative: tuple[Mask, Mask, Mask] | None = None) -> Choice:
    on_target = np.logical_or.reduce([NOWHERE, *positive])
    return Choice(on_target.astype(np.int8), positive, required, negative or (~on_target, ~on_target, ~on_target))


def geometric(decay: float, count: int) -> list[float]:
    return [decay**index for index in range(count)]


def split(clicks: Clicks) -> tuple[Clicks, Clicks]:
    return tuple(c for c in clicks if c.positive), tuple(c for c in clicks if not c.positive)


def inside(clicks: Clicks, region: Mask) -> list[bool]:
    return [bool(region[int(click.y), int(click.x)]) for click in clicks]


@pytest.mark.parametrize("most", [5, 12])
def test_numbers_of_clicks_fall_off_by_a_fifth(most: int) -> None:
    options, generator = replace(PLAIN, max_clicks=most), rng()
    choice = choice_of(mask_of(HW, LEFT))

    counts = [tuple(map(len, split(drawn_clicks(choice, options, generator)))) for _ in range(1500)]

    positive, negative = (Counter(column) for column in zip(*counts, strict=True))
    assert_shares([positive[number] for number in range(1, most + 1)], geometric(0.8, most))
    assert_shares([negative[number] for number in range(most + 1)], geometric(0.8, most + 1))


def test_the_shares_of_a_single_click_and_of_none_are_the_specifications() -> None:
    generator = rng(1)
    choice = choice_of(mask_of(HW, LEFT))

    single = sum(len(split(drawn_clicks(choice, replace(PLAIN, max_clicks=12), generator))[0]) == 1 for _ in range(1500))
    none = sum(not split(drawn_clicks(choice, PLAIN, generator))[1] for _ in range(1500))

    assert_shares([single, 1500 - single], [0.2148, 1 - 0.2148])
    assert_shares([none, 1500 - none], [0.2008, 1 - 0.2008])


def test_negative_clicks_choose_background_others_or_border() -> None:
    regions = (mask_of(HW, LEFT), mask_of(HW, MIDDLE), mask_of(HW, RIGHT))
    generator = rng()

    clicks = [c for _ in range(1200) for c in drawn_clicks(choice_of(negative=regions), PLAIN, generator)]

    assert_shares([sum(inside(tuple(clicks), region)) for region in regions], [0.1, 0.4, 0.5])


def test_a_strategy_without_pixels_gives_no_click() -> None:
    somewhere = mask_of(HW, LEFT)
    generator = rng()
    only_border = replace(PLAIN, max_clicks=1, decay=1.0)

    counts = [len(drawn_clicks(choice_of(negative=(NOWHERE, NOWHERE, somewhere)), only_border, generator)) for _ in range(2000)]

    # A click is wanted in half of draws, and half of those are for the border.
    assert_shares([counts.count(1), counts.count(0)], [0.25, 0.75])


def test_every_pixel_of_the_object_is_as_likely_as_any_other() -> None:
    region, generator = mask_of(HW, (slice(10, 14), slice(10, 13))), rng()
    raw = replace(PLAIN, erode_share=0.0, max_clicks=3)

    clicks = Counter((c.y, c.x) for _ in range(1000) for c in split(drawn_clicks(choice_of(region), raw, generator))[0])

    assert_shares([clicks[y, x] for y in range(10, 14) for x in range(10, 13)], [1.0] * 12)


def test_nine_times_in_ten_positive_clicks_keep_three_pixels_from_the_edge() -> None:
    region = mask_of(HW, LEFT)
    core = mask_of(HW, (slice(13, 27), slice(5, 15)))
    many = replace(PLAIN, max_clicks=60, decay=1.0)
    generator = rng()

    # With 20 clicks or more the whole object hardly ever gets none in its outer ring of 180 of 320 pixels.
    drawn = [split(drawn_clicks(choice_of(region), many, generator))[0] for _ in range(1500)]
    eroded = [all(inside(clicks, core)) for clicks in drawn if len(clicks) >= 20]

    assert_shares([eroded.count(True), eroded.count(False)], [0.9, 0.1])


def test_an_object_of_which_erosion_leaves_ten_pixels_is_not_eroded() -> None:
    always = replace(PLAIN, erode_share=1.0)
    generator = rng()

    def pixels(place: tuple[slice, slice]) -> set[tuple[float, float]]:
        return {(c.y, c.x) for _ in range(300) for c in split(drawn_clicks(choice_of(mask_of(HW, place)), always, generator))[0]}

    assert len(pixels((slice(10, 18), slice(10, 21)))) > 60  # 8 x 11, of which 2 x 5 = 10 would be left
    assert len(pixels((slice(10, 19), slice(10, 20)))) == 12  # 9 x 10, of which 3 x 4 are left


def test_roots_are_drawn_equally_often() -> None:
    sample, generator = boxes(HW, LEFT, MIDDLE, RIGHT), rng()

    targets = [chosen_target(sample, PLAIN, generator).target for _ in range(900)]

    assert_shares([sum(int(target[20, x]) for target in targets) for x in (10, 30, 50)], [1, 1, 1])


@pytest.mark.parametrize(("most", "shares"), [(2, [0.85, 0.15, 0.0]), (3, [0.85, 0.075, 0.075])])
def test_objects_are_merged_in_their_share_of_draws(most: int, shares: list[float]) -> None:
    sample, generator = boxes(HW, LEFT, MIDDLE, RIGHT), rng()
    options = ClickSampling(most_merged=most)

    counts = Counter(len(chosen_target(sample, options, generator).positive) for _ in range(2000))

    possible = [number for number in (1, 2, 3) if shares[number - 1]]
    assert set(counts) <= set(possible)
    assert_shares([counts[number] for number in possible], [shares[number - 1] for number in possible])


def test_nothing_is_merged_where_one_object_is_the_most() -> None:
    sample, generator = boxes(HW, LEFT, MIDDLE, RIGHT), rng()

    assert all(len(chosen_target(sample, ClickSampling(merge_share=1.0, most_merged=1), generator).positive) == 1 for _ in range(50))


def test_merged_objects_are_two_different_ones() -> None:
    sample = boxes(HW, LEFT, MIDDLE, RIGHT)
    merging, generator = ClickSampling(merge_share=1.0), rng()

    choices = [chosen_target(sample, merging, generator) for _ in range(300)]

    pairs = Counter(tuple(bool(choice.target[20, x]) for x in (10, 30, 50)) for choice in choices)
    assert_shares([pairs[True, True, False], pairs[True, False, True], pairs[False, True, True]], [1, 1, 1])


def test_a_single_object_is_never_merged() -> None:
    choice = chosen_target(boxes(HW, LEFT), ClickSampling(merge_share=1.0), rng())

    assert len(choice.positive) == 1


def test_each_merged_object_gets_a_click_and_the_union_some_more() -> None:
    regions = (mask_of(HW, LEFT), mask_of(HW, (slice(10, 12), slice(42, 44))))
    raw = replace(PLAIN, max_clicks=8, erode_share=0.0)
    generator = rng()

    drawn = [split(drawn_clicks(choice_of(*regions), raw, generator))[0] for _ in range(1500)]

    assert all(inside(clicks[:2], regions[0])[0] and inside(clicks[:2], regions[1])[1] for clicks in drawn)
    # Two, and none to eight more of which six have room.
    more = geometric(0.8, 9)
    counts = Counter(len(clicks) - 2 for clicks in drawn)
    assert_shares([counts[number] for number in range(7)], [*more[:6], sum(more[6:])])
    # The small object has as many of the union's clicks as the large one.
    rest = [click for clicks in drawn for click in clicks[2:]]
    assert_shares([sum(inside(tuple(rest), region)) for region in regions], [1, 1])


def test_only_the_first_object_is_sure_of_a_click_where_one_is_to_be_first() -> None:
    regions = (mask_of(HW, LEFT), mask_of(HW, RIGHT))
    options = replace(PLAIN, max_clicks=8, one_first=True)
    generator = rng()

    drawn = [split(drawn_clicks(choice_of(*regions), options, generator))[0] for _ in range(200)]

    assert all(inside(clicks, regions[0])[0] for clicks in drawn)
    assert any(len(clicks) == 1 for clicks in drawn)


def test_the_three_regions_of_negative_clicks() -> None:
    sample = boxes(HW, LEFT, MIDDLE, ignored=(slice(0, 3), slice(0, 60)))
    generator = rng()
    choice = next(c for c in (chosen_target(sample, PLAIN, generator) for _ in range(99)) if c.target[20, 10])

    outside, other, border = choice.negative

    ignored = mask_of(HW, (slice(0, 3), slice(0, 60)))
    assert np.array_equal(outside, ~mask_of(HW, LEFT) & ~ignored)
    assert np.array_equal(other, mask_of(HW, MIDDLE))
    # The root of 320 is 17.9: two pixels wide.
    assert np.array_equal(border, mask_of(HW, (slice(8, 32), slice(0, 20))) & ~mask_of(HW, LEFT))
    assert np.array_equal(choice.target == -1, ignored)


def test_where_all_objects_are_chosen_the_others_are_everything_outside() -> None:
    choice = chosen_target(boxes(HW, LEFT), PLAIN, rng())

    assert np.array_equal(choice.negative[1], ~mask_of(HW, LEFT))


def test_a_small_object_that_was_removed_still_is_another_one() -> None:
    sample = boxes(HW, LEFT, MIDDLE, (slice(0, 2), slice(0, 2))).without_smaller(5).without([1])

    choice = chosen_target(replace(sample, objects={**sample.objects, 5: boxes(HW, LEFT, RIGHT).objects[1]}), PLAIN, rng())

    assert choice.negative[1][:2, :2].all()


def test_a_sample_without_objects_has_negative_clicks_on_its_background_alone() -> None:
    sample = boxes(HW, LEFT).without([0])
    choice, generator = chosen_target(sample, PLAIN, rng()), rng()

    drawn = [drawn_clicks(choice, PLAIN, generator) for _ in range(1500)]

    assert not choice.target.any()
    assert all(not click.positive for clicks in drawn for click in clicks)
    assert not any(hit for clicks in drawn for hit in inside(clicks, mask_of(HW, LEFT)))
    counts = Counter(map(len, drawn))
    assert_shares([counts[number] for number in range(10)] + [sum(counts[number] for number in range(10, 25))],
                  [*geometric(0.8, 10), sum(geometric(0.8, 25)[10:])])  # fmt: skip


def test_a_centred_first_click_lies_in_the_inner_part_of_the_object() -> None:
    region = mask_of(HW, (slice(10, 30), slice(20, 40)))  # 20 x 20: depths from 1 to 10
    centred, generator = replace(PLAIN, erode_share=0.0, centred_first=True), rng()

    drawn = [split(drawn_clicks(choice_of(region), centred, generator))[0] for _ in range(300)]

    core = mask_of(HW, (slice(15, 25), slice(25, 35)))  # deeper than 10 / 1.7 = 5.88, so 6 and more
    assert all(inside(clicks[:1], core)[0] for clicks in drawn)
    assert not all(all(inside(clicks, core)) for clicks in drawn)


def depth_of(choice: Choice, sample: LayeredSample) -> int:
    """Which object of the family was chosen, before parts of it were left out."""
    areas = {900: 0, 400: 1, 4: 2, 100: 3}
    union = np.logical_or.reduce([choice.target == 1, *(region for region in choice.required if inside_one(region, choice, sample))])
    return areas[int(np.count_nonzero(union))]


def inside_one(region: Mask, choice: Choice, sample: LayeredSample) -> bool:
    """Whether a required region is a part that was left out, and not what the parent has beside the chosen object."""
    return any(np.array_equal(region, sample.mask(number)) for number in sample.objects)


def test_hierarchy_descends_with_one_half_at_every_level() -> None:
    sample, generator = family(), rng()
    options = replace(PLAIN, hierarchy=True)

    counts = Counter(depth_of(chosen_target(sample, options, generator), sample) for _ in range(2000))

    # The root; its two parts, half of a half each; and the part of the first.
    assert_shares([counts[number] for number in range(4)], [0.5, 0.125, 0.25, 0.125])


def test_a_chosen_part_must_get_a_negative_click_on_the_rest_of_its_parent() -> None:
    sample, generator = family(), rng()
    options = replace(PLAIN, hierarchy=True)
    choices = [chosen_target(sample, options, generator) for _ in range(200)]

    choice = next(choice for choice in choices if np.count_nonzero(choice.target) == 4)

    (rest,) = choice.required
    assert np.array_equal(rest, sample.mask(0) & ~sample.mask(2))
    drawn = [split(drawn_clicks(choice, options, generator))[1] for _ in range(100)]
    assert all(inside(clicks[:1], rest)[0] for clicks in drawn)


def test_parts_are_left_out_and_small_ones_are_no_place_for_positive_clicks() -> None:
    sample, generator = family(), rng()
    options = replace(PLAIN, hierarchy=True)

    whole = [c for c in (chosen_target(sample, options, generator) for _ in range(1200)) if depth_of(c, sample) == 0]

    assert not any(choice.positive[0][30:32, 30:32].any() for choice in whole)
    # None, one or both of the root's two parts.
    counts = Counter(len(choice.required) for choice in whole)
    assert_shares([counts[number] for number in range(3)], [1, 1, 1])
    assert all((choice.target == 1)[region].any() == np.False_ for choice in whole for region in choice.required)


def test_the_same_rng_draws_the_same_clicks() -> None:
    sample = boxes(HW, LEFT, MIDDLE, RIGHT)

    once, again = (drawn_clicks(chosen_target(sample, PLAIN, r), PLAIN, r) for r in (rng(3), rng(3)))

    assert once == again


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_clicks": 0}, "1 or more"),
        ({"decay": 1.5}, "decay in"),
        ({"negative_shares": (0.5, 0.5, 0.5)}, "add up to 1"),
    ],
)
def test_impossible_options_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PLAIN, **wrong)  # type: ignore[arg-type]
