from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.evaluate.reports.text import table
from clickcut.evaluate.results import write_results
from tests.evaluate.reports.made_up import NAN, results_of

RESULTS = results_of((0.82, 0.9, 0.96), (0.7,) * 19 + (0.91,), (0.5,) * 20)


def test_the_first_table_is_the_fields_to_the_letter() -> None:
    lines = table([RESULTS]).splitlines()

    assert lines[0] == "Eval results for model: net"
    assert lines[1] == lines[3] == "-" * 115
    assert lines[2].startswith("|   Cascade   |  Dataset  | NoC@80% | NoC@85% | NoC@90% | NoC@95% |>=20@85% |>=20@90% |>=20@95% | SPC,s |")
    assert lines[4] == "|  acf4_1clk  |  GrabCut  |  13.67  |  14.00  |  14.00  |  14.33  |    2    |    2    |    2    | 0.500 | 0:00:21 |"


def test_the_second_table_tells_failures_from_success_at_the_last_click() -> None:
    last = table([RESULTS]).splitlines()[-1]

    assert [cell.strip() for cell in last.strip("|").split("|")] == [
        "GrabCut",
        "3",
        *("1", "1", "2"),  # the field's >=20 says 2, 2, 2
        *("0.673", "0.720", "0.720"),  # the first object stopped after three clicks and keeps its .96
        "0.0%",
        "1.07",
        "2.00",
    ]


def cells_of(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_what_lies_beyond_the_target_or_the_clicks_is_not_claimed() -> None:
    results = results_of((0.92,), (0.5, 0.6), max_clicks=2, target=0.9)

    field_row = table([results]).splitlines()[4]

    assert cells_of(field_row)[2:9] == ["1.50", "1.50", "1.50", "?", "1", "1", "?"]
    assert cells_of(table([results]).splitlines()[-1])[5:8] == ["0.710", "?", "?"]


def test_another_target_gets_a_line_of_its_own() -> None:
    assert table([results_of((0.8, 0.98), target=0.97)]).endswith("GrabCut: NoC@97% = 2.00; >=20@97% = 0; NoF@97% = 0")


def test_an_iou_that_is_nan_leaves_only_its_mean_unknown(tmp_path: Path) -> None:
    results = results_of((NAN, 0.9), (0.96,))

    write_results(tmp_path / "results.json", results)

    assert results.summary["noc"]["90"] == 1.5
    assert results.summary["miou"]["1"] is None
    assert cells_of(table([results]).splitlines()[-1])[5:8] == ["?", "0.930", "0.930"]


def test_a_long_name_widens_its_column() -> None:
    lines = table([results_of((0.96,), folder="Berkeley-proxy-72"), RESULTS]).splitlines()

    assert len({len(line) for line in lines[1:6]}) == 1


def test_no_results_make_no_table() -> None:
    with pytest.raises(ValueError, match="at least one benchmark"):
        table([])
