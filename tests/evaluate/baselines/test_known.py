"""What all baselines owe: the same clicks, the same interface, the same masks each time."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, iou
from clickcut.evaluate.baselines.known import BASELINES, open_baseline
from clickcut.predict.session import Session

every_baseline = pytest.mark.parametrize("name", BASELINES)


def _disk(hw: tuple[int, int] = (80, 100)) -> Mask:
    y, x = np.ogrid[: hw[0], : hw[1]]
    disk: Mask = (y - 40) ** 2 + (x - 50) ** 2 <= 24**2
    return disk


def _photo() -> NDArray[np.uint8]:
    """A reddish disk on bluish ground, both noisy."""
    colours = np.where(_disk()[:, :, None], (200, 60, 40), (30, 70, 180)) + np.random.default_rng(0).normal(0, 12, (80, 100, 3))
    return colours.clip(0, 255).astype(np.uint8)


def _session(name: str, image: NDArray[np.uint8]) -> Session:
    return Session(open_baseline(name), image)


@every_baseline
def test_one_positive_click_cuts_a_plain_disk(name: str) -> None:
    mask = _session(name, _photo()).click(y=40, x=50)

    assert iou(mask, _disk().astype(np.int8)) > 0.95


@every_baseline
def test_equal_clicks_give_equal_masks(name: str) -> None:
    first, second = (_session(name, _photo()) for _ in range(2))

    for click in (Click(40, 50, positive=True), Click(5, 5, positive=False)):
        assert (first.add(click) == second.add(click)).all()


@every_baseline
def test_clicks_are_obeyed_a_later_one_over_an_earlier_one(name: str) -> None:
    session = _session(name, _photo())
    session.click(y=40, x=50)

    taken_away = session.click(y=40, x=66, positive=False)
    given_back = session.click(y=40, x=66)

    assert taken_away[40, 42]
    assert not taken_away[40, 66]
    assert given_back[40, 66]


@every_baseline
def test_an_object_at_the_edge_of_the_photo_can_be_had(name: str) -> None:
    photo = np.full((80, 100, 3), 30, np.uint8)
    photo[20:60, :50] = (220, 120, 40)

    mask = _session(name, photo).click(y=40, x=8)

    assert mask[25:55, 0].all()
    assert not mask[40, 60:].any()


@every_baseline
def test_a_negative_click_alone_finds_nothing(name: str) -> None:
    assert not _session(name, _photo()).click(y=40, x=50, positive=False).any()


@every_baseline
@pytest.mark.parametrize("hw", [(1, 1), (1, 40), (7, 3), (300, 4)])
def test_the_smallest_images_are_answered(name: str, hw: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*hw, 3), dtype=np.uint8)
    session = _session(name, image)

    first = session.click(y=0, x=0)
    session.click(y=hw[0] - 1, x=hw[1] - 1, positive=False)

    assert first.shape == hw
    assert first[0, 0]


@every_baseline
def test_a_photo_of_one_colour_is_no_reason_to_fail(name: str) -> None:
    mask = _session(name, np.full((60, 60, 3), 90, np.uint8)).click(y=30, x=30)

    assert mask[30, 30]


def test_a_photo_larger_than_the_walkers_own_size_gets_a_mask_of_its_size() -> None:
    photo = _photo().repeat(4, axis=0).repeat(4, axis=1)

    mask = _session("random-walker", photo).click(y=160, x=200)

    assert iou(mask, _disk().repeat(4, axis=0).repeat(4, axis=1).astype(np.int8)) > 0.93


@pytest.mark.parametrize("name", ["random-walker", "watershed"])
def test_a_missing_scikit_image_is_told_with_the_way_to_get_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.segmentation", None)
    monkeypatch.delitem(sys.modules, f"clickcut.evaluate.baselines.{name.replace('-', '_')}", raising=False)

    with pytest.raises(ValueError, match=r"pip install 'clickcut\[baselines\]'"):
        open_baseline(name)
