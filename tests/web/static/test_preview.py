"""The preview: what a click would give, drawn under the pointer before it is made, and without making it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.static.annotator import Annotator
from tests.web.static.browser import until

# Seconds each, in a real browser.
pytestmark = pytest.mark.slow

DRAWN = """() => {
  const sheet = document.querySelectorAll("#stage canvas")[1];
  const { data, width, height } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
  const seen = { left: width, top: height, right: -1, bottom: -1 };
  for (let at = 3; at < data.length; at += 4) {
    if (data[at] === 0) continue;
    const [x, y] = [((at - 3) / 4) % width, Math.floor((at - 3) / 4 / width)];
    seen.left = Math.min(seen.left, x);
    seen.top = Math.min(seen.top, y);
    seen.right = Math.max(seen.right, x);
    seen.bottom = Math.max(seen.bottom, y);
  }
  return seen.right < 0 ? null : seen;
}"""
"""The box, in pixels of the screen, that the masks' sheet shows anything in; null for an empty sheet."""


@pytest.fixture
def previewing(annotator: Annotator) -> Annotator:
    """The preview switched on, marks of clicks made small."""
    annotator.page.locator("#section-view summary").click()
    annotator.page.locator("#preview").check()
    annotator.page.locator("#radius").fill("0")
    return annotator


def drawn(annotator: Annotator) -> Any:
    return annotator.page.evaluate(DRAWN)


def test_the_mask_that_a_click_would_give_is_outlined_under_the_pointer(previewing: Annotator) -> None:
    previewing.page.mouse.move(*previewing.screen(200, 150))
    preview = until(previewing.page, lambda: drawn(previewing), "the preview")
    before = previewing.chips
    previewing.click(200, 150)
    made = drawn(previewing)

    assert before == []
    assert preview["right"] - preview["left"] > 60
    # The same mask, with an outline of the same width.
    assert all(abs(preview[side] - made[side]) <= 1 for side in preview)


def test_it_follows_the_pointer_and_is_gone_with_it(previewing: Annotator) -> None:
    previewing.page.mouse.move(*previewing.screen(100, 150))
    left = until(previewing.page, lambda: drawn(previewing), "the first preview")
    previewing.page.mouse.move(*previewing.screen(300, 150))
    right = until(previewing.page, lambda: (now := drawn(previewing)) and now["left"] > left["right"] and now, "the second preview")
    previewing.page.mouse.move(5, 5)

    until(previewing.page, lambda: drawn(previewing) is None, "an empty sheet")
    assert right["left"] - left["left"] == right["right"] - left["right"]


def test_it_is_asked_for_once_the_pointer_rests_and_never_where_it_is_off(previewing: Annotator) -> None:
    asked: list[str] = []
    previewing.page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/preview") else None)
    for x in range(100, 300, 20):
        previewing.page.mouse.move(*previewing.screen(x, 150))
    until(previewing.page, lambda: drawn(previewing), "the preview")
    while_moving = len(asked)
    previewing.page.locator("#preview").uncheck()
    previewing.page.mouse.move(*previewing.screen(120, 90))
    previewing.page.wait_for_timeout(400)

    assert 1 <= while_moving < 10
    assert len(asked) == while_moving
