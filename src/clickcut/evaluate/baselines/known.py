"""The baselines by name, and how one is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from clickcut.model.function import Cut, FunctionNetwork
from clickcut.predict.predictor import Predictor


def _grabcut() -> Cut:
    from clickcut.evaluate.baselines.grabcut import cut_by_grabcut

    return cut_by_grabcut


def _random_walker() -> Cut:
    from clickcut.evaluate.baselines.random_walker import cut_by_random_walker

    return cut_by_random_walker


def _watershed() -> Cut:
    from clickcut.evaluate.baselines.watershed import cut_by_watershed

    return cut_by_watershed


BASELINES: Final[Mapping[str, Callable[[], Cut]]] = {
    "opencv-grabcut": _grabcut,
    "random-walker": _random_walker,
    "watershed": _watershed,
}
"""What stands for each where a weights file is expected, and what imports it; two of them need scikit-image."""


def open_baseline(name: str) -> Predictor:
    """The baseline of a name in ``BASELINES``: the whole image at its own size, one look and one pass a click.

    ValueError where scikit-image is needed and missing.
    """
    try:
        return Predictor(FunctionNetwork(BASELINES[name]()))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "skimage":
            raise
        raise ValueError(f"{name} needs scikit-image: pip install 'clickcut[baselines]'") from error
