"""Moments as JSON: whole or as a change they come back, and a change is short."""

from __future__ import annotations

import json

import pytest

from clickcut.web.record.moment_json import moment_json, moment_of
from clickcut.web.record.moments import Moment
from clickcut.web.record.settings import Settings
from tests.web.moments import clicked, rich_moment


def test_a_whole_moment_comes_back() -> None:
    moment = rich_moment()

    assert moment_of(json.loads(json.dumps(moment_json(moment)))) == moment


def test_a_change_comes_back_given_what_was_before() -> None:
    before = rich_moment()
    after = clicked(before, 5)

    written = moment_json(after, before)

    assert moment_of(json.loads(json.dumps(written)), before) == after


def test_a_click_writes_neither_the_other_clicks_nor_objects() -> None:
    before = rich_moment()

    written = moment_json(clicked(before, 5), before)

    assert "objects" not in written
    assert written["draft"]["trail"]["clicks"] == [2, [[7.0, 5, True]]]


def test_a_changed_order_writes_no_object_anew() -> None:
    before = rich_moment()
    after = Moment(before.draft, before.objects[::-1], before.done, before.no_overlap, before.next_id)

    written = moment_json(after, before)

    assert (written["order"], written["objects"]) == ([1, 3], [])
    assert moment_of(written, before) == after


def test_a_mask_whose_name_is_a_path_is_refused() -> None:
    written = moment_json(rich_moment())
    written["draft"]["parts"] = [["../../secret", 0, 0, 1, 1, 1]]

    with pytest.raises(ValueError, match="fingerprint"):
        moment_of(written)


def test_a_change_without_what_was_before_is_refused() -> None:
    moment = Moment.first(Settings())

    with pytest.raises(ValueError, match="a whole moment"):
        moment_of(moment_json(moment, moment))
