"""Layered samples: overlapping objects, families, and what removing one leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredObject, LayeredSample, drawn_stuff
from tests.data.layers import boxes, family

LEFT, RIGHT = (slice(0, 4), slice(0, 4)), (slice(0, 4), slice(6, 8))


def parents(sample: LayeredSample) -> dict[int, int | None]:
    return {number: node.parent for number, node in sample.objects.items()}


def test_a_flat_sample_becomes_one_layer_of_numbered_objects() -> None:
    labels = np.array([[0, 7, 3, 255]], np.uint8)

    sample = LayeredSample.of(Sample("a", np.zeros((1, 4, 3), np.uint8), labels))

    assert sample.objects == {0: LayeredObject(0, 3), 1: LayeredObject(0, 7)}
    assert sample.target(0).tolist() == [[0, 0, 1, -1]]
    assert sample.target(1).tolist() == [[0, 1, 0, -1]]
    assert sample.background().tolist() == [[True, False, False, False]]


def test_objects_of_other_layers_may_overlap() -> None:
    sample = family()

    assert [sample.area(number) for number in range(4)] == [900, 400, 4, 100]
    assert np.count_nonzero(sample.mask(0) & sample.mask(1)) == 400
    assert np.count_nonzero(~sample.background()) == 900


def test_roots_are_no_part_of_anything() -> None:
    assert family().roots == (0,)


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        ([1], {0: None, 2: 0, 3: 0}),  # its part becomes its parent's
        ([0], {1: None, 2: None, 3: 1}),  # the parts of a root become roots
        ([0, 1], {2: None, 3: None}),
        ([2], {0: None, 1: 0, 3: 1}),
    ],
)
def test_the_parts_of_an_object_that_goes_belong_to_what_it_belonged_to(gone: Sequence[int], left: dict[int, int | None]) -> None:
    sample = family().without(gone)

    assert parents(sample) == left
    for number, node in sample.objects.items():
        assert all(sample.objects[child].parent == number for child in node.children)
        assert all(node.parent != number or other in sample.objects[number].children for other, node in sample.objects.items())


def test_small_objects_go_and_their_pixels_are_still_no_background() -> None:
    sample = boxes((4, 8), LEFT, RIGHT).without_smaller(9)

    assert list(sample.objects) == [0]
    assert not sample.background()[RIGHT].any()


def test_an_object_of_just_the_smallest_area_stays() -> None:
    assert list(boxes((4, 8), LEFT, RIGHT).without_smaller(8).objects) == [0, 1]


def test_another_view_loses_what_it_does_not_show_and_what_was_removed_before() -> None:
    sample = boxes((4, 8), LEFT, RIGHT, (slice(0, 4), slice(4, 6))).without([2])

    view = sample.redrawn(sample.image[:, 2:6], sample.layers[:, 2:6])

    assert list(view.objects) == [0]
    assert view.background()[0].tolist() == [False, False, True, True]


def test_ignored_pixels_survive_another_view() -> None:
    sample = boxes((4, 8), LEFT, ignored=RIGHT)

    view = sample.redrawn(sample.image, sample.layers)

    assert view.ignored()[RIGHT].all()
    assert (view.target(0)[RIGHT] == -1).all()


def with_sky() -> LayeredSample:
    sample = boxes((4, 8), LEFT, RIGHT)
    return replace(sample, objects=MappingProxyType({**sample.objects, 1: LayeredObject(0, 2, is_stuff=True)}))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_stuff_is_an_object_or_background(share: float) -> None:
    sample = drawn_stuff(with_sky(), share, np.random.default_rng(0))

    assert (1 in sample.objects) == bool(share)
    assert sample.background()[RIGHT].all() == (not share)


def test_stuff_counts_in_its_share_of_draws() -> None:
    rng, sample = np.random.default_rng(0), with_sky()

    count = sum(1 in drawn_stuff(sample, 0.3, rng).objects for _ in range(1000))

    # A standard deviation of 0.0145.
    assert count / 1000 == pytest.approx(0.3, abs=0.05)


def test_layers_of_another_size_than_the_image_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a: expected layers \(H, W, L\) over an image of \(2, 2\)"):
        LayeredSample("a", np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 1), np.uint8), {})
