"""A session's history as one .npz file: a JSON text that says what is what, and plain arrays. Nothing in it is ever unpickled."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.core.files import replacing
from clickcut.predict.brs import NAMES
from clickcut.predict.history import CutObject, History, Moment
from clickcut.predict.scene import Scene
from clickcut.predict.state import State, Tuned

FORMAT = "clickcut-session-2"
_READABLE = (FORMAT, "clickcut-session-1")
"""The first format knew no refinement, and is the same otherwise."""

_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError, MemoryError)
"""What numpy, zipfile and the reading of a JSON text of some other shape raise."""

T = TypeVar("T")


def write_history(path: Path, history: History, scene: Scene) -> None:
    """Writes the file all at once or not at all."""
    states = _distinct(moment.state for moment in history.moments)
    objects = _distinct(cut for moment in history.moments for cut in moment.objects)
    place = {id(value): index for values in (states, objects) for index, value in enumerate(values)}
    content = {
        "format": FORMAT,
        "image": {"hw": scene.hw, "digest": scene.digest},
        "now": history.now,
        "moments": [{"state": place[id(m.state)], "objects": [place[id(cut)] for cut in m.objects]} for m in history.moments],
        "states": [
            {
                "clicks": [[c.y, c.x, c.positive] for c in s.clicks],
                "box": _json_box(s.box),
                "has_probs": s.probs is not None,
                "tuned": None if s.tuned is None else _json_tuned(s.tuned),
            }
            for s in states
        ],
        "objects": [{"box": _json_box(cut.box)} for cut in objects],
    }
    arrays: dict[str, Any] = {"content": np.array(json.dumps(content))}
    arrays |= {f"probs_{index}": state.probs for index, state in enumerate(states) if state.probs is not None}
    for index, state in enumerate(states):
        if state.tuned is not None:
            arrays[f"variables_{index}"] = state.tuned.variables
            if state.tuned.prev is not None:
                arrays[f"prev_{index}"] = state.tuned.prev
    arrays |= {f"mask_{index}": cut.mask for index, cut in enumerate(objects)}
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def read_history(path: Path, scene: Scene) -> History:
    """What ``write_history`` wrote, if it was written on this image."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            content = json.loads(str(arrays["content"]))
            _check_image(path, content, scene)
            return _history(content, arrays.__getitem__, scene.hw)
    except _WrongImageError:
        raise
    except _DAMAGES as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} is not a session that clickcut saved, or is damaged: {reason}") from error


class _WrongImageError(ValueError):
    """The file is sound, but of another image."""


def _check_image(path: Path, content: dict[str, Any], scene: Scene) -> None:
    if content["format"] not in _READABLE:
        raise ValueError(f"expected the format {FORMAT}, got {content['format']!r}")
    height, width = content["image"]["hw"]
    if (height, width) != scene.hw:
        raise _WrongImageError(f"{path} belongs to an image {width} x {height}, but this one is {scene.hw[1]} x {scene.hw[0]}")
    if content["image"]["digest"] != scene.digest:
        raise _WrongImageError(f"{path} belongs to another image of the same size")


def _history(content: dict[str, Any], array: Callable[[str], NDArray[Any]], hw: tuple[int, int]) -> History:
    states = [_state(index, entry, array, hw) for index, entry in enumerate(content["states"])]
    objects = [_object(index, entry, array, hw) for index, entry in enumerate(content["objects"])]
    moments = tuple(Moment(_at(states, m["state"]), tuple(_at(objects, index) for index in m["objects"])) for m in content["moments"])
    _at(moments, content["now"])
    return History(moments, content["now"])


def _at(values: Sequence[T], index: int) -> T:
    """Lists count negative places from their end; a sound file has none."""
    if not 0 <= index < len(values):
        raise ValueError(f"there is no entry {index} among {len(values)}")
    return values[index]


def _state(index: int, entry: dict[str, Any], array: Callable[[str], NDArray[Any]], hw: tuple[int, int]) -> State:
    clicks = tuple(Click(float(y), float(x), bool(positive)) for y, x, positive in entry["clicks"])
    if not all(0 <= click.y < hw[0] and 0 <= click.x < hw[1] for click in clicks):
        raise ValueError("a click lies outside of the image")
    box = None if entry["box"] is None else _box(entry["box"], hw)
    if not entry["has_probs"]:
        return State(clicks)
    probs = _checked(array(f"probs_{index}"), np.dtype(np.float32), hw if box is None else box.hw)
    tuned = entry.get("tuned")  # the first format has none
    return State(clicks, box, probs, None if tuned is None else _tuned(index, tuned, array, hw))


def _tuned(index: int, entry: dict[str, Any], array: Callable[[str], NDArray[Any]], hw: tuple[int, int]) -> Tuned:
    mode, crop, variables = entry["mode"], _box(entry["crop"], hw), array(f"variables_{index}")
    if mode not in NAMES:
        raise ValueError(f"there is no BRS mode {mode!r}")
    if not np.isfinite(variables).all():
        raise ValueError("a variable is no finite number")
    prev = _checked(array(f"prev_{index}"), np.dtype(np.float32), crop.hw) if entry["has_prev"] else None
    return Tuned(mode, crop, _checked(variables, np.dtype(np.float64), (variables.size,)), prev)


def _object(index: int, entry: dict[str, Any], array: Callable[[str], NDArray[Any]], hw: tuple[int, int]) -> CutObject:
    box = _box(entry["box"], hw)
    return CutObject(box, _checked(array(f"mask_{index}"), np.dtype(np.bool_), box.hw))


def _box(sides: list[int], hw: tuple[int, int]) -> Box:
    box = Box(*(int(side) for side in sides))
    if box.clamped(hw) != box:
        raise ValueError(f"{box} reaches out of the image")
    return box


def _checked(array: NDArray[Any], dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(f"expected an array {shape} of {dtype}, got {array.shape} of {array.dtype}")
    return array


def _json_tuned(tuned: Tuned) -> dict[str, Any]:
    return {"mode": tuned.mode, "crop": _json_box(tuned.crop), "has_prev": tuned.prev is not None}


def _json_box(box: Box | None) -> list[int] | None:
    return None if box is None else [box.top, box.left, box.bottom, box.right]


def _distinct(values: Iterable[T]) -> list[T]:
    """Each object once, by identity, in order of appearance."""
    return list({id(value): value for value in values}.values())
