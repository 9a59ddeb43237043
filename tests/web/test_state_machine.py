"""Random sequences of what a person does, against a model of lists and dicts: every answer, every reload, every restart agrees with it."""

from __future__ import annotations

import copy
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from numpy.typing import NDArray
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.model.fit import Squash
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session
from clickcut.web.cutting import edits
from clickcut.web.cutting.work import Work
from clickcut.web.http.served import Served
from clickcut.web.http.serving import served_folder
from clickcut.web.http.views import present
from clickcut.web.record.cuts import Cut, mask_in
from clickcut.web.record.moments import Moment
from clickcut.web.refusal import Refusal
from tests.predict.fakes import FormulaNetwork, grey

pytestmark = pytest.mark.slow

HW = (60, 80)
Mask = NDArray[np.bool_]
places = st.tuples(st.integers(0, HW[0] - 1), st.integers(0, HW[1] - 1))


@dataclass
class Plain:
    """The work as a person thinks of it. A draft is the id it belongs to, a start, and clicks."""

    objects: dict[int, tuple[Mask, tuple[Click, ...]]] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    draft_of: int | None = None
    clicks: tuple[Click, ...] = ()
    next_id: int = 1

    def mask(self) -> Mask:
        """By the library's own session, one click after the other, off the other objects."""
        shown = np.zeros(HW, np.bool_)
        if self.clicks:
            session = Session(predictor(), grey(*HW))
            for click in self.clicks:
                session.add(click)
            shown = session.mask
        for object_id in self.order:
            if object_id != self.draft_of:
                shown = shown & ~self.objects[object_id][0]
        return shown


def predictor() -> Predictor:
    return Predictor(FormulaNetwork(Squash((24, 32))))


class Person(RuleBasedStateMachine):
    """One image on a server's store; ``undone`` and ``past`` hold whole copies of the plain model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="clickcut-machine-"))
        Image.fromarray(grey(*HW)).save(self.folder / "a.png")
        self.plain = Plain()
        self.past: list[Plain] = []
        self.undone: list[Plain] = []
        self.revision = 0
        self.open()

    def open(self) -> None:
        self.stack = ExitStack()
        self.served: Served = self.stack.enter_context(served_folder([self.folder], predictor(), "formula"))
        self.session = self.served.store.open(self.served.workspace.image("a.png"), take=True).session

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.folder)

    def change(self, name: str, make: object) -> bool:
        """Makes a change on the server and notes the plain model's past; False where the server refused, which must change nothing."""
        try:
            told = self.served.change(self.session, name, None, make)  # type: ignore[arg-type]
        except Refusal:
            return False
        self.past.append(copy.deepcopy(self.plain))
        self.undone.clear()
        self.revision += 1
        assert told["revision"] == self.revision
        return True

    @rule(place=places, positive=st.booleans())
    def click(self, place: tuple[int, int], positive: bool) -> None:
        click = Click(float(place[0]), float(place[1]), positive)
        assert self.change("click", lambda moment, work: edits.clicked(moment, work.bench, [click]))
        self.plain.clicks = (*self.plain.clicks, click)

    @rule()
    def finish(self) -> None:
        mask = self.plain.mask()
        done = self.change("finish", lambda moment, work: edits.finished(moment, work.bench, self.served.store.settings.settings))
        assert done == mask.any()
        if done:
            plain = self.plain
            object_id = plain.next_id if plain.draft_of is None else plain.draft_of
            if plain.draft_of is None:
                plain.order = [*plain.order, object_id]
                plain.next_id += 1
            plain.objects = {**plain.objects, object_id: (mask, plain.clicks)}
            plain.draft_of, plain.clicks = None, ()

    @precondition(lambda self: self.plain.order)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        object_id = data.draw(st.sampled_from(self.plain.order))
        assert self.change("delete", lambda moment, _: edits.deleted(moment, object_id, self.served.store.settings.settings))
        self.plain.order = [other for other in self.plain.order if other != object_id]
        if self.plain.draft_of == object_id:
            self.plain.draft_of, self.plain.clicks = None, ()

    @precondition(lambda self: self.plain.order and not self.plain.clicks)
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        object_id = data.draw(st.sampled_from(self.plain.order))
        wanted = self.served.store.settings.settings
        assert self.change("reopen", lambda moment, work: edits.reopened(moment, work.bench, object_id, wanted))
        self.plain.draft_of, self.plain.clicks = object_id, self.plain.objects[object_id][1]

    @precondition(lambda self: len(self.plain.order) > 1)
    @rule()
    def move_to_the_front(self) -> None:
        last = self.plain.order[-1]
        assert self.change("change object", lambda moment, _: edits.changed_object(moment, last, edits.ObjectWishes(position=0)))
        self.plain.order = [last, *self.plain.order[:-1]]

    @rule()
    def undo(self) -> None:
        if not self.past:
            assert self.refusal_of_moving(-1) == "nothing_to_undo"
            return
        self.served.move(self.session, -1, None)
        self.undone.append(self.plain)
        self.plain = self.past.pop()
        self.revision += 1

    @rule()
    def redo(self) -> None:
        if not self.undone:
            assert self.refusal_of_moving(1) == "nothing_to_redo"
            return
        self.served.move(self.session, 1, None)
        self.past.append(self.plain)
        self.plain = self.undone.pop()
        self.revision += 1

    def refusal_of_moving(self, step: Literal[-1, 1]) -> str:
        with pytest.raises(Refusal) as caught:
            self.served.move(self.session, step, None)
        return caught.value.code

    @rule()
    def reload(self) -> None:
        """The page is loaded anew: another session on what the server holds."""
        self.session = self.served.store.open(self.served.workspace.image("a.png"), take=True).session

    @rule()
    def restart(self) -> None:
        """Another server reads all of it from the disk."""
        self.stack.close()
        self.open()

    @invariant()
    def the_server_shows_what_the_model_says(self) -> None:
        with self.served.store.using(self.session) as work:
            moment, shown = work.moment, present(work).cut
            assert work.revision == self.revision
            assert (whole(shown) == self.plain.mask()).all()
            assert_objects(moment, work, self.plain)


def assert_objects(moment: Moment, work: Work, plain: Plain) -> None:
    assert [cut_out.id for cut_out in moment.objects] == plain.order
    assert moment.draft.object_id == plain.draft_of
    assert moment.draft.trail.clicks == plain.clicks
    assert moment.next_id == plain.next_id
    for cut_out in moment.objects:
        mask, clicks = plain.objects[cut_out.id]
        assert (whole(work.bench.masks.read(cut_out.mask)) == mask).all()
        assert cut_out.trail.clicks == clicks


def whole(cut: Cut | None) -> Mask:
    return mask_in(cut, Box.whole(HW))


Person.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
test_random_sequences_agree_with_a_plain_model = Person.TestCase


def test_the_model_itself_knows_a_mask() -> None:
    assert Plain(clicks=(Click(30, 60, True),)).mask().any()
    assert not Plain().mask().any()
