"""The server killed in the middle of its work, by the system, at any time: nothing that it answered for is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from clickcut.client import Client, ServerError
from clickcut.web.annotations import read_annotations
from clickcut.web.record.journal import read_journal
from tests.web.live import LARGE, write_pictures

ROOT = Path(__file__).resolve().parents[2]
SERVE = """
import sys
from pathlib import Path
from clickcut.web.http.security import Access
from clickcut.web.http.serving import Where, run_server, served_folder
from tests.web.live import formula_predictor

with served_folder([Path(sys.argv[1])], formula_predictor(), "formula") as served:
    run_server(served, Where(Access(), 0), ready=lambda address: print(address, flush=True))
"""


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        yield server, Client(server.stdout.readline().strip(), timeout=30)
    finally:
        server.kill()
        server.communicate()


def state_of(client: Client, path: str) -> dict[str, Any]:
    told: dict[str, Any] = client.request("GET", f"{path}?masks=true")
    return {key: told[key] for key in ("revision", "objects", "mask", "can_undo", "can_redo")} | {"clicks": told["draft"]["clicks"]}


def opened(client: Client) -> str:
    return "/api/sessions/" + str(client.request("POST", "/api/sessions", {"image": "a.png", "take": True, "masks": False})["session"])


@pytest.mark.slow
def test_killed_between_two_requests_it_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "photos", "a.png")
    with process(folder) as (server, client):
        path = opened(client)
        for place in (LARGE, (225, 136)):
            client.request("POST", f"{path}/clicks", {"clicks": [{"x": place[0], "y": place[1]}]})
        client.request("POST", f"{path}/finish", {"name": "one"})
        client.request("POST", f"{path}/clicks", {"clicks": [{"x": 330, "y": 220}]})
        client.request("POST", f"{path}/undo", {})
        before = state_of(client, path)
        server.send_signal(signal.SIGKILL)
        server.wait()

    with process(folder) as (_, client):
        path = opened(client)

        assert state_of(client, path) == before
        for _ in range(3):
            client.request("POST", f"{path}/undo", {})
        assert state_of(client, path)["clicks"] == []


@pytest.mark.slow
def test_killed_at_any_time_it_loses_at_most_what_was_in_flight(tmp_path: Path) -> None:
    folder, rng = write_pictures(tmp_path / "photos", "a.png"), random.Random(0)
    answered, asked_for, refusals = 0, 0, set[str]()
    for _ in range(6):
        with process(folder) as (server, client):
            path = opened(client)
            revision = client.request("GET", path)["revision"]
            assert answered <= revision <= asked_for
            answered = asked_for = revision
            threading.Timer(rng.uniform(0.1, 1.2), server.kill).start()
            with suppress(OSError, HTTPException, json.JSONDecodeError):
                while True:
                    what, body = rng.choice(
                        [("clicks", {"clicks": [{"x": rng.randrange(420), "y": rng.randrange(300)}]}), ("undo", {}), ("finish", {})]
                    )
                    asked_for = answered + 1
                    try:
                        answered = client.request("POST", f"{path}/{what}", body)["revision"]
                    except ServerError as error:
                        refusals.add(error.code)
                        asked_for = answered
            server.wait()
        # What is on the disk can be read by others too, and no half-written file stands in a mask's place.
        for one in read_annotations(folder):
            assert one.label_map().shape == (300, 420)
        for mask in (folder / ".clickcut" / "work").glob("*/masks/*.png"):
            Image.open(mask).load()
    with process(folder) as (_, client):
        opened(client)
        (work,) = (folder / ".clickcut" / "work").iterdir()
        used = read_journal(work / "journal.jsonl").past.mask_digests
        # Opened again, what no change leads to is gone, and nothing else.
        assert {path.name for path in (work / "masks").iterdir()} == {f"{digest}.png" for digest in used}
    assert answered > 0
    assert refusals <= {"nothing_to_undo", "nothing_to_finish"}


@pytest.mark.slow
def test_stopped_by_ctrl_c_it_ends_at_once_and_cleanly(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "photos", "a.png")
    with process(folder) as (server, client):
        opened(client)
        began = time.monotonic()
        server.send_signal(signal.SIGINT)
        server.wait(10)

        assert time.monotonic() - began < 8
    assert not (folder / ".clickcut" / "lock").exists()
