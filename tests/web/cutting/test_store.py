"""The store: works leave memory when others need the room, and come back from the disk as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.web.cutting import edits
from clickcut.web.cutting.answers import Answers
from clickcut.web.cutting.store import Store
from clickcut.web.cutting.work import Work
from clickcut.web.folder.workspace import opened
from clickcut.web.http.views import present
from clickcut.web.record.cuts import mask_in
from clickcut.web.refusal import Refusal
from tests.web.live import LARGE, SMALL, formula_predictor, write_pictures

CLICK = Click(LARGE[1], LARGE[0], True)


def test_an_evicted_work_comes_back_with_its_mask_and_its_past(tmp_path: Path) -> None:
    folder, whole = write_pictures(tmp_path / "photos", "a.png", "b.png", "c.png"), Box.whole(LARGE)
    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"), max_works=1)
        session = store.open(workspace.image("a.png")).session
        with store.using(session) as work:
            work.change("click", None, lambda moment: edits.clicked(moment, work.bench, [CLICK]))
            before = mask_in(present(work).cut, whole)

        for name in ("b.png", "c.png"):
            with store.working_on(workspace.image(name)):
                pass
        with store.using(session) as again:
            after = mask_in(present(again).cut, whole)

            assert again is not work
            assert (after == before).all()
            assert (again.revision, again.record.past.undo_name) == (1, "click")
        store.close_all()


def test_a_work_in_use_is_not_evicted(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "photos", "a.png", "b.png")
    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"), max_works=1)
        with store.working_on(workspace.image("a.png")) as work:
            with store.working_on(workspace.image("b.png")):
                pass
            with store.working_on(workspace.image("a.png")) as same:
                assert same is work
        store.close_all()


def test_a_file_of_another_size_does_not_get_the_old_ones_masks(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "photos", "a.png")
    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"))
        with store.working_on(workspace.image("a.png")) as work:
            work.change("click", None, lambda moment: edits.clicked(moment, work.bench, [CLICK]))
        store.close_all()
    Image.new("RGB", (50, 40)).save(folder / "a.png")

    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"))
        with pytest.raises(Refusal, match="50 x 40") as caught, store.working_on(workspace.image("a.png")):
            pass
        store.close_all()
    assert caught.value.code == "image_changed"


def finished_twice(folder: Path) -> Path:
    """The masks' folder of an image whose first finished object was undone and left behind for another one."""
    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"))
        with store.working_on(workspace.image("a.png")) as work:
            finish_one(store, work, LARGE)
            work.move(-1, None).settle()
            work.move(-1, None).settle()
            finish_one(store, work, SMALL)
        store.close_all()
        return work.bench.masks.folder


def finish_one(store: Store, work: Work, place: tuple[int, int]) -> None:
    click = Click(place[1], place[0], True)
    work.change("click", None, lambda moment: edits.clicked(moment, work.bench, [click])).settle()
    work.change("finish", None, lambda moment: edits.finished(moment, work.bench, store.settings.settings)).settle()


def open_again(folder: Path) -> set[str]:
    """The fingerprints that the work of ``a.png`` leads to, once it is open."""
    with opened([folder]) as workspace:
        store = Store(workspace, Answers(formula_predictor(), "formula"))
        with store.working_on(workspace.image("a.png")) as work:
            digests = work.record.past.mask_digests
        store.close_all()
    return digests


def test_masks_that_nothing_leads_to_are_gone_when_an_image_is_opened(tmp_path: Path) -> None:
    masks = finished_twice(write_pictures(tmp_path / "photos", "a.png"))
    before = {path.stem for path in masks.iterdir()}

    used = open_again(tmp_path / "photos")

    assert (len(before), len(used)) == (2, 1)
    assert {path.stem for path in masks.iterdir()} == used


def test_masks_stay_as_long_as_a_damaged_journal_may_be_mended(tmp_path: Path) -> None:
    masks = finished_twice(write_pictures(tmp_path / "photos", "a.png"))
    with (masks.parent / "journal.jsonl").open("ab") as file:
        file.write(b"half a line")

    open_again(tmp_path / "photos")
    open_again(tmp_path / "photos")

    assert len(list(masks.iterdir())) == 2
