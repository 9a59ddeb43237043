from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from clickcut.core.clicks import Click, Clicks
from clickcut.core.masks import Mask
from clickcut.model.function import Cut, FunctionNetwork
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session

PHOTO = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def _session(cut: Cut) -> Session:
    return Session(Predictor(FunctionNetwork(cut)), PHOTO)


def test_a_function_answers_a_sessions_clicks() -> None:
    def brighter_than_its_first_click(image: NDArray[np.uint8], clicks: Clicks, prev: Mask | None) -> Mask:
        grey = image.sum(axis=2)
        brighter: Mask = grey >= grey[int(clicks[0].y), int(clicks[0].x)]
        return brighter

    mask = _session(brighter_than_its_first_click).click(y=3, x=4)

    grey = PHOTO.sum(axis=2)
    assert (mask == (grey >= grey[3, 4])).all()


def test_it_is_given_the_image_to_the_bit_all_clicks_in_order_and_the_mask_from_before() -> None:
    given: list[tuple[NDArray[np.uint8], Clicks, Mask | None]] = []

    def left_half(image: NDArray[np.uint8], clicks: Clicks, prev: Mask | None) -> Mask:
        given.append((image, clicks, prev))
        mask = np.zeros((20, 30), np.bool_)
        mask[:, :15] = True
        return mask

    session = _session(left_half)
    first = session.click(y=3, x=4)
    session.click(y=10, x=20, positive=False)

    assert (given[0][0] == PHOTO).all()
    assert given[0][2] is None
    assert given[1][1] == (Click(3, 4, True), Click(10, 20, False))
    assert given[1][2] is not None
    assert (given[1][2] == first).all()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (np.zeros((20, 30), np.uint8), "uint8 (20, 30)"),  # no mask until it is thresholded
        (np.zeros((30, 20), np.bool_), "bool (30, 20)"),  # width and height in each other's place
        (None, "NoneType"),
    ],
)
def test_what_is_no_mask_is_refused_with_what_it_is(wrong: Any, told: str) -> None:
    with pytest.raises(ValueError, match="must give a mask") as raised:
        _session(lambda image, clicks, prev: wrong).click(y=3, x=4)

    assert told in str(raised.value)
