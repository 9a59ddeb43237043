"""The field's protocols: whom they serve, and any predictor's in words."""

from __future__ import annotations

from typing import get_args

import pytest

from clickcut.model.fit import AsIs, Fitting, Letterbox, LongestSide, Squash
from clickcut.predict.field_protocol import FIELD_PROTOCOLS, FieldProtocolName, field_protocol, in_words
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom
from tests.predict.fakes import SQUASH_ZOOMED, FormulaNetwork

LETTERBOX = Letterbox(1024, 256, 10.0)


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("ritm", AsIs()),
        ("ritm", LongestSide(400)),
        ("simpleclick", AsIs()),
        ("simpleclick", LongestSide(400)),
        ("simpleclick", Squash((448, 448))),
    ],
)
def test_a_protocol_serves_networks_that_can_be_shown_its_crops(name: FieldProtocolName, fitting: Fitting) -> None:
    assert field_protocol(name, FormulaNetwork(fitting)) is FIELD_PROTOCOLS[name]


@pytest.mark.parametrize(
    ("name", "fitting", "told"),
    [
        ("ritm", LETTERBOX, "input of its own, letterboxed to 1024 x 1024, and cannot be shown crops 400 on the longest side; leave"),
        ("simpleclick", LETTERBOX, "letterboxed to 1024 x 1024, and cannot be shown crops squashed to 448 x 448"),
        # a ViT's patches do not divide whatever size an image has
        ("ritm", Squash((448, 448)), "squashed to 448 x 448, and cannot be shown crops 400 on the longest side"),
    ],
)
def test_a_network_with_an_input_of_its_own_is_refused(name: FieldProtocolName, fitting: Fitting, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        field_protocol(name, FormulaNetwork(fitting))


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match="expected one of ritm, simpleclick, got 'sam'"):
        field_protocol("sam", FormulaNetwork(AsIs()))  # type: ignore[arg-type]


def test_every_named_protocol_is_there() -> None:
    assert set(get_args(FieldProtocolName)) == set(FIELD_PROTOCOLS)


@pytest.mark.parametrize(
    ("fitting", "zoom", "flip", "words"),
    [
        (LongestSide(400), Zoom(skip_clicks=1), True, "400 on the longest side, zoom-in after click 1, flip"),
        (LongestSide(400), Zoom(skip_clicks=2), False, "400 on the longest side, zoom-in after click 2, no flip"),
        (LongestSide(400), None, False, "unscaled, no zoom-in, no flip"),  # a whole image is scaled as a crop alone
        (Squash((448, 672)), Zoom(), True, "squashed to 448 x 672, zoom-in, flip"),
        (LETTERBOX, None, False, "letterboxed to 1024 x 1024, no zoom-in, no flip"),
        (AsIs(), Zoom(skip_clicks=0), False, "unscaled, zoom-in within click 1, no flip"),
        (SQUASH_ZOOMED, Zoom(), False, "SquashZoomed(input_hw=(448, 448)), zoom-in, no flip"),
    ],
)
def test_a_predictor_in_words(fitting: Fitting, zoom: Zoom | None, flip: bool, words: str) -> None:
    assert in_words(Predictor(FormulaNetwork(fitting), zoom, flip=flip)) == words
    assert in_words(Predictor(FormulaNetwork(AsIs()), zoom, flip=flip, fitting=fitting)) == words
