from __future__ import annotations

from dataclasses import replace

import pytest

from clickcut.evaluate.origin import Machine, Origin
from clickcut.evaluate.reports.markdown import markdown
from tests.evaluate.reports.made_up import results_of

ORIGIN = Origin("clickcut evaluate `a|b`", Machine("CPU", 2, 1), "2026-01-31")


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_has_a_row_for_each_of_the_results() -> None:
    lines = markdown([results_of((0.82, 0.9, 0.96)), results_of((0.7, 0.96), folder="Berkeley")]).splitlines()

    head, _, first, second = map(cells_of, lines[:4])
    assert head[:7] == ["model", "set", "cascade", "objects", "NoC@80", "NoC@85", "NoC@90"]
    assert dict(zip(head, first, strict=True))["NoC@90"] == "2.00"
    assert dict(zip(head, second, strict=True))["set"] == "Berkeley"


def test_what_one_of_them_did_not_measure_is_unknown() -> None:
    lines = markdown([results_of((0.96,)), results_of((0.92,), target=0.9)]).splitlines()

    head, _, _, second = map(cells_of, lines[:4])
    assert dict(zip(head, second, strict=True))["NoC@95"] == "?"


def test_every_row_says_what_made_it() -> None:
    told = replace(results_of((0.96,)), origin=ORIGIN)
    old = results_of((0.96,), folder="Old")

    lines = markdown([told, old]).splitlines()

    assert (
        lines[-2]
        == "- GrabCut: command `clickcut evaluate 'a/b'`; weights net.safetensors; machine CPU, 2 cores, 1 threads; date 2026-01-31."
    )
    assert lines[-1] == "- Old: command not recorded; weights net.safetensors; machine not recorded; date not recorded."


def test_names_neither_end_a_cell_nor_begin_html() -> None:
    text = markdown([results_of((0.96,), folder="a|b_c _d_\n<img src=x>")])

    assert "a\\|b_c \\_d\\_ &lt;img src=x&gt;" in text
    assert "<img" not in text


def test_no_results_make_no_table() -> None:
    with pytest.raises(ValueError, match="at least one benchmark"):
        markdown([])
