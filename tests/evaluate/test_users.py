from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickcut.core.clicks import Click
from clickcut.core.masks import Mask, Target
from clickcut.core.simulate import next_click
from clickcut.evaluate.protocol import Aim, Protocol
from clickcut.evaluate.users import BorderUser, CentreUser, JitteredUser, RandomUser, User, user_for

HW = (40, 60)
NOTHING = np.zeros(HW, np.bool_)


def _target() -> Target:
    """A large square, whose centre is (19, 19), and a small one far from it."""
    target = np.zeros(HW, np.int8)
    target[4:35, 4:35] = 1
    target[2:8, 50:56] = 1
    return target


def _chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _clicks(user: User, count: int = 200) -> list[Click]:
    return [user.click(NOTHING, _target(), NOTHING) for _ in range(count)]


def test_the_fields_user_clicks_at_the_centre() -> None:
    assert _clicks(CentreUser(), 2) == [Click(19, 19, positive=True)] * 2


def test_a_jittered_click_lies_about_the_centre_and_rarely_on_it() -> None:
    clicks = _clicks(JitteredUser(_chance()))

    offsets = np.array([(click.y - 19, click.x - 19) for click in clicks])
    assert np.abs(offsets.mean(axis=0)).max() < 1
    assert 3 < offsets.std(axis=0).min() <= offsets.std(axis=0).max() < 6  # 0.3 of a radius of 16
    assert len({(click.y, click.x) for click in clicks}) > 50


def test_a_border_click_lies_near_the_border_all_around() -> None:
    clicks = _clicks(BorderUser(_chance()))

    depths = [min(click.y - 3, 35 - click.y, click.x - 3, 35 - click.x) for click in clicks]
    assert 1 <= min(depths) <= max(depths) <= 4  # a quarter of a radius of 16
    assert {click.y < 19 for click in clicks} == {click.x < 19 for click in clicks} == {True, False}


@st.composite
def _situations(draw: st.DrawFn) -> tuple[Mask, Target, Mask]:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    coarse = rng.integers(-1, 2, (4, 5)).astype(np.int8)
    pred = np.kron(rng.random((8, 10)) > 0.5, np.ones((2, 2), np.bool_)).astype(np.bool_)
    return pred, np.kron(coarse, np.ones((4, 4), np.int8)), rng.random((16, 20)) > 0.8


@settings(max_examples=60, deadline=None)
@given(situation=_situations(), seed=st.integers(0, 100))
@pytest.mark.parametrize("user", [RandomUser, JitteredUser, BorderUser])
def test_every_users_click_is_a_correct_one_on_a_new_pixel(
    user: type[RandomUser | JitteredUser | BorderUser], situation: tuple[Mask, Target, Mask], seed: int
) -> None:
    mask, target, clicked = situation

    click = user(_chance(seed)).click(mask, target, clicked)

    y, x = int(click.y), int(click.x)
    if click != next_click(mask, target, clicked):  # which is what is left where nothing is wrong, or all is clicked
        assert not clicked[y, x]
        assert target[y, x] == (1 if click.positive else 0)
        assert mask[y, x] != click.positive


@pytest.mark.parametrize("user", [RandomUser, JitteredUser, BorderUser])
def test_where_nothing_is_wrong_users_click_as_the_field_does(user: type[RandomUser | JitteredUser | BorderUser]) -> None:
    click = user(_chance()).click(_target() == 1, _target(), NOTHING)

    assert click == Click(0, 0, positive=False)


@pytest.mark.parametrize("aim", ["random", "jittered", "border"])
def test_an_objects_chance_depends_on_the_seed_and_the_object_alone(aim: Aim) -> None:
    def first_click(image: str, object_id: int, seed: int) -> Click:
        return user_for(image, object_id, Protocol(clicks=aim, seed=seed)).click(NOTHING, _target(), NOTHING)

    assert first_click("a.png", 1, 0) == first_click("a.png", 1, 0)
    assert len({first_click("a.png", 1, 0), first_click("a.png", 2, 0), first_click("b.png", 1, 0), first_click("a.png", 1, 1)}) > 1
