"""How the page fits: from 1024 x 640 up, in both themes, for touch and pen, without jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.static.annotator import Annotator
from tests.web.static.browser import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# Seconds each, in a real browser.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [(1024, 640), (1366, 768), (1920, 1080)])
def test_nothing_overflows_and_all_tools_are_in_sight(annotator: Annotator, size: tuple[int, int]) -> None:
    annotator.page.set_viewport_size({"width": size[0], "height": size[1]})
    annotator.click(200, 150).press("f").press("j")

    wide = annotator.page.evaluate(
        """() => {
          const panel = document.querySelector(".panel");
          return [document.documentElement.scrollWidth, panel.scrollWidth - panel.clientWidth];
        }"""
    )
    outside = [
        name
        for name in ("undo", "export", "help", "tool-hand", "show-masks", "finish", "part", "present-class")
        if not annotator.page.evaluate(
            """(name) => {
              const { left, top, right, bottom } = document.getElementById(name).getBoundingClientRect();
              return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
            }""",
            name,
        )
    ]

    assert wide == [size[0], 0]
    assert outside == []


def test_finishing_an_object_moves_no_button_of_the_present_one(annotator: Annotator) -> None:
    def places() -> list[object]:
        return [
            annotator.page.locator(name).bounding_box() for name in ("#finish", "#part", "#present-class", "#surface", "#undo", "#thumbs")
        ]

    empty = places()
    annotator.click(200, 150)
    clicked = places()
    annotator.press("f")

    assert clicked == empty
    assert places() == empty


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_follows_the_system_until_one_is_chosen(browser: Browser, address: str, theme: str) -> None:
    context = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    annotator = Annotator(context.new_page(), address).open()
    system = annotator.page.evaluate("document.documentElement.dataset.theme")
    annotator.page.locator("#theme").click()
    annotator.page.reload()
    annotator.settled()
    chosen = annotator.page.evaluate("document.documentElement.dataset.theme")
    context.close()

    assert system == theme
    assert chosen == {"dark": "light", "light": "dark"}[theme]


def test_the_hint_of_the_first_use_goes_away_and_stays_away(annotator: Annotator) -> None:
    first = annotator.page.locator("#hint").is_visible()
    annotator.click(200, 250)
    clicked = annotator.page.locator("#hint").is_visible()
    annotator.page.reload()
    annotator.settled()

    assert (first, clicked, annotator.page.locator("#hint").is_visible()) == (True, False, False)


@pytest.fixture
def touched(browser: Browser, address: str) -> Annotator:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, has_touch=True)
    return Annotator(context.new_page(), address).open()


def test_a_tap_includes_and_a_long_touch_excludes(touched: Annotator) -> None:
    touched.page.touchscreen.tap(*touched.screen(120, 150))
    touched.settled()
    x, y = touched.screen(140, 150)
    session = touched.page.context.new_cdp_session(touched.page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    until(touched.page, lambda: touched.chips == ["+1", "−2"], "the click of the long touch")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    assert touched.settled().chips == ["+1", "−2"]
    touched.page.context.close()


def test_two_fingers_zoom_and_click_nothing(touched: Annotator) -> None:
    before = touched.text("#zoom-level")
    x, y = touched.screen(200, 150)
    session = touched.page.context.new_cdp_session(touched.page)
    fingers = [[{"x": x - reach, "y": y, "id": 0}, {"x": x + reach, "y": y, "id": 1}] for reach in (40, 60, 80, 100)]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": fingers[0]})
    for points in fingers[1:]:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    until(touched.page, lambda: int(touched.text("#zoom-level")[:-2]) > 1.8 * int(before[:-2]), "a closer look")
    assert touched.chips == []
    touched.page.context.close()


def test_the_strip_shows_its_images_and_filters_them(annotator: Annotator) -> None:
    def names() -> list[str]:
        return annotator.page.locator(".thumb .label").all_text_contents()

    both = names()
    annotator.click(200, 150).press("f").press("Control+Enter")
    annotator.page.locator("#filter").select_option("done")
    until(annotator.page, lambda: len(names()) == 1, "the one that is done")
    done = names()
    annotator.page.locator("#filter").select_option("all")
    annotator.page.locator("#find").fill("two")
    until(annotator.page, lambda: names() == ["two.png"], "by name")
    annotator.page.locator("#find").fill("no such image")
    until(annotator.page, lambda: annotator.page.locator("#thumbs-empty").is_visible(), "that there is none")

    assert both == ["one.png", "two.png"]
    assert done == ["one.png"]
