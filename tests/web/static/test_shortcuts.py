"""The table of shortcuts: no key means two things, and keys are recognised whatever the keyboard's layout makes of Shift."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

GROUPS = "async () => (await import('/static/js/shortcuts.js')).GROUPS"
ACTION = """async (event) => {
  const { actionOf } = await import("/static/js/shortcuts.js");
  return actionOf({ shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...event }) ?? null;
}"""


def test_no_key_asks_for_two_things(modules: Page) -> None:
    keys = Counter(key for group in modules.evaluate(GROUPS) for shortcut in group["shortcuts"] for key in shortcut["keys"])

    assert not [key for key, times in keys.items() if times > 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "action"),
    [
        ({"key": "z", "code": "KeyZ", "ctrlKey": True}, "undo"),
        ({"key": "Z", "code": "KeyZ", "ctrlKey": True, "shiftKey": True}, "redo"),
        ({"key": "z", "code": "KeyZ", "metaKey": True}, "undo"),  # macOS
        ({"key": "F", "code": "KeyF"}, "finish"),  # caps lock
        ({"key": "?", "code": "Slash", "shiftKey": True}, "help"),
        ({"key": "?", "code": "Minus", "shiftKey": True}, "help"),  # a German keyboard
        ({"key": "+", "code": "BracketRight"}, "zoom-in"),
        ({"key": "+", "code": "Equal", "shiftKey": True}, "zoom-in"),
        ({"key": "0", "code": "Digit0"}, "fit"),
        ({"key": ")", "code": "Digit0", "shiftKey": True}, "actual"),
        ({"key": "3", "code": "Digit3"}, "class"),
        ({"key": "3", "code": "Numpad3"}, "class"),
        ({"key": "Enter", "code": "Enter", "ctrlKey": True}, "done"),
        ({"key": "f", "code": "KeyF", "altKey": True}, None),  # the browser's menu
        ({"key": "f", "code": "KeyF", "ctrlKey": True}, None),  # the browser's search
    ],
)
def test_a_key_asks_for_its_action(modules: Page, event: dict[str, Any], action: str | None) -> None:
    assert modules.evaluate(ACTION, event) == action
