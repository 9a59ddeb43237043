"""A predictor's options: what a weights file's header says, and what a user says in place of it."""

from __future__ import annotations

from typing import Any

import pytest

from clickcut.model.fit import AsIs, Letterbox, LongestSide, Squash
from clickcut.predict.brs import Brs
from clickcut.predict.cascade import Cascade
from clickcut.predict.options import predictor_for
from clickcut.predict.zoom import Zoom
from tests.predict.fakes import FormulaNetwork
from tests.predict.two_stage import TwoStage

NETWORK = FormulaNetwork(AsIs())
HEADER: dict[str, Any] = {
    "size": 448,
    "flip": True,
    "zoom": {"skip_clicks": 1, "expansion": 1.5, "min_side": 100},
    "cascade": {"steps": 4, "adaptive": True, "clicks": 20},
    "threshold": 0.5,
}


def test_the_header_decides() -> None:
    predictor = predictor_for(NETWORK, HEADER)

    assert predictor.network is NETWORK
    assert predictor.fitting == Squash((448, 448))
    assert predictor.flip
    assert predictor.zoom == Zoom(1, 1.5, 100)
    assert predictor.cascade == Cascade(4, adaptive=True, clicks=20)
    assert predictor.threshold == 0.5


def test_an_empty_header_leaves_the_fields_values() -> None:
    predictor = predictor_for(NETWORK, {})

    assert (predictor.fitting, predictor.flip, predictor.zoom) == (None, False, Zoom())
    assert (predictor.cascade, predictor.threshold) == (Cascade(), 0.49)


def test_what_the_user_says_goes_before_the_header() -> None:
    predictor = predictor_for(
        NETWORK, HEADER, size=672, flip=False, zoom=False, cascade=2, adaptive=False, cascade_clicks=1, threshold=0.49
    )

    assert predictor.fitting == Squash((672, 672))
    assert not predictor.flip
    assert predictor.zoom is None
    assert predictor.cascade == Cascade(2)
    assert predictor.threshold == 0.49


def test_none_is_what_the_header_says() -> None:
    said = predictor_for(
        NETWORK, HEADER, protocol=None, size=None, flip=None, zoom=None, cascade=None, adaptive=None, cascade_clicks=None, threshold=None
    )
    unsaid = predictor_for(NETWORK, HEADER)

    assert (said.fitting, said.flip, said.zoom, said.cascade) == (unsaid.fitting, unsaid.flip, unsaid.zoom, unsaid.cascade)


@pytest.mark.parametrize(
    ("stated", "wanted", "expected"),
    [
        (None, None, None),
        (None, True, Zoom()),
        ({"min_side": 99}, True, Zoom(min_side=99)),
        ({"min_side": 99}, False, None),
    ],
)
def test_zoom_can_be_turned_on_and_off(stated: dict[str, Any] | None, wanted: bool | None, expected: Zoom | None) -> None:
    assert predictor_for(NETWORK, {"zoom": stated}, zoom=wanted).zoom == expected


def test_the_cascade_can_be_turned_off() -> None:
    assert predictor_for(NETWORK, HEADER, cascade=0).cascade.passes_for(1) == 1


@pytest.mark.parametrize("overrides", [{"adaptive": True}, {"cascade_clicks": 3}, {"adaptive": True, "cascade": 0}])
def test_an_option_that_would_have_no_effect_is_an_error(overrides: Any) -> None:
    with pytest.raises(ValueError, match="refinements"):
        predictor_for(NETWORK, {}, **overrides)


@pytest.mark.parametrize(
    ("inference", "message"),
    [
        ({"sise": 448}, "inference has no 'sise'; it knows size, flip"),
        ({"zoom": {"skip": 1}}, "zoom has no 'skip'"),
        ({"zoom": True}, "zoom must be"),
        ({"zoom": {"min_side": 0.5}}, "zoom.min_side must be int, got 0.5"),
        ({"cascade": {"steps": "4"}}, "cascade.steps must be int, got '4'"),
        ({"cascade": {"steps": -1}}, "steps must be 0"),
        ({"cascade": None}, "cascade must be"),
        ({"flip": 1}, "flip must be bool, got 1"),
        ({"size": 448.5}, "size must be int, got 448.5"),
        ({"size": True}, "size must be int, got True"),
        ({"size": 0}, "1 pixel or more, got 0"),
        ({"threshold": 0}, "between 0 and 1, got 0"),
        ({"threshold": "0.5"}, "threshold must be int or float"),
    ],
)
def test_a_wrong_header_is_named(inference: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predictor_for(NETWORK, inference)


def test_a_letterbox_keeps_its_kind_at_another_size() -> None:
    predictor = predictor_for(FormulaNetwork(Letterbox(1024, 256, 10.0)), {}, size=512)

    assert predictor.fitting == Letterbox(512, 128, 10.0)


def test_a_protocol_goes_before_the_header_where_it_says_something() -> None:
    predictor = predictor_for(NETWORK, HEADER | {"flip": False}, protocol="simpleclick")

    assert (predictor.fitting, predictor.zoom, predictor.flip) == (Squash((448, 448)), Zoom(), True)
    assert (predictor.cascade, predictor.threshold) == (Cascade(4, adaptive=True, clicks=20), 0.5)


def test_what_the_user_says_goes_before_the_protocol() -> None:
    assert predictor_for(NETWORK, HEADER, protocol="ritm", size=600).fitting == LongestSide(600)
    assert predictor_for(NETWORK, HEADER, protocol="simpleclick", size=672).fitting == Squash((672, 672))
    assert not predictor_for(NETWORK, {}, protocol="ritm", flip=False).flip
    assert predictor_for(NETWORK, {}, protocol="ritm", zoom=False).zoom is None
    assert predictor_for(NETWORK, {"zoom": None}, protocol="ritm", zoom=True).zoom == Zoom(skip_clicks=1)


def test_a_size_keeps_a_networks_own_longest_side_one() -> None:
    assert predictor_for(FormulaNetwork(LongestSide(400)), {}, size=600).fitting == LongestSide(600)


def test_refinement_is_what_the_user_says_and_no_header() -> None:
    assert predictor_for(TwoStage(), HEADER).brs is None
    assert predictor_for(TwoStage(), HEADER, brs="f-brs-B").brs == Brs("f-brs-b", 8)
    assert predictor_for(TwoStage(), HEADER, brs="RGB-BRS", brs_clicks=3).brs == Brs("rgb-brs", 3)


def test_a_limit_of_clicks_without_refinement_is_an_error() -> None:
    with pytest.raises(ValueError, match="name a mode too"):
        predictor_for(NETWORK, HEADER, brs_clicks=3)
