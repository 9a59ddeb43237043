"""Cut an object out of an image with a few clicks.

``clickcut.load()`` gives a predictor with the shipped weights, ``clickcut.Session(predictor, image)`` takes clicks and gives masks.
Importing this package loads no torch: a name is fetched from its layer when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clickcut.core.boxes import Box
    from clickcut.core.clicks import Click
    from clickcut.predict.opening import open_predictor as load
    from clickcut.predict.predictor import Predictor
    from clickcut.predict.session import Session

__version__ = "0.1.0"

__all__ = ["Box", "Click", "Predictor", "Session", "__version__", "load"]

_HOMES = {
    "Box": ("clickcut.core.boxes", "Box"),
    "Click": ("clickcut.core.clicks", "Click"),
    "Predictor": ("clickcut.predict.predictor", "Predictor"),
    "Session": ("clickcut.predict.session", "Session"),
    "load": ("clickcut.predict.opening", "open_predictor"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, attribute = _HOMES[name]
    return getattr(import_module(home), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
