"""Label maps of finished objects; undo and redo are tested through the session."""

from __future__ import annotations

import numpy as np

from clickcut.core.boxes import Box
from clickcut.predict.history import CutObject, History, Moment, label_map_of
from clickcut.predict.state import State


def test_an_object_is_kept_within_its_tight_box() -> None:
    mask = np.zeros((4, 6), np.bool_)
    mask[1, 2] = mask[2, 4] = True

    cut = CutObject.of(mask)

    assert cut.box == Box(1, 2, 3, 5)
    assert cut.mask.tolist() == [[True, False, False], [False, False, True]]


def test_a_later_object_lies_over_an_earlier_one() -> None:
    first, second = CutObject(Box(0, 0, 1, 3), np.ones((1, 3), np.bool_)), CutObject(Box(0, 2, 1, 4), np.ones((1, 2), np.bool_))

    assert label_map_of((first, second), (1, 5)).tolist() == [[1, 1, 2, 2, 0]]


def test_a_new_moment_drops_what_was_undone() -> None:
    moments = [Moment(State(), ()) for _ in range(3)]

    history = History.empty().then(moments[0]).then(moments[1]).undone().then(moments[2])

    assert history.present is moments[2]
    assert history.moments[1:] == (moments[0], moments[2])
    assert not history.can_redo
