"""docs/parity.md: it has a row for every quirk, and the tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARITY = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")


def test_every_quirk_has_one_row() -> None:
    rows = re.findall(r"^\| Q(\d+) \|", PARITY, re.MULTILINE)

    assert sorted(map(int, rows)) == list(range(1, 53))


def test_every_named_test_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PARITY))
    missing = [f"{file}::{test}" for file, test in sorted(named) if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")]

    assert named
    assert not missing


def test_every_named_home_exists() -> None:
    homes = set(re.findall(r"`((?:core|model|predict|data|evaluate|train|cli)/\w+\.py)`", PARITY))

    assert not [home for home in sorted(homes) if not (ROOT / "src" / "clickcut" / home).is_file()]
