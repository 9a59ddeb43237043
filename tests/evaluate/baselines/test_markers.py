from __future__ import annotations

from clickcut.core.clicks import Click
from clickcut.evaluate.baselines.markers import OBJECT, OTHER, markers_of


def test_a_click_marks_the_fields_disk() -> None:
    markers = markers_of((40, 60), (Click(20, 30, positive=True),))

    assert (markers[20, 25:36] == OBJECT).all()
    assert (markers[20, 24], markers[20, 36]) == (0, 0)


def test_the_edge_is_not_the_object_but_near_a_positive_click() -> None:
    markers = markers_of((40, 60), (Click(20, 6, positive=True),))

    assert (markers[:, -1] == OTHER).all()
    assert markers[20, 0] == 0
    assert (markers[0, 0], markers[39, 0]) == (OTHER, OTHER)


def test_a_later_click_counts_where_two_overlap() -> None:
    markers = markers_of((40, 60), (Click(20, 30, positive=True), Click(20, 34, positive=False)))

    assert markers[20, 32] == OTHER
    assert markers[20, 26] == OBJECT


def test_without_clicks_only_the_edge_is_known() -> None:
    markers = markers_of((5, 6), ())

    assert (markers[1:-1, 1:-1] == 0).all()
    assert (markers[0] == OTHER).all()
