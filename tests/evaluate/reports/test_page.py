from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clickcut.evaluate.reports.page import mean_curve, results_page, write_page
from tests.evaluate.reports.made_up import NAN, results_of

RESULTS = results_of((0.82, 0.9, 0.96), (0.7,) * 19 + (0.91,), (0.5,) * 20)
VOID = {"meta", "img", "br"}


class Elements(HTMLParser):
    """The elements of a page; it fails where they are not nested well."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_names_no_other_file() -> None:
    page = results_page([RESULTS, results_of((0.5, 0.96), folder="Berkeley")], {})

    elements = Elements(page).found
    assert [name for name, _ in elements].count("h1") == 1
    assert not [name for name, _ in elements if name in {"script", "link", "iframe", "object", "base"}]
    assert not [found for _, found in elements if "href" in found or not str(found.get("src", "data:")).startswith("data:")]
    assert "url(" not in page
    assert "@import" not in page


def test_it_shows_curve_histograms_table_and_origin() -> None:
    page = results_page([RESULTS], {"GrabCut": "<p>the gallery</p>"})

    for part in ("Mean IoU over clicks", "clicks to IoU 0.9", "NoC@90", "<p>the gallery</p>", "What made these figures", "not recorded"):
        assert part in page
    assert "20: 0 objects" in page  # success at the last click stands apart from failure
    assert "never: 2 objects" in page


def test_every_chart_can_be_read_without_seeing_it() -> None:
    charts = [found for name, found in Elements(results_page([RESULTS], {})).found if name == "svg" and "viewbox" in found]

    assert charts
    assert all(found["role"] == "img" and found["aria-label"] for found in charts)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>", "a\x00\x1b[0m\u202eb"])
def test_a_name_is_only_ever_text(name: str) -> None:
    odd = replace(RESULTS, settings={**RESULTS.settings, "folder": name, "weights": {"file": name, "sha256": None}})

    page = results_page([odd], {})

    expected = [found for found, _ in Elements(results_page([RESULTS], {})).found]
    assert [found for found, _ in Elements(page).found] == expected
    assert not {"\x00", "\x1b", "\u202e"} & set(page)


def test_the_mean_curve_keeps_the_last_iou_of_objects_that_are_done() -> None:
    line = mean_curve(results_of((0.96,), (0.5, 0.7), max_clicks=2))

    assert [round(point.mean, 3) for point in line.points] == [0.73, 0.83]
    assert line.points[0].low == pytest.approx(0.5)


def test_an_iou_that_is_not_known_leaves_a_gap(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", [results_of((NAN, 0.96), (0.8, 0.97))])

    assert "nan" not in (tmp_path / "page.html").read_text(encoding="utf-8").partition("<details>")[0].lower()


def test_no_results_make_no_page() -> None:
    with pytest.raises(ValueError, match="at least one benchmark"):
        results_page([], {})
