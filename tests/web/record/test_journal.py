"""The journal: what was written is read, whatever a crash or a disk did to the end of the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clickcut.web.record import journal as journal_module
from clickcut.web.record.journal import Journal, Record, mended, read_journal, write_whole
from clickcut.web.record.moments import Moment, Past
from clickcut.web.record.settings import Settings
from tests.web.moments import clicked, rich_moment

BEGINNING = Record.beginning("cats/a.png", (300, 420), Moment.first(Settings()))


def then(record: Record, name: str, moment: Moment) -> Record:
    return replace(record, past=record.past.then(name, moment), revision=record.revision + 1, seconds=record.seconds + 1)


def written(path: Path) -> list[Record]:
    """A journal of three clicks and an undo, and the record after each."""
    records, journal = [BEGINNING], Journal(path)
    for x in (1, 2, 3):
        records.append(then(records[-1], "click", clicked(records[-1].past.present, x)))
        journal.write(records[-2], records[-1], "click")
    undone = replace(records[-1], past=records[-1].past.moved(-1), revision=records[-1].revision + 1)
    journal.write(records[-1], undone, "undo")
    journal.close()
    return [*records, undone]


def test_all_that_was_written_is_read_with_all_that_can_be_undone_and_redone(tmp_path: Path) -> None:
    *_, last = written(tmp_path / "work" / "journal.jsonl")

    record = read_journal(tmp_path / "work" / "journal.jsonl")

    assert record == last
    assert (record.past.undo_name, record.past.redo_name, record.revision) == ("click", "click", 4)


def test_a_further_change_drops_what_was_undone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    *_, last = written(path)
    journal = Journal(path)

    journal.write(last, after := then(last, "settings", rich_moment()), "settings")
    journal.close()

    assert read_journal(path) == after
    assert after.past.redo_name is None


def test_cut_off_anywhere_it_tells_the_changes_that_were_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path)
    data = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]

    for length in range(ends[0], len(data) + 1, 7):
        path.write_bytes(data[:length])
        whole = sum(end <= length for end in ends) - 1
        assert read_journal(path) == records[whole], length


def test_what_is_broken_is_put_aside_before_anything_is_written_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + b'{"do": "cli\x00\n' + lines[4])

    record = mended(path)
    journal = Journal(path)
    journal.write(record, after := then(record, "click", clicked(record.past.present, 9)), "click")
    journal.close()

    assert record == records[2]
    assert read_journal(path) == after
    assert path.with_name("journal.jsonl.damaged").read_bytes() == b'{"do": "cli\x00\n' + lines[4]


def test_a_broken_head_is_told_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"format": "something else"}\n')

    with pytest.raises(ValueError, match="no journal of the annotator"):
        mended(path)

    assert path.read_bytes() == b'{"format": "something else"}\n'


def test_written_anew_it_tells_the_same(tmp_path: Path) -> None:
    *_, last = written(tmp_path / "journal.jsonl")

    write_whole(tmp_path / "anew.jsonl", last)

    assert read_journal(tmp_path / "anew.jsonl") == last


def test_a_long_one_is_written_anew_when_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    *_, record = written(path)
    journal = Journal(path)
    for _ in range(20):
        journal.write(record, back := replace(record, past=record.past.moved(-1), revision=record.revision + 1), "undo")
        journal.write(back, record := replace(back, past=back.past.moved(1), revision=back.revision + 1), "redo")
    journal.close()
    monkeypatch.setattr(journal_module, "LONG", 1000)
    before = path.stat().st_size

    assert mended(path) == record

    assert path.stat().st_size < before
    assert read_journal(path) == record


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    *_, last = written(path)
    before = path.read_bytes()
    journal = Journal(path)

    def full(_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            journal.write(last, then(last, "click", clicked(last.past.present, 9)), "click")
    assert path.read_bytes() == before

    journal.write(last, after := then(last, "click", clicked(last.past.present, 9)), "click")
    journal.close()
    assert read_journal(path) == after


def test_the_oldest_moments_go_when_there_are_too_many() -> None:
    past = Past((Moment.first(Settings()),), ("",), most=3)

    for x in range(5):
        past = past.then(f"click {x}", clicked(past.present, x))

    assert (len(past.moments), past.now, past.names) == (3, 2, ("click 2", "click 3", "click 4"))
