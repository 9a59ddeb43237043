"""Results as Markdown: the table of a README or an issue, and where its figures come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from clickcut.core.files import replacing
from clickcut.evaluate.origin import NOT_RECORDED
from clickcut.evaluate.reports.figures import row, titles
from clickcut.evaluate.results import Results

_SIGNS: Final = re.compile(r"[\\|`*\[\]]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown would take for markup; an underscore within a word is none."""


def write_markdown(path: Path, all_results: Sequence[Results]) -> None:
    """Writes ``markdown`` into a file, all at once or not at all."""
    with replacing(path) as file:
        file.write(markdown(all_results).encode())


def markdown(all_results: Sequence[Results]) -> str:
    """A table with a row for each of the results, and under it a line for each that says what made it."""
    if not all_results:
        raise ValueError("a table needs the results of at least one benchmark, got none")
    columns = titles(all_results)
    rows = [[one.name, *row(one, columns)] for one in all_results]
    return "\n".join([*markdown_table(["model", *columns], rows), "", *map(_origin_line, all_results)]) + "\n"


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table; names in it may hold any characters."""
    return [_line(columns), "| " + " | ".join("---" for _ in columns) + " |", *map(_line, rows)]


def plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line: no cell ends within it, and no HTML begins."""
    escaped = _SIGNS.sub(r"\\\g<0>", " ".join(text.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Text as code within a table's cell or a line: no backtick or bar ends it early."""
    return f"`{' '.join(text.split()).replace('`', chr(39)).replace('|', '/')}`"


def origin_cells(results: Results) -> list[str]:
    """Command, weights with the start of their fingerprint, machine and day."""
    weights, origin = results.settings["weights"], results.origin
    made_of = plain(weights["file"]) + (f" {weights['sha256'][:16]}" if weights.get("sha256") else "")
    if origin is None:
        return [NOT_RECORDED, made_of, NOT_RECORDED, NOT_RECORDED]
    return [code(origin.command), made_of, plain(str(origin.machine)), plain(origin.date)]


def _origin_line(results: Results) -> str:
    command, weights, machine, date = origin_cells(results)
    return f"- {plain(results.folder)}: command {command}; weights {weights}; machine {machine}; date {date}."


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(plain, cells))} |"
