"""A work and its journal: a change is made before the disk has it, answered once it has, and taken back where the disk fails."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickcut.core.clicks import Click
from clickcut.web.cutting import edits
from clickcut.web.cutting.answers import Answers
from clickcut.web.cutting.store import Store
from clickcut.web.cutting.work import Accepted, Work
from clickcut.web.folder.workspace import opened
from clickcut.web.record.journal import Journal, read_journal
from clickcut.web.record.moments import Trail
from tests.web.live import LARGE, SMALL, formula_predictor, write_pictures


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    folder = write_pictures(tmp_path / "photos", "a.png")
    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"))
        with store.working_on(workspace.image("a.png")) as work:
            yield work
        store.close_all()


def clicked(work: Work, place: tuple[int, int]) -> Accepted:
    click = Click(place[1], place[0], True)
    return work.change("click", None, lambda moment: edits.clicked(moment, work.bench, [click]))


def journal_of(work: Work) -> Path:
    return work.bench.masks.folder.parent / "journal.jsonl"


def told_by_journal(work: Work) -> tuple[int, Trail]:
    record = read_journal(journal_of(work))
    return record.revision, record.past.present.draft.trail


def full(_: Journal) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_change_is_the_systems_before_the_disk_has_it(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = threading.Event()
    monkeypatch.setattr(Journal, "sync", lambda _: reached.wait(20))

    accepted = clicked(work, LARGE)

    # Whoever kills the server now loses nothing: the line stands in the file.
    assert told_by_journal(work) == (1, work.moment.draft.trail)
    assert not accepted.written.done()
    reached.set()
    assert accepted.settle() == 1


def test_a_change_that_the_disk_refuses_is_taken_back(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    clicked(work, LARGE).settle()
    before, written = work.record, journal_of(work).read_bytes()

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "sync", full)
        accepted = clicked(work, SMALL)
        with pytest.raises(OSError, match="No space"):
            accepted.settle()

    assert work.record == before
    assert journal_of(work).read_bytes() == written
    assert work.moment_at(2) is None
    assert clicked(work, SMALL).settle() == 2
    assert told_by_journal(work) == (2, work.moment.draft.trail)


def test_changes_upon_one_that_the_disk_refuses_go_with_it(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    clicked(work, LARGE).settle()
    before, written, fails = work.record, journal_of(work).read_bytes(), threading.Event()

    def full_later(journal: Journal) -> None:
        assert fails.wait(20)
        full(journal)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "sync", full_later)
        first, second = clicked(work, SMALL), clicked(work, LARGE)
        fails.set()
        with pytest.raises(OSError, match="a change before this one"):
            second.settle()
        with pytest.raises(OSError, match="No space"):
            first.settle()

    assert work.record == before
    assert journal_of(work).read_bytes() == written
