"""How the field shows crops to its networks when it measures them: two fixed sets of options, and any predictor's in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from clickcut.model.fit import AsIs, Fitting, Letterbox, LongestSide, Squash
from clickcut.model.network import Network
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom

FieldProtocolName: TypeAlias = Literal["ritm", "simpleclick"]


@dataclass(frozen=True, slots=True)
class FieldProtocol:
    """A size and shape for crops, a zoom-in, and whether the mirror image is looked at too.

    ``refuses`` are the fittings of networks that cannot be shown crops in this way. ``sides`` are other sizes for known sets, by name.
    """

    fitting: Fitting
    zoom: Zoom
    flip: bool
    refuses: tuple[type, ...]
    sides: Mapping[str, int]


FIELD_PROTOCOLS: Final[dict[FieldProtocolName, FieldProtocol]] = {
    # The first click sees the whole image, unscaled; golden table E.
    "ritm": FieldProtocol(LongestSide(400), Zoom(skip_clicks=1), flip=True, refuses=(Letterbox, Squash), sides={"DAVIS": 600}),
    # Golden tables A to D.
    "simpleclick": FieldProtocol(Squash((448, 448)), Zoom(skip_clicks=-1), flip=True, refuses=(Letterbox,), sides={"DAVIS": 672}),
}


def field_protocol(name: FieldProtocolName, network: Network) -> FieldProtocol:
    """The field's protocol of this name; ValueError where the network cannot be measured by it."""
    if name not in FIELD_PROTOCOLS:
        raise ValueError(f"protocol: expected one of {', '.join(FIELD_PROTOCOLS)}, got {name!r}")
    protocol = FIELD_PROTOCOLS[name]
    if isinstance(network.fitting, protocol.refuses):
        raise ValueError(
            f"protocol {name}: this network has an input of its own, {fitting_in_words(network.fitting)}, "
            f"and cannot be shown crops {fitting_in_words(protocol.fitting)}; leave the protocol out"
        )
    return protocol


def for_known_set(predictor: Predictor, name: FieldProtocolName, known_set: str) -> Predictor:
    """The predictor with which the field measures this set, of one that follows the protocol ``name``: its size for DAVIS is another.

    Specification 3.4; for the set DAVIS alone, not for others made of its frames.
    """
    side = FIELD_PROTOCOLS[name].sides.get(known_set)
    if side is None or predictor.fitting is None:
        return predictor
    return replace(predictor, fitting=predictor.fitting.resized((side, side)))


def in_words(predictor: Predictor) -> str:
    """How a predictor shows crops to its network, in one short line."""
    fitting = predictor.fitting or predictor.network.fitting
    shown = fitting if predictor.zoom is not None else fitting.unzoomed()
    return f"{fitting_in_words(shown)}, {_zoom_in_words(predictor.zoom)}, {'flip' if predictor.flip else 'no flip'}"


def fitting_in_words(fitting: Fitting) -> str:
    match fitting:
        case Squash(input_hw=(height, width)):
            return f"squashed to {height} x {width}"
        case LongestSide(side=side):
            return f"{side} on the longest side"
        case Letterbox(side=side):
            return f"letterboxed to {side} x {side}"
        case AsIs():
            return "unscaled"
        case _:
            return repr(fitting)


def _zoom_in_words(zoom: Zoom | None) -> str:
    if zoom is None:
        return "no zoom-in"
    # -1 fits the whole image as it fits any crop; 0 looks at it unscaled, and again at the object if that is small.
    return {-1: "zoom-in", 0: "zoom-in within click 1"}.get(zoom.skip_clicks, f"zoom-in after click {zoom.skip_clicks}")
