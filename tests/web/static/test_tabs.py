"""More than one tab, tabs behind the times, and a server that goes away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.web.static.annotator import Annotator, serving
from tests.web.static.browser import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

# Seconds each, in a real browser.
pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[3]


def test_two_tabs_on_two_images_do_not_mix(browser: Browser, annotator: Annotator) -> None:
    other = Annotator(browser.new_page(viewport={"width": 1280, "height": 900}), annotator.address).open("two")
    annotator.click(100, 150)
    other.click(300, 150).click(200, 100)
    annotator.press("f")
    other.press("Control+z")

    assert annotator.objects == ["object 1"]
    assert annotator.chips == []
    assert other.objects == []
    assert other.chips == ["+1"]
    other.page.close()


def test_a_second_tab_may_take_an_image_over_and_the_first_one_is_told(browser: Browser, annotator: Annotator) -> None:
    annotator.click(100, 150)
    other = Annotator(browser.new_page(viewport={"width": 1280, "height": 900}), annotator.address)
    other.page.goto(annotator.page.url)
    until(other.page, lambda: other.page.locator("#veil-go").is_visible(), "that the image is held")
    other.page.locator("#veil-go").click()
    taken = other.settled().chips
    annotator.page.mouse.click(*annotator.screen(300, 150))

    until(annotator.page, lambda: "taken this image over" in annotator.text("#veil-text"), "that the image was lost")
    assert taken == ["+1"]
    assert other.chips == ["+1"]
    other.page.close()


def test_a_click_for_a_stale_revision_is_refused_and_the_present_state_shown(annotator: Annotator) -> None:
    annotator.click(100, 150)
    with annotator.page.expect_response(lambda answer: answer.url.endswith("/clicks")) as answer:
        annotator.click(120, 150)
    clicks_address = answer.value.url
    # A script that has the tab's own session: the tab hears nothing of its click.
    annotator.page.request.post(clicks_address, data={"clicks": [{"x": 300, "y": 150, "positive": False}]})

    with annotator.page.expect_response(lambda answer: answer.url.endswith("/clicks")) as refused:
        annotator.page.mouse.click(*annotator.screen(200, 50))
    until(annotator.page, lambda: annotator.chips == ["+1", "+2", "−3"], "the present state")

    assert refused.value.status == 409
    assert "changed elsewhere" in annotator.text("#toasts")


def test_clicks_made_while_the_network_is_at_work_are_queued_and_all_answered(browser: Browser, folder: Path) -> None:
    with serving(folder, pause_s=0.4) as address:
        annotator = Annotator(browser.new_page(viewport={"width": 1280, "height": 900}), address).open()
        for x in (100, 150, 200, 250):
            annotator.page.mouse.click(*annotator.screen(x, 150))
        annotator.settled()

        assert annotator.chips == ["+1", "+2", "+3", "+4"]
        annotator.page.close()


def test_clicks_made_before_the_image_is_open_are_kept(browser: Browser, folder: Path) -> None:
    with serving(folder) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.route("**/api/sessions", _let_through_late)
        annotator = Annotator(page, address)
        page.goto(address)
        until(page, lambda: annotator.text("#photo-name") == "one.png", "the image's name")
        page.mouse.click(*annotator.screen(100, 150))
        annotator.settled()

        assert annotator.chips == ["+1"]
        page.close()


def _let_through_late(route: Route) -> None:
    time.sleep(1.0)
    route.continue_()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _started(folder: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.web.static.tiny_server", str(folder), str(port)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http")
    return process


@pytest.fixture
def killable(folder: Path, port: int) -> Iterator[list[subprocess.Popen[str]]]:
    """The server as a process of its own; the last one of the list is ended afterwards."""
    processes = [_started(folder, port)]
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_server_killed_in_the_middle_and_started_again_has_lost_nothing(
    browser: Browser, folder: Path, port: int, killable: list[subprocess.Popen[str]]
) -> None:
    annotator = Annotator(browser.new_page(viewport={"width": 1280, "height": 900}), f"http://127.0.0.1:{port}").open()
    annotator.click(100, 150).press("f").click(200, 150)
    killable[0].send_signal(signal.SIGKILL)
    killable[0].wait()
    annotator.page.mouse.click(*annotator.screen(300, 150))
    until(annotator.page, lambda: annotator.text("#busy") == "Waiting for the server", "that the server is missed")

    killable.append(_started(folder, port))
    annotator.settled()

    assert annotator.objects == ["object 1"]
    assert annotator.chips == ["+1", "+2"]  # the one that was made without a server, too
    assert annotator.press("Control+z").press("Control+z").press("Control+z").chips == ["+1"]  # and the finished object can be undone
    assert annotator.objects == []
    annotator.page.close()
