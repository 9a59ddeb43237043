from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from clickcut.core.clicks import Click
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.reports.more_tables import figures_table, interval_table
from clickcut.evaluate.results import ObjectResult, Results, read_results, write_results
from clickcut.evaluate.spread import Spread, spread_table
from clickcut.evaluate.summary import intervals_of, summarised

CLICK = Click(0, 0, positive=True)


def measured(*ious: float, start: float | None = None, bious: tuple[float, ...] | None = None, name: str = "a.png") -> ObjectResult:
    """An object whose boundary IoUs are half of its IoUs, if nothing else is said."""
    return ObjectResult(
        name,
        1,
        (CLICK,) * len(ious),
        ious,
        encodes=1,
        passes=len(ious),
        seconds=0.5 * len(ious),
        bious=tuple(value / 2 for value in ious) if bious is None else bious,
        start_iou=start,
        start_biou=None if start is None else start / 2,
    )


def without_boundaries(*ious: float) -> ObjectResult:
    return ObjectResult("old.png", 1, (CLICK,) * len(ious), ious, encodes=1, passes=len(ious), seconds=1.0)


def results_of(objects: tuple[ObjectResult, ...], folder: str = "GrabCut", **protocol: Any) -> Results:
    return Results({"folder": folder, "weights": {"file": "net.pth", "sha256": None}, "protocol": protocol}, {}, objects)


def test_boundary_iou_is_told_after_the_first_clicks_and_the_last() -> None:
    summary = summarised([measured(0.4, 0.6, 0.96), measured(*(0.2,) * 19, 0.8)], Protocol())

    assert summary["biou"] == {"1": 0.15, "3": 0.29, "5": 0.29, "last": 0.44}


def test_results_from_before_boundary_iou_have_none() -> None:
    objects = [measured(0.4, 0.96), without_boundaries(0.5, 0.97)]

    assert "biou" not in summarised(objects, Protocol())
    assert "biou" not in intervals_of(objects, Protocol())


def test_time_and_work_are_told_by_click_and_by_object() -> None:
    summary = summarised([measured(0.4, 0.6, 0.96), measured(0.97)], Protocol())

    assert (summary["seconds_per_click"], summary["seconds_per_object"]) == (0.5, 1.0)
    assert (summary["encodes"], summary["passes"]) == (2, 4)


def test_the_cap_is_stated_and_the_field_s_twenty_clicks_are_told_beside_it() -> None:
    late = measured(*(0.5,) * 29, 0.96)
    never = measured(*(0.5,) * 100, name="b.png")

    summary = summarised([late, never], Protocol(max_clicks=100))

    assert summary["max_clicks"] == 100
    assert (summary["noc"]["95"], summary["nof"]["95"], summary["at_limit"]["95"]) == (65, 1, 1)
    assert summary["within"]["20"] == {
        "noc": {"80": 20, "85": 20, "90": 20, "95": 20},
        "at_limit": {"80": 2, "85": 2, "90": 2, "95": 2},
        "nof": {"80": 2, "85": 2, "90": 2, "95": 2},
    }
    assert "within" not in summarised([late], Protocol())


def test_starting_masks_are_clicks_that_nobody_made() -> None:
    summary = summarised([measured(0.85, 0.96, start=0.8), measured(start=0.97, name="b.png")], Protocol())

    assert summary["noc"] == {"80": 0.0, "85": 0.5, "90": 1.0, "95": 1.0}
    assert summary["start"] == {"iou": 0.885, "biou": 0.4425}
    assert summary["miou"]["1"] == 0.91
    assert summary["clicks"] == 2


def test_starting_masks_that_are_all_good_need_no_time() -> None:
    summary = summarised([measured(start=0.97)], Protocol())

    assert (summary["seconds_per_click"], summary["passes_per_click"], summary["drops"]) == (0.0, 0.0, None)


def test_intervals_hold_the_means_and_grow_with_what_varies() -> None:
    objects = [measured(0.5, 0.9, 0.96), measured(0.96), measured(0.7, 0.8, 0.85, 0.9, 0.95)]

    intervals, summary = intervals_of(objects, Protocol()), summarised(objects, Protocol())

    low, high = intervals["noc"]["95"] or (math.nan, math.nan)
    assert 1 <= low < summary["noc"]["95"] < high <= 5
    assert intervals.keys() == {"noc", "miou", "biou"}
    assert intervals_of([measured(0.96)], Protocol())["noc"]["95"] == [1, 1]


def test_a_mean_that_is_nan_has_no_interval() -> None:
    assert intervals_of([measured(math.nan, 0.96), measured(0.97)], Protocol())["miou"]["1"] is None


@pytest.mark.parametrize("objects", [(measured(0.5, 0.96),), (measured(0.9, 0.96, start=0.8), measured(start=0.99, name="b.png"))])
def test_boundary_ious_starts_and_intervals_are_written_and_read_back(tmp_path: Path, objects: tuple[ObjectResult, ...]) -> None:
    results = results_of(objects)

    write_results(tmp_path / "results.json", results)

    assert read_results(tmp_path / "results.json").objects == objects
    assert '"intervals"' in (tmp_path / "results.json").read_text()


@pytest.mark.parametrize("damage", [{"iou": [], "biou": [], "clicks": []}, {"biou": [0.5]}])
def test_an_object_with_counts_that_do_not_fit_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="IoUs"):
        ObjectResult.from_json({**measured(0.5, 0.96).to_json(), **damage})


def test_the_figures_table_tells_what_the_field_leaves_out() -> None:
    lines = figures_table([results_of((measured(0.5, 0.96),)), results_of((without_boundaries(0.96),), "Berkeley")]).splitlines()

    assert [cell.strip() for cell in lines[-2].strip("|").split("|")] == [
        "GrabCut",
        *("0.250", "0.480", "0.480", "0.480"),
        *("0.500", "1.00", "1", "2"),
    ]
    assert lines[-1].count("?") == 4


def test_more_clicks_than_the_field_s_are_set_against_its_twenty() -> None:
    results = results_of((measured(*(0.5,) * 29, 0.96),), max_clicks=100)

    assert figures_table([results]).splitlines()[-1] == (
        "GrabCut: NoC100@90% = 30.00, NoF100@90% = 0; NoC100@95% = 30.00, NoF100@95% = 0; "
        "NoC20@90% = 20.00, NoF20@90% = 1; NoC20@95% = 20.00, NoF20@95% = 1"
    )


def test_the_interval_table_has_a_mean_and_its_ends_in_each_cell() -> None:
    table = interval_table([results_of((measured(0.5, 0.96), measured(0.97, name="b.png")))])

    assert "1.50 [1.00, 2.00]" in table.splitlines()[-1]


def _run(*curves: tuple[float, ...], **protocol: Any) -> Results:
    return results_of(tuple(measured(*curve, name=f"{k}.png") for k, curve in enumerate(curves)), **protocol)


def _spread() -> Spread:
    """Two objects; the first is harder for people, and differently so."""
    centre = _run((0.96,), (0.97,))
    jittered = [_run((0.7, 0.96), (0.97,), clicks="jittered"), _run((0.7, 0.8, 0.9, 0.96), (0.97,), clicks="jittered", seed=1)]
    return Spread(centre, {"jittered": jittered, "random": [_run((0.7, 0.8, 0.96), (0.97,), clicks="random")]})


def test_the_spread_is_between_runs_and_beside_it_that_on_one_object() -> None:
    spread = _spread()

    rows = spread.rows
    assert rows["centre"].means["NoC@95%"] == 1
    assert (rows["jittered"].runs, rows["jittered"].means["NoC@95%"]) == (2, 2.0)  # of 1.5 and 2.5
    assert rows["jittered"].deviations is not None
    assert rows["jittered"].deviations["NoC@95%"] == pytest.approx(math.sqrt(0.5))
    assert rows["random"].deviations is None
    assert rows["all but centre"].means["NoC@95%"] == 2.0
    assert spread.within_objects["NoC@95%"] == pytest.approx(0.5)  # 2, 4 and 3 clicks on one object; 1, 1 and 1 on the other


def test_the_spread_s_table_has_a_row_for_each_way_to_click() -> None:
    lines = spread_table(_spread()).splitlines()

    assert [line.strip("|").split("|")[0].strip() for line in lines[4:9]] == [
        "centre",
        "jittered",
        "random",
        "all but centre",
        "one object",
    ]
    assert "2.00 ± 0.71" in lines[5]
    assert lines[-1].startswith("against clicks at the centre: NoC@80% +")
    assert lines[-1].endswith("NoC@95% +100.0%")


def test_runs_of_other_objects_make_no_spread() -> None:
    with pytest.raises(ValueError, match="different objects"):
        Spread(_run((0.96,)), {"random": [_run((0.96,), (0.97,))]})
