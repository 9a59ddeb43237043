"""``clickcut evaluate --compare`` and ``--html`` from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytestmark = pytest.mark.slow

FEW = ("--max-clicks", 3)


@pytest.fixture
def two_runs(clickcut: Command, benchmark: Path, weights: Path) -> tuple[str, str]:
    """Two runs on the same set that differ by a threshold."""
    for name, threshold in (("a", 0.3), ("b", 0.6)):
        ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", name, "--threshold", threshold, *FEW)
        assert ran.status == 0, ran.err
    return "a", "b"


def test_two_runs_are_told_side_by_side(clickcut: Command, two_runs: tuple[str, str]) -> None:
    ran = clickcut("evaluate", "--compare", two_runs[0], Path(two_runs[1]) / "results.json")

    assert ran.status == 0, ran.err
    for words in ("A: tiny (a)", "B: tiny (b)", "squares", "NoC@90", "mIoU@1", "no difference shown", "Largest wins of B"):
        assert words in ran.out


def test_the_page_shows_what_was_won_and_lost(clickcut: Command, two_runs: tuple[str, str], benchmark: Path) -> None:
    value = json.loads(Path("b/results.json").read_text())
    value["objects"][0]["iou"] = [0.99] * len(value["objects"][0]["iou"])
    Path("b/results.json").write_text(json.dumps(value))

    ran = clickcut("evaluate", "--compare", *two_runs, "--html", "page.html", "--photos", benchmark.parent)

    page = Path("page.html").read_text(encoding="utf-8")
    assert ran.status == 0, ran.err
    assert "Largest wins of B" in page
    assert page.count("data:image/jpeg") == 2 * page.count('class="object"')  # A's clicks and B's: weights of no known name
    assert "its network is not here" in page


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--compare", "a", "none"), "none: expected a folder of results"),
        (("--compare", "a", "b", "--out", "c"), "measures nothing"),
        (("--compare", "a", "b", "--every", 2), "measures nothing"),
        (("--compare", "a", "b", "--photos", "sets"), "--photos: has no effect without"),
        (("--compare", "a", "b", "--html", "page.html", "--photos", "none"), "expected the folders of squares"),
        (("--compare", "a", "b", "--html", "none/page.html"), "there is no folder none"),
        (("--gallery", 3), "--gallery: has no effect without --html"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    clickcut: Command, two_runs: tuple[str, str], arguments: tuple[object, ...], told: str
) -> None:
    value = json.loads(Path("b/results.json").read_text())
    value["objects"][0]["iou"] = [0.99] * len(value["objects"][0]["iou"])
    Path("b/results.json").write_text(json.dumps(value))

    ran = clickcut("evaluate", *arguments)

    assert (ran.status, len(ran.error_lines)) == (2, 1)
    assert told in ran.err


def test_runs_by_other_protocols_are_refused(clickcut: Command, benchmark: Path, weights: Path) -> None:
    for name, limit in (("a", 2), ("b", 3)):
        clickcut("evaluate", benchmark, "--weights", weights, "--out", name, "--max-clicks", limit)

    ran = clickcut("evaluate", "--compare", "a", "b")

    assert ran.status == 2
    assert "squares: the two runs have other protocols (max_clicks 2 and 3)" in ran.err


def test_an_evaluation_writes_its_page(clickcut: Command, benchmark: Path, weights: Path) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", "--html", "page.html", "--gallery", 1, *FEW)

    page = Path("page.html").read_text(encoding="utf-8")
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[-1] == "wrote page.html"
    assert page.count("data:image/jpeg") == 6  # mask and errors after each of three clicks
    assert "click 1 +" in page


def test_a_page_without_a_gallery_asks_no_network(clickcut: Command, benchmark: Path, weights: Path) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", "--html", "page.html", "--gallery", 0, *FEW)

    assert ran.status == 0, ran.err
    assert "data:image" not in Path("page.html").read_text(encoding="utf-8")
