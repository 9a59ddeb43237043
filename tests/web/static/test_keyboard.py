"""Everything without a mouse: two objects, a class, undo, export, other images; and the sheet that says how."""

from __future__ import annotations

from functools import partial

import pytest

from tests.web.static.annotator import Annotator
from tests.web.static.browser import until

# Seconds each, in a real browser.
pytestmark = pytest.mark.slow


def _walk(annotator: Annotator, keys: dict[str, int]) -> None:
    """Presses each key so many times."""
    for key, times in keys.items():
        for _ in range(times):
            annotator.page.keyboard.press(key)


def test_two_objects_are_cut_out_by_keys_alone(annotator: Annotator) -> None:
    keyboard = annotator.page.keyboard
    keyboard.press("i")
    # The first arrow shows the cursor in the middle of the image, at 200, 150; each further one moves it by 16 pixels of the screen.
    _walk(annotator, {"ArrowRight": 1, "Shift+ArrowLeft": 3})
    keyboard.press("Enter")
    first = annotator.settled().page.locator("#clicks .chip").get_attribute("title")
    keyboard.press("f")
    annotator.settled()
    _walk(annotator, {"ArrowUp": 5})
    keyboard.press("Enter")
    annotator.settled()
    keyboard.press("Shift+ArrowDown")
    keyboard.press("Shift+Enter")
    second = annotator.settled().chips
    keyboard.press("Control+z")
    annotator.settled()
    keyboard.press("f")
    annotator.settled()

    assert first == "Include at 197, 150: click here to take it out"
    assert second == ["+1", "−2"]
    assert annotator.objects == ["object 1", "object 2"]


def test_objects_are_selected_renamed_hidden_and_deleted_by_keys(annotator: Annotator) -> None:
    annotator.click(100, 150).press("f").click(300, 150).press("f")
    annotator.press("j")
    annotator.page.keyboard.press("F2")
    annotator.page.keyboard.type("handle")
    annotator.page.keyboard.press("Enter")
    until(annotator.page, lambda: annotator.objects[0] == "handle", "the new name")
    annotator.page.keyboard.press("i")
    annotator.press("Shift+H")
    hidden = annotator.page.locator("#objects .object").first.get_attribute("data-hidden")
    annotator.press("j").press("Delete")

    assert hidden == ""
    assert annotator.objects == ["handle"]


def _shows(annotator: Annotator, name: str) -> bool:
    return annotator.text("#photo-name") == name


def test_page_keys_walk_through_the_folder(annotator: Annotator) -> None:
    for key, name in (("PageDown", "two.png"), ("PageUp", "one.png"), (".", "two.png"), (",", "one.png")):
        annotator.page.keyboard.press(key)
        until(annotator.page, partial(_shows, annotator, name), f"{name} after {key}")

    assert annotator.settled().click(100, 150).chips == ["+1"]


def test_the_sheet_of_shortcuts_opens_and_closes_and_gives_the_focus_back(annotator: Annotator) -> None:
    annotator.page.keyboard.press("i")
    annotator.page.keyboard.press("?")
    shown = annotator.page.locator("#help-dialog").is_visible()
    annotator.page.keyboard.press("Escape")

    assert shown
    assert not annotator.page.locator("#help-dialog").is_visible()
    assert annotator.page.evaluate("document.activeElement.id") == "surface"


def test_keys_typed_into_a_field_do_nothing_else(annotator: Annotator) -> None:
    annotator.click(120, 150)

    annotator.page.locator("#class-name").focus()
    annotator.page.keyboard.type("finer")

    assert annotator.page.locator("#class-name").input_value() == "finer"
    assert annotator.chips == ["+1"]


def test_every_control_can_be_reached_by_tab(annotator: Annotator) -> None:
    annotator.click(120, 150)
    annotator.page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(90):
        annotator.page.keyboard.press("Tab")
        reached.add(annotator.page.evaluate("document.activeElement.id"))

    wanted = {
        "previous",
        "next",
        "undo",
        "done",
        "export",
        "import",
        "theme",
        "help",
        "surface",
        "present-class",
        "reset",
        "finish",
        "part",
    }
    assert wanted | {f"tool-{name}" for name in ("include", "exclude", "brush", "eraser", "hand")} <= reached
