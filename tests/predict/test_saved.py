"""Saved sessions: exact to the last bit, and no way in for a file that is not one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clickcut.model.fit import AsIs
from clickcut.predict.brs import Brs, Mode
from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session
from clickcut.predict.zoom import Zoom
from tests.predict.fakes import FormulaNetwork, ellipse, grey, small_session
from tests.predict.two_stage import TwoStage


def predictor() -> Predictor:
    return Predictor(FormulaNetwork(AsIs()), Zoom(min_side=20), Cascade(1), flip=True)


def busy_session() -> Session:
    """Two objects, a starting mask, something undone, and clicks whose coordinates have no short decimal form."""
    session = small_session(predictor())
    session.click(y=0.1 + 0.2, x=60)
    session.finish_object()
    session.start_from(ellipse((60, 80), (20, 20), (8, 8)))
    session.finish_object()
    session.click(y=100 / 3, x=200 / 3)
    session.click(y=40, x=10, positive=False)
    session.click(y=41, x=11, positive=False)
    session.undo()
    return session


def test_a_restored_session_is_the_saved_one_with_all_that_it_can_undo_and_redo(tmp_path: Path) -> None:
    saved = busy_session()
    saved.save(tmp_path / "session.npz")

    restored = Session.restore(tmp_path / "session.npz", predictor(), grey())

    assert restored.redo() is saved.redo() is True
    assert not restored.can_redo
    while True:
        assert restored.clicks == saved.clicks
        assert restored.state.box == saved.state.box
        assert (restored.state.probs is None) == (saved.state.probs is None)
        assert np.array_equal(restored.probs, saved.probs)
        assert np.array_equal(restored.label_map(), saved.label_map())
        assert restored.can_undo is saved.can_undo
        if not (saved.undo() and restored.undo()):
            break


def test_a_restored_session_goes_on_as_the_saved_one(tmp_path: Path) -> None:
    saved = busy_session()
    saved.save(tmp_path / "session.npz")
    restored = Session.restore(tmp_path / "session.npz", predictor(), grey())

    assert np.array_equal(saved.click(y=30, x=50), restored.click(y=30, x=50))


def test_saving_takes_the_place_of_an_older_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "any.name"
    small_session().save(path)
    busy_session().save(path)

    assert [file.name for file in tmp_path.iterdir()] == ["any.name"]
    assert Session.restore(path, predictor(), grey()).num_objects == 2


def test_a_session_of_another_image_is_refused(tmp_path: Path) -> None:
    busy_session().save(tmp_path / "session.npz")
    other = grey()
    other[0, 0, 0] ^= 1

    with pytest.raises(ValueError, match="belongs to an image 80 x 60, but this one is 80 x 61"):
        Session.restore(tmp_path / "session.npz", predictor(), grey(61))
    with pytest.raises(ValueError, match="another image of the same size"):
        Session.restore(tmp_path / "session.npz", predictor(), other)


@pytest.mark.parametrize("mode", ["rgb-brs", "f-brs-b"])
def test_what_refinement_keeps_comes_back_to_the_last_bit(tmp_path: Path, mode: Mode) -> None:
    saved = small_session(Predictor(TwoStage(), Zoom(min_side=20), flip=True, brs=Brs(mode, 2)))
    for x in (60, 50, 40):
        saved.click(y=30, x=x, positive=x != 50)
    saved.save(tmp_path / "session.npz")

    restored = Session.restore(tmp_path / "session.npz", saved.predictor, grey())

    kept, found = saved.state.tuned, restored.state.tuned
    assert kept is not None
    assert found is not None
    assert (found.mode, found.crop) == (kept.mode, kept.crop)
    assert np.array_equal(found.variables, kept.variables)
    assert (found.prev is None) == (kept.prev is None) == (mode == "rgb-brs")
    assert found.prev is None or kept.prev is None or np.array_equal(found.prev, kept.prev)


def test_a_file_of_the_first_format_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "session.npz"
    busy_session().save(path)
    with np.load(path) as file:
        arrays = dict(file)
    content = json.loads(str(arrays["content"]))
    content["format"] = "clickcut-session-1"
    for state in content["states"]:
        del state["tuned"]
    np.savez(path, **{**arrays, "content": np.array(json.dumps(content))})

    restored = Session.restore(path, predictor(), grey())

    assert np.array_equal(restored.probs, busy_session().probs)
    assert restored.state.tuned is None


def tuned_state(**changes: Any) -> dict[str, Any]:
    """A state as the text has it whose mask and whose previous mask are those of the whole image."""
    tuned = {"mode": "f-brs-b", "crop": [0, 0, 60, 80], "has_prev": False, **changes}
    return {"states": [{"clicks": [], "box": None, "has_probs": True, "tuned": tuned}], "moments": [{"state": 0, "objects": []}], "now": 0}


WHOLE = np.zeros((60, 80), np.float32)


def test_the_tampered_files_below_would_be_read_without_their_damage(tmp_path: Path) -> None:
    tampered(tmp_path / "session.npz", **tuned_state(), probs_0=WHOLE, variables_0=np.zeros(8))

    restored = Session.restore(tmp_path / "session.npz", predictor(), grey())

    assert restored.state.tuned is not None


@pytest.mark.parametrize(
    "changes",
    [
        {**tuned_state(mode="NoBRS"), "variables_0": np.zeros(8)},
        {**tuned_state(crop=[0, 0, 61, 80]), "variables_0": np.zeros(8)},
        {**tuned_state(has_prev=True), "variables_0": np.zeros(8)},
        {**tuned_state(has_prev=True), "variables_0": np.zeros(8), "prev_0": WHOLE[1:]},
        {**tuned_state(), "variables_0": np.zeros(8, np.float32)},
        {**tuned_state(), "variables_0": np.zeros((2, 4))},
        {**tuned_state(), "variables_0": np.full(8, np.nan)},
        tuned_state(),
    ],
)
def test_damaged_variables_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    tampered(tmp_path / "session.npz", probs_0=WHOLE, **changes)

    with pytest.raises(ValueError, match="is not a session that clickcut saved"):
        Session.restore(tmp_path / "session.npz", predictor(), grey())


def tampered(path: Path, **changes: Any) -> None:
    """Saves a session with some of its content replaced; arrays by name, everything else within the JSON text."""
    busy_session().save(path)
    with np.load(path) as file:
        arrays = dict(file)
    content = json.loads(str(arrays["content"]))
    for name, value in changes.items():
        if isinstance(value, np.ndarray):
            arrays[name] = value
        else:
            content[name] = value
    arrays["content"] = np.array(json.dumps(content))
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "something else"},
        {"now": 99},
        {"now": -1},
        {"now": "0"},
        {"moments": []},
        {"moments": [{"state": -1, "objects": []}], "now": 0},
        {"states": [{"clicks": [["a", "b", True]], "box": None, "has_probs": False}]},
        {"states": [{"clicks": [[60, 5, True]], "box": None, "has_probs": False}]},
        {"states": [{"clicks": [[float("nan"), 5, True]], "box": None, "has_probs": False}]},
        {"states": [{"clicks": [], "box": [0, 0, 61, 80], "has_probs": True}]},
        {"states": None},
        {"mask_0": np.zeros((1, 1), np.bool_)},
        {"mask_0": np.array([{"a": 1}], dtype=object)},
    ],
)
def test_a_tampered_file_is_refused_in_one_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "session.npz"
    tampered(path, **changes)

    with pytest.raises(ValueError, match="is not a session that clickcut saved") as caught:
        Session.restore(path, predictor(), grey())

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [0, 10, 500])
def test_a_truncated_file_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "session.npz"
    busy_session().save(path)
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(ValueError, match="is not a session that clickcut saved"):
        Session.restore(path, predictor(), grey())


def test_a_plain_array_is_no_session(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(3))

    with pytest.raises(ValueError, match="is not a session that clickcut saved"):
        Session.restore(tmp_path / "array.npy", predictor(), grey())


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Session.restore(tmp_path / "none.npz", predictor(), grey())
