"""Pieces of HTML: escaped text, elements, a table and a whole page that needs nothing but itself."""

from __future__ import annotations

import html
from collections.abc import Sequence
from importlib.resources import files

# Nothing is fetched and nothing runs, whatever a name in the results may hold.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_LONG = 40
"""A cell of more characters is broken into lines."""


def text(value: object) -> str:
    """Text as HTML shows it, in elements and in attributes alike; what no XML may hold becomes a replacement character."""
    return html.escape("".join(letter if letter in "\n\t" or letter.isprintable() else "\ufffd" for letter in str(value)))


def element(name: str, *inside: str, **attributes: object) -> str:
    """An element around HTML; ``class_`` stands for ``class``, "_" in other names for "-", and an attribute that is None is left out."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{told}>{''.join(inside)}</{name}>"


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, num_names: int = 1) -> str:
    """A table of text that scrolls on narrow screens; the first ``num_names`` columns are names, the others figures."""
    head = element("tr", *(element("th", text(title), scope="col", class_=_kind(k, num_names)) for k, title in enumerate(columns)))
    body = (element("tr", *(_cell(words, k, num_names) for k, words in enumerate(row))) for row in rows)
    inside = element("caption", text(caption)), element("thead", head), element("tbody", *body)
    return element("div", element("table", *inside), class_="wide", tabindex="0", role="region", aria_label=caption)


def page(title: str, *body: str) -> str:
    """A whole page: no script, no font, no file but this one."""
    style = files("clickcut.evaluate.reports").joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{text(title)}</title>",
            f"<style>\n{style}</style></head>",
            f"<body><main>\n{element('h1', text(title))}",
            *body,
            "</main></body></html>\n",
        ]
    )


def _kind(column: int, num_names: int) -> str | None:
    return None if column < num_names else "figure"


def _cell(words: str, column: int, num_names: int) -> str:
    kind = "long" if len(words) > _LONG else _kind(column, num_names)
    return element("th", text(words), scope="row") if column == 0 else element("td", text(words), class_=kind)
