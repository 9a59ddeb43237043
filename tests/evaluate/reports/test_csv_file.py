from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from clickcut.evaluate.reports.csv_file import write_csv
from tests.evaluate.reports.made_up import NAN, results_of


def test_there_is_a_row_for_every_click(tmp_path: Path) -> None:
    write_csv(tmp_path / "results.csv", results_of((0.5, 0.96), (NAN,)))

    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["set"], row["image"], row["object"], row["click"], row["iou"]) for row in rows] == [
        ("GrabCut", "0.png", "1", "1", "0.500000"),
        ("GrabCut", "0.png", "1", "2", "0.960000"),
        ("GrabCut", "1.png", "1", "1", ""),  # NaN
    ]
    assert (rows[0]["y"], rows[0]["x"], rows[0]["positive"]) == ("0", "0", "1")
    assert "biou" not in rows[0]


def test_a_name_with_commas_and_quotes_stays_one_cell(tmp_path: Path) -> None:
    results = results_of((0.5,))
    odd = replace(results, objects=(replace(results.objects[0], image='a, "b"\n.png'),))

    write_csv(tmp_path / "results.csv", odd)

    with (tmp_path / "results.csv").open(newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == ['a, "b"\n.png']
