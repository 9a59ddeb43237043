"""What the README shows exists: its Python compiles and uses names that are there, its make targets and links lead somewhere."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

import clickcut
from clickcut.cli.app import app
from clickcut.client import RemoteSession

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_its_python_compiles_and_uses_public_names() -> None:
    used: dict[str, set[str]] = {"clickcut": set(), "session": set(), "s": set()}
    for block in _blocks("python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used[node.value.id].add(node.attr)

    assert used["clickcut"] - {"core"} <= set(clickcut.__all__)
    assert used["session"] <= set(dir(clickcut.Session))
    assert used["s"] <= set(dir(RemoteSession))


def test_its_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`|\s)make (\w+)", README))

    assert targets >= {"demo", "test"}
    assert all(f"\n{target}:" in makefile for target in targets)


def _command_lines() -> list[list[str]]:
    """What follows the word ``clickcut`` on the lines of the README's consoles."""
    lines = [shlex.split(line, comments=True) for block in _blocks("console") for line in block.splitlines()]
    return [words[1:] for words in lines if words and words[0] == "clickcut"]


def test_every_command_is_shown() -> None:
    assert {words[0] for words in _command_lines()} >= {
        "predict",
        "evaluate",
        "train",
        "convert",
        "inspect",
        "weights",
        "annotate",
        "export-masks",
        "import-masks",
        "data",
    }


@pytest.mark.parametrize("words", _command_lines(), ids=" ".join)
def test_its_command_lines_parse(words: list[str]) -> None:
    command, _, ignored = app.parse_args(words, exit_on_error=False, print_error=False)

    # `weights list` is list_weights, `data build cocolvis` is cocolvis
    assert command.__name__ in (words[0].replace("-", "_"), f"{words[1]}_{words[0]}", *words[2:3])
    assert not ignored


def test_its_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)

    assert not [link for link in links if not (ROOT / link).exists()]
