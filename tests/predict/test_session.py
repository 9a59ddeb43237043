"""Sessions: clicks, undo and redo, starting masks, several objects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickcut.core.clicks import Click
from clickcut.model.fit import AsIs
from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import Scene
from clickcut.predict.session import Session
from clickcut.predict.zoom import Zoom
from tests.predict.fakes import FormulaNetwork, ellipse, grey, small_session


def test_a_new_session_shows_nothing() -> None:
    session = small_session()

    assert session.mask.shape == session.hw == (60, 80)
    assert not session.mask.any()
    assert not session.label_map().any()
    assert session.clicks == ()
    assert not session.can_undo
    assert not session.can_redo


def test_a_click_gives_the_mask_that_the_session_shows() -> None:
    session = small_session()

    mask = session.click(y=30, x=60)

    assert mask[30, 60]
    assert np.array_equal(mask, session.mask)
    assert np.array_equal(mask, session.probs > 0.49)
    assert session.clicks == (Click(30, 60, True),)


@pytest.mark.parametrize(
    ("y", "x"), [(-1, 5), (60, 5), (5, 80), (5, -0.1), (float("nan"), 5), (5, float("inf")), (float("-inf"), float("nan"))]
)
def test_a_click_outside_of_the_image_is_an_error_that_names_its_size(y: float, x: float) -> None:
    session = small_session()

    with pytest.raises(ValueError, match=r"80 (x|pixels wide and) 60"):
        session.click(y=y, x=x)

    assert session.clicks == ()
    assert not session.can_undo


def test_a_click_may_lie_on_the_very_edge() -> None:
    session = small_session(Predictor(FormulaNetwork(AsIs()), Zoom(min_side=20), flip=True))

    for y, x in ((0, 0), (59.9, 79.9), (np.float32(59), np.int64(0))):
        session.click(y=float(y), x=float(x))

    assert len(session.clicks) == 3


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 79), st.booleans()), min_size=1, max_size=5),
    st.tuples(st.integers(0, 59), st.integers(0, 79), st.booleans()),
)
def test_undo_after_a_click_is_the_identity(clicks: list[tuple[int, int, bool]], last: tuple[int, int, bool]) -> None:
    session = small_session(Predictor(FormulaNetwork(AsIs()), Zoom(min_side=20), Cascade(2, adaptive=True, clicks=3), flip=True))
    for y, x, positive in clicks:
        session.click(y=y, x=x, positive=positive)
    state, probs = session.state, session.probs

    after = session.click(y=last[0], x=last[1], positive=last[2])
    undone = session.undo()

    assert undone
    assert session.state is state
    assert np.array_equal(session.probs, probs)
    # The same click again answers the same, to the last bit, and so does redo
    assert np.array_equal(session.click(y=last[0], x=last[1], positive=last[2]), after)
    session.undo()
    session.redo()
    assert np.array_equal(session.mask, after)


def test_undo_and_redo_walk_through_every_kind_of_change() -> None:
    session = small_session()
    session.click(y=30, x=60)
    session.finish_object()
    session.start_from(ellipse((60, 80), (20, 20), (8, 8)))
    session.click(y=20, x=20)
    session.reset()
    shown = []
    while session.undo():
        shown.append((len(session.clicks), int(session.mask.sum() > 0), session.num_objects))

    assert shown == [(1, 1, 1), (0, 1, 1), (0, 0, 1), (1, 1, 0), (0, 0, 0)]
    assert not session.undo()

    while session.redo():
        pass

    assert (session.clicks, session.num_objects) == ((), 1)
    assert not session.redo()


def test_a_new_click_makes_redo_impossible() -> None:
    session = small_session()
    session.click(y=30, x=60)
    session.undo()

    session.click(y=31, x=61)

    assert not session.can_redo
    assert session.clicks == (Click(31, 61, True),)


def test_reset_drops_clicks_and_mask_but_no_finished_object() -> None:
    session = small_session()
    session.click(y=30, x=60)
    session.finish_object()
    label_map = session.label_map()
    session.click(y=30, x=10)

    session.reset()

    assert session.clicks == ()
    assert not session.mask.any()
    assert np.array_equal(session.label_map(), label_map)


def test_a_starting_mask_is_shown_before_any_click() -> None:
    session = small_session(Predictor(FormulaNetwork(AsIs()), Zoom(min_side=20)))
    session.click(y=5, x=5)
    mask = ellipse((60, 80), (20, 30), (8, 12))

    session.start_from(mask.astype(np.uint8) * 255)

    assert np.array_equal(session.mask, mask)
    assert session.clicks == ()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((60, 81), np.bool_), r"shape \(60, 80\) \(height, width\), got \(60, 81\)"),
        (np.ones((60, 80, 1), np.bool_), "got"),
        (np.ones((60, 80), np.float32), "got float32"),
        (np.zeros((60, 80), np.bool_), "empty"),
    ],
)
def test_a_starting_mask_that_does_not_fit_is_refused(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small_session().start_from(mask)


def with_two_overlapping_objects(*, over: bool) -> Session:
    """Rows 10 to 29, then rows 20 to 39."""
    session = small_session()
    for top in (10, 20):
        mask = np.zeros((60, 80), np.bool_)
        mask[top : top + 20] = True
        session.start_from(mask)
        session.finish_object(over=over)
    return session


@pytest.mark.parametrize(("over", "first", "second"), [(False, (10, 30), (30, 40)), (True, (10, 20), (20, 40))])
def test_objects_share_no_pixel(*, over: bool, first: tuple[int, int], second: tuple[int, int]) -> None:
    labels = with_two_overlapping_objects(over=over).label_map()[:, 0]

    assert labels.dtype == np.uint8
    assert np.flatnonzero(labels == 1).tolist() == list(range(*first))
    assert np.flatnonzero(labels == 2).tolist() == list(range(*second))


def test_finishing_gives_labels_from_1_and_begins_anew() -> None:
    session = small_session()
    session.click(y=30, x=60)

    label = session.finish_object()

    assert label == session.num_objects == 1
    assert session.clicks == ()
    assert not session.mask.any()


def test_finishing_takes_an_object() -> None:
    session = small_session()
    with pytest.raises(ValueError, match="no object to finish"):
        session.finish_object()

    session.start_from(np.ones((60, 80), np.bool_))
    session.finish_object()
    session.start_from(np.ones((60, 80), np.bool_))
    with pytest.raises(ValueError, match="finished objects hold all"):
        session.finish_object()


def test_a_label_map_is_full_at_254_objects() -> None:
    session = small_session()
    for index in range(254):
        mask = np.zeros((60, 80), np.bool_)
        mask[index % 60, index // 60] = True
        session.start_from(mask)
        session.finish_object()
    session.start_from(np.ones((60, 80), np.bool_))

    with pytest.raises(ValueError, match="at most 254 objects"):
        session.finish_object()

    assert session.label_map().max() == 254


def test_sessions_on_one_scene_share_its_features() -> None:
    predictor, scene = Predictor(FormulaNetwork(AsIs()), Zoom()), Scene(grey())

    Session(predictor, scene).click(y=30, x=60)
    Session(predictor, scene).click(y=10, x=70)

    assert (scene.num_passes, scene.num_encodes) == (2, 1)


def test_a_session_that_forgot_its_past_goes_on_and_has_nothing_to_undo() -> None:
    session, other = small_session(), small_session()
    for one in (session, other):
        one.click(y=30, x=60)
    session.forget_past()

    assert not session.undo()
    for one in (session, other):
        one.click(y=30, x=20, positive=False)
    assert session.clicks == other.clicks
    np.testing.assert_array_equal(session.probs, other.probs)
    assert session.undo()
    assert len(session.clicks) == 1
