"""Mixtures: folders are drawn by weight, and held-out photos stay apart."""

from __future__ import annotations

import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from clickcut.data.mixture import Mixture, Part
from tests.data.photos import write_folder
from tests.data.sets.official import LEFT, write_sbd

PARTS = (Part("large", 1.0), Part("small", 3.0, union=0.5))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_folder(tmp_path / "large", 12, hw=(8, 9))
    write_folder(tmp_path / "small", 6, hw=(8, 9))
    return tmp_path


def ids(mixture: Mixture) -> list[set[str]]:
    return [{photo.id for photo in photos} for photos in mixture.photos]


def test_folders_are_drawn_by_weight_and_not_by_size(root: Path) -> None:
    mixture, rng = Mixture.open(root, PARTS), np.random.default_rng(0)

    drawn = Counter(mixture.draw(rng)[0].folder for _ in range(2000))

    # Three quarters, with a standard deviation of one in a hundred.
    assert drawn["small"] / 2000 == pytest.approx(0.75, abs=0.04)


def test_every_photo_of_a_folder_is_drawn_equally_often(root: Path) -> None:
    mixture, rng = Mixture.open(root, PARTS[:1]), np.random.default_rng(0)

    drawn = Counter(mixture.draw(rng)[1].id for _ in range(2400))

    assert set(drawn) == ids(mixture)[0]
    assert max(drawn.values()) < 1.4 * min(drawn.values())


def test_the_same_rng_draws_the_same_photos(root: Path) -> None:
    mixture = Mixture.open(root, PARTS)

    once, again = ([mixture.draw(rng) for _ in range(20)] for rng in (np.random.default_rng(5), np.random.default_rng(5)))

    assert once == again


def test_held_out_photos_and_the_others_are_all_photos_and_share_none(root: Path) -> None:
    kept, held = (Mixture.open(root, PARTS, held_out=held_out, hold_out_every=3) for held_out in (False, True))

    for index, count in enumerate((12, 6)):
        assert ids(kept)[index].isdisjoint(ids(held)[index])
        assert len(ids(kept)[index] | ids(held)[index]) == count


def test_what_is_held_out_depends_on_a_photos_name_alone(root: Path) -> None:
    before = ids(Mixture.open(root, PARTS, held_out=True, hold_out_every=3))[0]

    write_folder(root / "large", 15, hw=(8, 9))
    after = ids(Mixture.open(root, PARTS, held_out=True, hold_out_every=3))[0]

    assert before == {name for name in after if int(name.removeprefix("photo")) < 12}
    assert before == {name for name in (f"photo{k}" for k in range(12)) if zlib.crc32(name.encode()) % 3 == 0}


def test_a_single_labelled_folder_is_a_whole_mixture(root: Path) -> None:
    mixture = Mixture.open(root / "small", PARTS, hold_out_every=1000)

    assert mixture.parts == (Part("small", 1.0),)
    assert ids(mixture) == [{f"photo{k}" for k in range(6)}]


def test_a_part_of_which_nothing_is_held_out_is_left_out(root: Path) -> None:
    write_folder(root / "single", 1, hw=(8, 9))  # photo0's hash is no multiple of 3

    mixture = Mixture.open(root, (*PARTS, Part("single", 1.0)), held_out=True, hold_out_every=3)

    assert [part.folder for part in mixture.parts] == ["large", "small"]


def test_a_mixture_of_nothing_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="expected at least one held-out photo with a mask, found none"):
        Mixture.open(root, PARTS, held_out=True, hold_out_every=10**9)


def test_a_folder_that_is_missing_is_named(root: Path) -> None:
    with pytest.raises(ValueError, match="elsewhere: expected a folder"):
        Mixture.open(root, (*PARTS, Part("elsewhere", 1.0)))


@pytest.mark.parametrize(("weight", "union"), [(0.0, 0.0), (-1.0, 0.0), (1.0, 1.5), (1.0, -0.1)])
def test_impossible_shares_are_refused(weight: float, union: float) -> None:
    with pytest.raises(ValueError, match="expected a positive weight and a union share"):
        Part("large", weight, union)


def test_a_known_set_is_named_with_its_folder_and_gives_what_is_trained_on(tmp_path: Path) -> None:
    sparse = np.zeros(LEFT.shape, np.bool_)
    sparse[0, 0] = sparse[-1, -1] = True
    write_sbd(tmp_path / "SBD", {"a": [LEFT, sparse]}, split="train")

    mixture = Mixture.open(Path(f"sbd={tmp_path / 'SBD'}"), (), hold_out_every=10**9)

    assert [part.folder for part in mixture.parts] == ["SBD"]
    np.testing.assert_array_equal(mixture.photos[0][0].read().labels, LEFT)


def test_a_name_that_is_no_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a set that is known, got 'sbt'; nearest: SBD"):
        Mixture.open(Path(f"sbt={tmp_path}"), ())
