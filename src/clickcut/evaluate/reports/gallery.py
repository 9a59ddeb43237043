"""A gallery: objects of an evaluation click by click, each mask with its errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

from clickcut.core.images import Rgb
from clickcut.evaluate.benchmark import BenchmarkObject
from clickcut.evaluate.reports.choice import Chosen, chosen
from clickcut.evaluate.reports.html import element, text
from clickcut.evaluate.reports.pictures import data_uri, mask_and_errors
from clickcut.evaluate.reports.replay import Replay, clicks_to_show, replayed, with_pixels
from clickcut.evaluate.results import ObjectResult, Results
from clickcut.evaluate.start_masks import start_mask_for
from clickcut.predict.predictor import Predictor

MOST_OBJECTS: Final = 48
"""A page with more takes tens of megabytes."""
MOST_CLICKS: Final = 20
"""Of one object; of more the first and the last ones are shown."""

_SAME: Final = 0.005

OnShown = Callable[[int, int], None]
"""Told how many objects of how many are drawn."""


def check_num_objects(num_objects: int) -> None:
    """ValueError for a gallery that nobody can want."""
    if not 0 <= num_objects <= MOST_OBJECTS:
        raise ValueError(f"a gallery shows 0 to {MOST_OBJECTS} objects of a set, got {num_objects}")


def gallery(
    results: Results,
    objects: Iterable[BenchmarkObject],
    predictor: Predictor,
    num_objects: int,
    *,
    on_shown: OnShown = lambda done, total: None,
) -> str:
    """HTML of so many objects of a set, whose masks are made again from the stored clicks."""
    check_num_objects(num_objects)
    wanted = {one.result.key: one for one in chosen(results.objects, results.protocol, num_objects)}
    drawn: list[str] = []
    on_shown(0, len(wanted))
    for one, image, target in with_pixels(objects, wanted):
        choice = wanted[one.key]
        shown = clicks_to_show(len(choice.result.clicks), MOST_CLICKS)
        drawn.append(
            _object(choice, replayed(image, target, choice.result, predictor, shown, start_mask_for(one, target, results.protocol)))
        )
        on_shown(len(drawn), len(wanted))
    return "".join(drawn)


def legend() -> str:
    """What the colours of the pictures mean."""
    missed = element("span", class_="key missed", aria_hidden="true") + "blue: missed"
    excess = element("span", class_="key excess", aria_hidden="true") + "orange: wrongly taken in"
    words = (
        "Above, the mask within its white line, with all clicks so far: green plus on the object, red minus beside it. Below, its errors:"
    )
    return element("p", f"{words}{missed}{excess}.", class_="soft")


def _object(choice: Chosen, replay: Replay) -> str:
    result = choice.result
    head = element("h3", element("span", choice.reason, class_=f"badge {choice.reason}"), text(object_name(result)))
    told = element("p", text(f"{_counted(len(result.clicks))}, last IoU {_iou(result.ious[-1])}"), class_="soft")
    panels = [_panel(result, replay, k) for k in range(len(replay.shown))]
    attributes = {"class_": "clicks", "tabindex": "0", "aria_label": f"{object_name(result)}, click by click"}
    return element("section", head, told, element("ol", *panels, **attributes), class_="object")


def object_name(result: ObjectResult) -> str:
    return f"{result.image}, object {result.object_id}"


def _panel(result: ObjectResult, replay: Replay, k: int) -> str:
    """The pictures of the ``k``-th shown click."""
    number, mask = replay.shown[k], replay.masks[k]
    click, stored = result.clicks[number - 1], result.ious[number - 1]
    masked, errors = mask_and_errors(replay.image, replay.target, mask, result.clicks[:number])
    words = f"click {number} {'+' if click.positive else '−'} {iou_words(stored, replay.ious[k])}"
    about = f"{object_name(result)} after click {number}"
    pictures = picture(masked, f"mask of {about}"), picture(errors, f"errors of {about}")
    return element("li", element("figure", *pictures, element("figcaption", text(words))))


def picture(pixels: Rgb, about: str) -> str:
    """An image of (H, W, 3) pixels, for those who cannot see it as well."""
    return f'<img alt="{text(about)}" width="{pixels.shape[1]}" height="{pixels.shape[0]}" src="{data_uri(pixels)}">'


def iou_words(stored: float, made_again: float) -> str:
    """The IoU that was measured, and that of the mask that is shown where it is another: the page does not hide it."""
    told = f"IoU {_iou(stored)}"
    return told if _close(stored, made_again) else f"{told} (made again: {_iou(made_again)})"


def _counted(num_clicks: int) -> str:
    return "1 click" if num_clicks == 1 else f"{num_clicks} clicks"


def _iou(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{value:.3f}"


def _close(first: float, second: float) -> bool:
    return abs(first - second) < _SAME or (math.isnan(first) and math.isnan(second))
