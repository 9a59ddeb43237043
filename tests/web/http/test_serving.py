"""A server that is stopped: what merely waits is answered, and nothing is logged."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import pytest

from tests.web.live import asked, live, write_pictures


def test_stopped_while_a_page_waits_it_answers_and_logs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    answers: list[int] = []
    with live(write_pictures(tmp_path / "photos", "a.png")) as server:
        session = server.client.request("POST", "/api/sessions", {"image": "a.png"})["session"]
        asking = threading.Event()

        def never_ready(*_: object) -> bool:
            asking.set()
            return False

        monkeypatch.setattr(server.served.store.answers, "is_ready", never_ready)
        path = f"/api/sessions/{session}/ready?wait=20"
        waiting = threading.Thread(target=lambda: answers.append(asked(server.address, "GET", path).status))
        waiting.start()
        assert asking.wait(10)
        began = time.monotonic()
    waiting.join(20)

    # Less than the time that a server which is stopped gives to requests under way.
    assert time.monotonic() - began < 2.5
    assert answers == [200]
    assert caplog.records == []
