"""A pen on the stage: its tip, its barrel button and its other end, with the browser's own events of a pen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.static.annotator import Annotator
from tests.web.static.browser import until

# Seconds each, in a real browser.
pytestmark = pytest.mark.slow


class Pen:
    """A pen that the browser takes for a real one; places are pixels of the image."""

    def __init__(self, annotator: Annotator) -> None:
        self.annotator = annotator
        self._session = annotator.page.context.new_cdp_session(annotator.page)

    def send(self, kind: str, x: float, y: float, *, button: str = "none", force: float = 0.0, shift: tuple[float, float] = (0, 0)) -> None:
        left, top = self.annotator.screen(x, y)
        about: dict[str, Any] = {"x": left + shift[0], "y": top + shift[1], "button": button, "force": force, "pointerType": "pen"}
        held = {"none": 0, "left": 1, "right": 2}[button] if kind != "mouseReleased" else 0
        self._session.send(
            "Input.dispatchMouseEvent", {"type": kind, "buttons": held, "clickCount": 0 if kind == "mouseMoved" else 1, **about}
        )

    def tap(self, x: float, y: float, *, button: str = "left", trembling: float = 0.0) -> None:
        """Down and up again, the hand moving by so many pixels of the screen between."""
        self.send("mouseMoved", x, y)
        self.send("mousePressed", x, y, button=button, force=0.5)
        if trembling:
            self.send("mouseMoved", x, y, button=button, force=0.5, shift=(trembling, 0))
        self.send("mouseReleased", x, y, button=button, shift=(trembling, 0))
        self.annotator.settled()

    def draw(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.send("mouseMoved", *start)
        self.send("mousePressed", *start, button="left", force=0.5)
        for step in range(1, 11):
            x, y = (a + (b - a) * step / 10 for a, b in zip(start, end, strict=True))
            self.send("mouseMoved", x, y, button="left", force=0.5)
        self.send("mouseReleased", *end, button="left")
        self.annotator.settled()


@pytest.fixture
def pen(annotator: Annotator) -> Pen:
    return Pen(annotator)


def kinds(annotator: Annotator) -> None:
    """Has the page note what kinds of pointers press on it."""
    annotator.page.evaluate(
        "() => { window.kinds = []; addEventListener('pointerdown', ({ pointerType }) => window.kinds.push(pointerType), true); }"
    )


def test_the_tip_includes_and_the_barrel_button_excludes(pen: Pen) -> None:
    kinds(pen.annotator)
    pen.tap(120, 150)
    pen.tap(135, 150, button="right")

    assert pen.annotator.chips == ["+1", "−2"]
    assert pen.annotator.page.evaluate("() => window.kinds") == ["pen", "pen"]


def test_a_trembling_tip_clicks_where_it_came_down(pen: Pen) -> None:
    pen.tap(120, 150, trembling=5)

    assert pen.annotator.page.locator("#clicks .chip").get_attribute("title") == "Include at 120, 150: click here to take it out"


def test_the_tip_drawn_across_moves_the_image_and_clicks_nothing(pen: Pen) -> None:
    pen.draw((120, 150), (180, 170))

    assert pen.annotator.chips == []


def test_the_tip_paints_with_the_brush(pen: Pen) -> None:
    pen.annotator.press("b")
    pen.draw((150, 150), (250, 150))

    facts = [fact for fact in pen.annotator.text("#present-facts").split(" · ") if fact.endswith("px")]
    assert 100 * 24 < int(facts[0].removesuffix(" px").replace(",", "")) < 130 * 26


OTHER_END = """([[fromX, fromY], [toX, toY]]) => {
  const surface = document.getElementById("surface");
  const send = (kind, x, y, button, buttons) =>
    surface.dispatchEvent(new PointerEvent(kind, { pointerId: 1, pointerType: "pen", clientX: x, clientY: y, button, buttons }));
  send("pointerdown", fromX, fromY, 5, 32);
  if (toX !== fromX) send("pointermove", toX, toY, -1, 32);
  send("pointerup", toX, toY, 5, 0);
}"""
"""A press of a pen's other end, which no browser can be made to report by itself: with the pointer that there always is, the mouse's."""


def test_the_other_end_excludes_and_erases(pen: Pen) -> None:
    annotator = pen.annotator
    pen.tap(120, 150)
    annotator.page.evaluate(OTHER_END, [annotator.screen(135, 150)] * 2)
    until(annotator.page, lambda: annotator.settled().chips == ["+1", "−2"], "the exclusion")
    annotator.press("r").press("b")
    pen.draw((150, 150), (250, 150))
    painted = annotator.text("#present-facts")
    annotator.page.evaluate(OTHER_END, [annotator.screen(200, 120), annotator.screen(200, 180)])
    until(annotator.page, lambda: annotator.settled().text("#present-facts") != painted, "less of it")

    areas = [int(text.split(" px")[0].split(" · ")[-1].replace(",", "")) for text in (painted, annotator.text("#present-facts"))]
    assert areas[0] - 24 * 27 < areas[1] < areas[0] - 24 * 20
