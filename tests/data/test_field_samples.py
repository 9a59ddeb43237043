"""Samples of the field: which photos are drawn, what becomes of them, and where the search ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest

from clickcut.data.augment import Augmentation
from clickcut.data.click_sampling import ClickSampling
from clickcut.data.copy_paste import CopyPaste
from clickcut.data.field_samples import FieldSamples, SampleRules
from clickcut.data.folders import Sample
from clickcut.data.layered import LayeredSample
from tests.data.layers import assert_shares, boxes

RULES = SampleRules(Augmentation((20, 20)), ClickSampling(max_clicks=4), min_area=0, background=0.0)


@dataclass(frozen=True)
class Known:
    """A photo that is in memory."""

    id: str
    sample: LayeredSample | Sample

    def read(self) -> LayeredSample | Sample:
        return self.sample


def photo(name: str, *, side: int = 6, level: int = 100) -> Known:
    """A square object in 20 x 20 pixels; none for a side of 0."""
    places = [(slice(5, 5 + side), slice(5, 5 + side))] if side else []
    sample = boxes((20, 20), *places)
    return Known(name, replace(sample, id=name, image=np.full_like(sample.image, level)))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_sample_has_a_crop_a_target_and_clicks_on_it() -> None:
    sample = FieldSamples([photo("a")], RULES).draw(rng())

    assert sample.image.shape == (20, 20, 3)
    assert np.count_nonzero(sample.target == 1) == 36
    assert sample.clicks[0].positive
    assert all((sample.target[int(click.y), int(click.x)] == 1) == click.positive for click in sample.clicks)


def test_flat_samples_of_labelled_folders_do_as_well() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[5:9, 5:9] = 7
    labels[0] = 255

    sample = FieldSamples([Known("flat", Sample("flat", np.zeros((20, 20, 3), np.uint8), labels))], RULES).draw(rng())

    assert np.count_nonzero(sample.target == 1) == 16
    assert (sample.target[0] == -1).all()


@dataclass(frozen=True)
class Overlapping:
    """A photo whose flat look would hide what is drawn."""

    id: str
    layered: LayeredSample

    def read(self) -> Sample:
        raise AssertionError("was read flat")

    def read_layered(self) -> LayeredSample:
        return self.layered


def test_photos_that_have_layers_are_drawn_with_them() -> None:
    sample = FieldSamples([Overlapping("a", boxes((20, 20), (slice(5, 11), slice(5, 11))))], RULES).draw(rng())

    assert np.count_nonzero(sample.target == 1) == 36


def test_photos_are_drawn_equally_often_or_by_their_shares() -> None:
    photos, generator = [photo(name) for name in "abc"], rng()

    equal = Counter(FieldSamples(photos, RULES).draw(generator).id for _ in range(600))
    shared = Counter(FieldSamples(photos, RULES, np.array([0.6, 0.1, 0.3])).draw(generator).id for _ in range(600))

    assert_shares([equal[name] for name in "abc"], [1, 1, 1])
    assert_shares([shared[name] for name in "abc"], [0.6, 0.1, 0.3])


def test_small_objects_go_after_the_crop_was_taken_and_may_leave_none() -> None:
    sample = FieldSamples([photo("a")], replace(RULES, min_area=37)).draw(rng())

    assert not sample.target.any()
    assert not any(click.positive for click in sample.clicks)


def test_crops_are_cut_anew_until_an_object_is_in_sight() -> None:
    wide = replace(RULES, augmentation=Augmentation((4, 4)))
    generator = rng()

    samples = [FieldSamples([photo("a", side=2)], wide).draw(generator) for _ in range(50)]

    assert all((sample.target == 1).any() for sample in samples)


def test_crops_of_background_alone_pass_in_their_share() -> None:
    generator = rng()
    half = replace(RULES, augmentation=Augmentation((19, 19)), background=0.3)
    photos = [photo("a", side=0), photo("b")]

    names = Counter(FieldSamples(photos, half).draw(generator).id for _ in range(600))

    # A photo without objects is looked at until the chance comes, so it is as frequent as any.
    assert_shares([names["a"], names["b"]], [1, 1])


def test_photos_without_objects_are_passed_over_where_background_is_not_wanted() -> None:
    generator = rng()
    samples = FieldSamples([photo("a", side=0), photo("b")], RULES)

    assert {samples.draw(generator).id for _ in range(20)} == {"b"}


def test_a_folder_without_objects_is_an_error_and_no_endless_search() -> None:
    with pytest.raises(ValueError, match="100 photos in a row had no object in any crop"):
        FieldSamples([photo("a", side=0)], RULES).draw(rng())


def test_no_photos_are_refused() -> None:
    with pytest.raises(ValueError, match="expected photos"):
        FieldSamples([], RULES)


def test_copy_paste_makes_photos_of_two() -> None:
    generator = rng()
    samples = FieldSamples([photo("a", level=200), photo("b", level=40)], replace(RULES, copy_paste=CopyPaste(paste=1.0, mix=1.0)))

    levels = {int(level) for _ in range(20) for level in np.unique(samples.draw(generator).image)}

    assert levels - {40, 200}


def test_the_same_rng_draws_the_same_sample() -> None:
    rules = replace(RULES, augmentation=Augmentation((12, 16), scale=(0.7, 1.4), mirror=0.5), copy_paste=CopyPaste(0.5, 0.5))
    samples = FieldSamples([photo("a"), photo("b", level=7)], rules)

    once, again = (samples.draw(np.random.default_rng(4)) for _ in range(2))

    assert np.array_equal(once.image, again.image)
    assert np.array_equal(once.target, again.target)
    assert once.clicks == again.clicks
