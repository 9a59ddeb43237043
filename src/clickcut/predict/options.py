"""The options of a predictor, as a weights file's header states them and as a user changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypedDict, Unpack

from clickcut.core.simulate import MASK_THRESHOLD
from clickcut.model.fit import Fitting
from clickcut.model.network import Network
from clickcut.predict.brs import brs_of
from clickcut.predict.cascade import Cascade
from clickcut.predict.field_protocol import FieldProtocolName, field_protocol
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom


class Overrides(TypedDict, total=False):
    """What a user may say in place of the header; left out, or None, is what the header says.

    ``protocol`` takes size, flip and zoom-in from one of the field's protocols; what is said of one of these beside it goes before it.
    ``size`` is the side of the network's (square) input, the longest side where crops keep their shape; ``zoom`` turns zoom-in on or off,
    ``cascade`` counts refinements after the first pass, on the first ``cascade_clicks`` clicks.
    ``brs`` names a mode of backpropagating refinement, as the field writes it or in any other case, whose network sees the first
    ``brs_clicks`` clicks; no header speaks of it.
    """

    protocol: FieldProtocolName | None
    size: int | None
    flip: bool | None
    zoom: bool | None
    cascade: int | None
    adaptive: bool | None
    cascade_clicks: int | None
    threshold: float | None
    brs: str | None
    brs_clicks: int | None


_HEADER_KEYS = ("size", "flip", "zoom", "cascade", "threshold")


def predictor_for(network: Network, inference: Mapping[str, Any], **overrides: Unpack[Overrides]) -> Predictor:
    """The predictor that a header's ``inference`` describes, with what the user said in place of it.

    ``inference`` is {"size": int or null, "flip": bool, "zoom": {...} or null, "cascade": {...}, "threshold": float}, where the two objects
    hold fields of ``Zoom`` and ``Cascade``; a key left out means: the network's own size, no flip, zoom-in as
    in SimpleClick, no cascade, the field's threshold. ValueError where the network cannot be measured by the wanted protocol.
    """
    _check_keys("inference", inference, _HEADER_KEYS)
    fitting: Fitting | None = None
    if (name := overrides.get("protocol")) is not None:
        protocol = field_protocol(name, network)
        fitting = protocol.fitting
        inference = {**inference, "size": None, "flip": protocol.flip, "zoom": asdict(protocol.zoom)}
    size = _first(overrides.get("size"), inference.get("size"))
    threshold = _first(overrides.get("threshold"), inference.get("threshold"), MASK_THRESHOLD)
    return Predictor(
        network,
        zoom=_zoom(inference.get("zoom", {}), overrides.get("zoom")),
        cascade=_cascade(inference.get("cascade", {}), overrides),
        flip=_checked("flip", _first(overrides.get("flip"), inference.get("flip"), False), bool),
        threshold=float(_checked("threshold", threshold, (int, float))),
        fitting=fitting if size is None else _resized(fitting or network.fitting, size),
        brs=brs_of(overrides.get("brs"), overrides.get("brs_clicks")),
    )


def _zoom(stated: Any, wanted: bool | None) -> Zoom | None:
    if wanted is False or (stated is None and wanted is None):
        return None
    return Zoom(**_fields_of(Zoom, "zoom", {} if stated is None else stated))


def _cascade(stated: Any, overrides: Overrides) -> Cascade:
    said = {"steps": overrides.get("cascade"), "adaptive": overrides.get("adaptive"), "clicks": overrides.get("cascade_clicks")}
    cascade = Cascade(**{**_fields_of(Cascade, "cascade", stated), **{name: value for name, value in said.items() if value is not None}})
    if cascade.steps == 0 and said["adaptive"]:
        raise ValueError("an adaptive cascade needs refinements to stop early: give a cascade of 1 or more too")
    if cascade.steps == 0 and said["clicks"] is not None:
        raise ValueError("cascade clicks have no effect without refinements: give a cascade of 1 or more too")
    return cascade


def _resized(fitting: Fitting, size: Any) -> Fitting:
    side = _checked("size", size, int)
    if side < 1:
        raise ValueError(f"the size of a network's input must be 1 pixel or more, got {side}")
    return fitting.resized((side, side))


def _fields_of(kind: type[Zoom] | type[Cascade], what: str, stated: Any) -> dict[str, Any]:
    _check_keys(what, _checked(what, stated, Mapping), [field.name for field in fields(kind)])
    for field in fields(kind):
        if field.name in stated:
            _checked(f"{what}.{field.name}", stated[field.name], _KINDS[str(field.type)])
    return dict(stated)


_KINDS: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "bool": bool}


def _check_keys(what: str, stated: Mapping[str, Any], known: Any) -> None:
    unknown = sorted(set(stated) - set(known))
    if unknown:
        raise ValueError(f"{what} has no {', '.join(map(repr, unknown))}; it knows {', '.join(known)}")


def _checked(what: str, value: Any, kind: type | tuple[type, ...]) -> Any:
    # bool is a kind of int in Python, but true is no number of pixels
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        raise ValueError(f"{what} must be {names}, got {value!r}")
    return value


def _first(*values: Any) -> Any:
    """The first value that is not None, or None."""
    return next((value for value in values if value is not None), None)
