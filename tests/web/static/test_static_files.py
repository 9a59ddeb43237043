"""The page's files hold to the strict content-security-policy, work offline, name things for screen readers, and contrast enough."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.web.static.conftest import STATIC

HTML = (STATIC / "index.html").read_text(encoding="utf-8")
MODULES = sorted((STATIC / "js").glob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
TOKENS = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")


class _Elements(HTMLParser):
    """All elements with their attributes, and the text inside of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.script = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.script += data.strip()


PAGE = _Elements()
PAGE.feed(HTML)
IDS = [attributes["id"] for _, attributes in PAGE.elements if "id" in attributes]


def test_no_script_or_style_stands_in_the_page_itself() -> None:
    attributes = {name for _, given in PAGE.elements for name in given}

    assert PAGE.script == ""
    assert "style" not in attributes
    assert not [name for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("path", [*MODULES, *STYLES, STATIC / "index.html", STATIC / "icon.svg"], ids=lambda path: path.name)
def test_nothing_is_asked_of_another_host(path: object) -> None:
    text = STATIC.joinpath(str(path)).read_text(encoding="utf-8")
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", text)) - {"http://www.w3.org/2000/svg"}

    assert not [address for address in addresses if not address.startswith("//www.w3.org")]
    assert "@import" not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_set_no_markup_from_strings_and_evaluate_none(path: object) -> None:
    text = STATIC.joinpath(str(path)).read_text(encoding="utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"style\"", text)


def test_ids_are_unique_and_those_that_modules_ask_for_exist() -> None:
    asked = {name for path in MODULES for name in re.findall(r"byId\(\"([\w-]+)\"\)", path.read_text(encoding="utf-8"))}

    assert len(IDS) == len(set(IDS))
    assert asked - set(IDS) - {"defaults"} == set()  # made by refinement.js


def test_icons_that_are_used_exist() -> None:
    named = {str(attributes["href"]).removeprefix("#") for tag, attributes in PAGE.elements if tag == "use"}
    made = {f"icon-{name}" for path in MODULES for name in re.findall(r"icon(?:Button)?\(\"([\w-]+)\"", path.read_text(encoding="utf-8"))}

    assert named | made <= set(IDS)


def test_every_control_has_a_name() -> None:
    labelled = {attributes["for"] for tag, attributes in PAGE.elements if tag == "label" and "for" in attributes}
    nameless = [
        attributes.get("id")
        for tag, attributes in PAGE.elements
        if (tag in ("input", "select", "progress") and not attributes.get("aria-label") and attributes.get("id") not in labelled)
        or (tag == "button" and "icon-button" in str(attributes.get("class")) and not attributes.get("aria-label"))
    ]

    # These stand inside of their labels.
    assert set(nameless) <= {"open-images", "open-mask", "open-objects", None}


def _theme(selector: str) -> dict[str, str]:
    block = TOKENS[TOKENS.index(selector) :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


DARK = _theme(":root {")
THEMES = {"dark": DARK, "light": {**DARK, **_theme(':root[data-theme="light"]')}}


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text", ["text", "muted", "accent", "danger", "done"])
@pytest.mark.parametrize("ground", ["surface", "raised", "hover", "selected"])
def test_text_contrasts_with_what_it_stands_on(theme: str, text: str, ground: str) -> None:
    colours = THEMES[theme]

    assert _contrast(colours[text], colours[ground]) >= 4.5  # WCAG 2.2, 1.4.3, level AA


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["primary", "primary-hover"])
def test_text_on_the_main_button_contrasts(theme: str, ground: str) -> None:
    assert _contrast(THEMES[theme]["on-primary"], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("line", ["control-line", "accent"])
def test_borders_of_controls_and_the_focus_contrast(theme: str, line: str) -> None:
    assert _contrast(THEMES[theme][line], THEMES[theme]["surface"]) >= 3  # WCAG 2.2, 1.4.11
