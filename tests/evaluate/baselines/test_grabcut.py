from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Mask, iou
from clickcut.evaluate.baselines.grabcut import cut_by_grabcut
from clickcut.evaluate.baselines.known import open_baseline
from clickcut.predict.session import Session

CENTRE = Click(40, 50, positive=True)


def _disk() -> Mask:
    y, x = np.ogrid[:80, :100]
    disk: Mask = (y - 40) ** 2 + (x - 50) ** 2 <= 24**2
    return disk


def _photo() -> NDArray[np.uint8]:
    """A reddish disk on bluish ground, both noisy."""
    colours = np.where(_disk()[:, :, None], (200, 60, 40), (30, 70, 180)) + np.random.default_rng(0).normal(0, 12, (80, 100, 3))
    return colours.clip(0, 255).astype(np.uint8)


def test_one_positive_click_cuts_a_plain_disk() -> None:
    session = Session(open_baseline("opencv-grabcut"), _photo())

    mask = session.add(CENTRE)

    assert iou(mask, _disk().astype(np.int8)) > 0.97


def test_equal_clicks_give_equal_masks() -> None:
    first, second = (Session(open_baseline("opencv-grabcut"), _photo()) for _ in range(2))

    for click in (CENTRE, Click(5, 5, positive=False)):
        assert (first.add(click) == second.add(click)).all()


def test_a_negative_click_is_obeyed_and_what_was_cut_before_is_kept() -> None:
    session = Session(open_baseline("opencv-grabcut"), _photo())
    session.add(CENTRE)

    mask = session.add(Click(40, 66, positive=False))

    assert not mask[40, 66]
    assert mask[40, 40]


@pytest.mark.parametrize(
    ("clicks", "expected"),
    [
        ((), False),
        ((Click(1, 1, positive=False),), False),
        ((Click(1, 1, positive=True),), True),
        ((Click(1, 1, positive=True), Click(1, 1, positive=False)), False),  # the later one counts
    ],
)
def test_too_few_pixels_for_a_colour_model_are_answered_by_the_clicks(clicks: Clicks, expected: bool) -> None:
    mask = cut_by_grabcut(np.zeros((3, 3, 3), np.uint8), clicks, None)

    assert (mask == expected).all()


def test_a_photo_of_one_colour_is_no_reason_to_fail() -> None:
    mask = cut_by_grabcut(np.full((60, 60, 3), 90, np.uint8), (Click(30, 30, positive=True),), None)

    assert mask[30, 30]
