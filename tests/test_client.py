"""The client for scripts: what it shows is what a session in this process would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.client import Client, ServerError
from clickcut.predict.session import Session
from clickcut.web.http.security import Access
from tests.predict.fakes import picture
from tests.web.live import LARGE, SMALL, disk, formula_predictor, live, write_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "photos", "a.png", "b.png")


def test_clicks_give_the_masks_of_a_session_in_this_process(folder: Path) -> None:
    local = Session(formula_predictor(), picture())
    local.click(x=LARGE[0], y=LARGE[1])
    first = local.mask.copy()
    local.click(x=SMALL[0], y=SMALL[1], positive=False)

    with live(folder) as server, server.client.open("a.png") as session:
        assert (session.width, session.height) == (420, 300)
        session.click(x=LARGE[0], y=LARGE[1])
        assert (session.mask() == first).all()
        session.click(x=SMALL[0], y=SMALL[1], positive=False)
        assert (session.mask() == local.mask).all()
        assert session.undo()
        assert (session.mask() == first).all()


def test_finishing_numbers_objects_and_the_label_map_shows_them(folder: Path) -> None:
    with live(folder) as server, server.client.open("a.png") as session:
        session.click(x=LARGE[0], y=LARGE[1])
        mask = session.mask()

        label = session.finish(name="the large one")

        assert label == 1
        assert ((session.label_map() == 1) == mask).all()
        assert not session.mask().any()
        assert session.objects()[0]["name"] == "the large one"


def test_undo_and_redo_say_when_there_is_nothing(folder: Path) -> None:
    with live(folder) as server, server.client.open("a.png") as session:
        assert not session.undo()
        session.click(x=5, y=5)
        assert session.undo()
        assert session.redo()
        assert not session.redo()


def test_pixels_and_local_files_are_uploaded(folder: Path, tmp_path: Path) -> None:
    pixels = picture()[:200, :300].copy()
    Image.fromarray(pixels).save(tmp_path / "elsewhere.png")

    with live(folder) as server:
        with server.client.open(pixels) as of_array:
            assert (of_array.width, of_array.height) == (300, 200)
            of_array.click(x=160, y=125)
            assert of_array.mask()[125, 160]
        with server.client.open(tmp_path / "elsewhere.png") as of_file:
            assert of_file.name.startswith(".clickcut/uploads/elsewhere-")
        assert [image["uploaded"] for image in server.client.images()] == [False, False, True, True]


def test_an_image_that_is_nowhere_is_named(folder: Path) -> None:
    with live(folder) as server, pytest.raises(ServerError, match=r"nothing\.png") as caught:
        server.client.open("nothing.png")

    assert caught.value.code == "no_such_image"


def test_a_starting_mask_is_what_is_shown(folder: Path) -> None:
    mask = disk((300, 420), (150, 200), 40)

    with live(folder) as server, server.client.open("a.png") as session:
        session.start_from(mask)

        assert (session.mask() == mask).all()
        with pytest.raises(ValueError, match="empty"):
            session.start_from(np.zeros((300, 420), np.bool_))
        with pytest.raises(ValueError, match="shape"):
            session.start_from(mask[:10])


def test_what_another_tab_took_over_is_refused(folder: Path) -> None:
    with live(folder) as server:
        first = server.client.open("a.png")
        with pytest.raises(ServerError) as held:
            server.client.open("a.png")
        server.client.open("a.png", take=True)

        with pytest.raises(ServerError) as lost:
            first.click(x=5, y=5)

    assert (held.value.code, lost.value.code) == ("held", "lease_lost")


def test_a_token_comes_with_the_address_or_apart(folder: Path) -> None:
    with live(folder, access=Access(token="correct horse")) as server:
        bare = server.address.partition("?")[0]
        with pytest.raises(ServerError, match="token"):
            Client(bare).images()

        assert len(Client(server.address.replace("correct horse", "correct+horse")).images()) == 2
        assert len(Client(bare, token="correct horse").images()) == 2


def test_no_server_is_told_in_one_line() -> None:
    with pytest.raises(ConnectionError, match="clickcut annotate"):
        Client("http://127.0.0.1:9", timeout=5).images()


def test_it_loads_no_torch() -> None:
    code = "import sys, clickcut.client; sys.exit('torch' in sys.modules or 'fastapi' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
