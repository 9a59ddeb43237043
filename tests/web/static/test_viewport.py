"""Zooming and panning: where a place of the image lies on the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGE, STAGE = {"width": 1600, "height": 1200}, {"width": 1000, "height": 640}


def _run(modules: Page, body: str, given: Any = None) -> Any:
    """What ``body`` gives, with the module's exports as ``v``, the sizes, and ``given``."""
    script = f"async ([image, stage, given]) => {{ const v = await import('/static/js/viewport.js'); {body} }}"
    return modules.evaluate(script, [IMAGE, STAGE, given])


def test_a_fitted_image_lies_in_the_middle_and_inside(modules: Page) -> None:
    view = _run(modules, "return v.fitted(image, stage);")

    assert view["left"] > 0
    assert view["top"] > 0
    assert view["left"] * 2 + 1600 * view["scale"] == pytest.approx(1000)
    assert view["top"] * 2 + 1200 * view["scale"] == pytest.approx(640)


@pytest.mark.parametrize("factor", [1.2, 3, 0.9])
def test_zooming_keeps_the_place_under_the_pointer(modules: Page, factor: float) -> None:
    before, after = _run(
        modules,
        "const at = { x: 600, y: 200 }; const view = v.fitted(image, stage);"
        "return [v.toImage(view, at), v.toImage(v.zoomed(view, given, at, image, stage), at)];",
        factor,
    )

    assert after == pytest.approx(before)


def test_zooming_ends_at_forty_screen_pixels_for_one_of_the_image(modules: Page) -> None:
    assert _run(modules, "return v.zoomed(v.fitted(image, stage), 1e6, { x: 500, y: 300 }, image, stage).scale;") == 40


@pytest.mark.parametrize("by", [{"x": 1e5, "y": 0}, {"x": -1e5, "y": 1e5}, {"x": 0, "y": -1e5}])
def test_panning_never_loses_the_image(modules: Page, by: dict[str, float]) -> None:
    view = _run(modules, "return v.panned(v.fitted(image, stage), given, image, stage);", by)

    assert view["left"] < STAGE["width"]
    assert view["top"] < STAGE["height"]
    assert view["left"] + 1600 * view["scale"] > 0
    assert view["top"] + 1200 * view["scale"] > 0


@pytest.mark.parametrize(
    ("place", "pixel"),
    [
        ({"x": 10.0, "y": 20.0}, {"x": 0, "y": 0}),  # the image's own corner
        ({"x": 13.9, "y": 20.0}, {"x": 1, "y": 0}),
        ({"x": 9.9, "y": 20.0}, None),
        ({"x": 10 + 2 * 1600, "y": 20.0}, None),
    ],
)
def test_a_place_on_the_stage_lies_on_the_pixel_that_covers_it(
    modules: Page, place: dict[str, float], pixel: dict[str, int] | None
) -> None:
    assert _run(modules, "return v.pixelAt({ scale: 2, left: 10, top: 20 }, given, image);", place) == pixel
