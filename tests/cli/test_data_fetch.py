"""``clickcut data list`` and ``data download``, with a catalogue that points to a server on loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickcut.data.fetching.catalogue import Archive, Link, Place, PublishedSet
from clickcut.data.fetching.published_sets import PUBLISHED_SETS
from tests.cli.conftest import Command
from tests.cli.test_weights import Keyboard
from tests.core.files_server import FilesServer, files_server
from tests.data.fetching.archives import GRABCUT, PAGE, grabcut, tree, zip_bytes

LICENCE = ("--accept-licence",)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FilesServer]:
    """In place of the real catalogue, so that no test could contact anybody."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("CLICKCUT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CLICKCUT_DATA", raising=False)
    monkeypatch.setattr("clickcut.core.download.Patience.rest", lambda *_: None)
    with files_server() as files:
        files.serve("/GrabCut.zip", zip_bytes(GRABCUT))
        files.serve("/coco.zip", zip_bytes({"train2017/1.jpg": b"photo"}))
        files.serve("/lvis.zip", zip_bytes({"lvis_v1_train.json": b"{}"}))
        coco = Archive(f"{files.address}/coco.zip", (Place("train2017", "MSCOCO/train"),), 1, 1)
        lvis = Archive(f"{files.address}/lvis.zip", (Place("lvis_v1_train.json", "LVIS/train/lvis_train.json"),), 1, 1)
        for name in list(PUBLISHED_SETS):
            monkeypatch.delitem(PUBLISHED_SETS, name)
        for one in (
            grabcut(files.address),
            PublishedSet("COCO", "photos", "MSCOCO", PAGE, "MIT", (coco,)),
            PublishedSet("LVIS", "a", "LVIS", PAGE, "MIT", (lvis,), needs=("COCO",), links=(Link("LVIS/train/images", "MSCOCO/train"),)),
            PublishedSet("BraTS", "slices", "BraTS", PAGE, "MIT", by_hand_places=("image", "annotation")),
        ):
            monkeypatch.setitem(PUBLISHED_SETS, one.name, one)
        yield files


def _states(out: str) -> dict[str, str]:
    return {line.split()[0]: " ".join(line.split("MIT")[1].split()[1:]) for line in out.splitlines() if "  MIT  " in line}


def test_the_list_shows_what_is_here(clickcut: Command, server: FilesServer) -> None:
    before = clickcut("data", "list")
    clickcut("data", "download", "GrabCut", "LVIS", *LICENCE)

    after = clickcut("data", "list")

    assert (before.status, before.err) == (0, "")
    assert _states(before.out) == {"GrabCut": "not here", "COCO": "not here", "LVIS": "not here", "BraTS": "by hand"}
    assert _states(after.out) == {"GrabCut": "here", "COCO": "not here", "LVIS": "here, without COCO", "BraTS": "by hand"}
    assert f"By hand: BraTS from {PAGE} to datasets/BraTS/image and datasets/BraTS/annotation" in after.out


def test_the_real_list_has_a_line_for_each_set(clickcut: Command) -> None:
    lines = clickcut("data", "list").out.splitlines()

    assert [line.split()[0] for line in lines[1 : len(PUBLISHED_SETS) + 1]] == list(PUBLISHED_SETS)
    assert max(map(len, lines)) < 250


def test_sets_are_downloaded_with_progress_on_stderr(clickcut: Command, server: FilesServer) -> None:
    ran = clickcut("data", "download", "grab_cut", "COCO", "GrabCut", *LICENCE, "--root", "sets")

    assert ran.status == 0
    assert ran.out.splitlines() == ["GrabCut: sets/GrabCut", "COCO: sets/MSCOCO"]
    assert "GrabCut.zip: " in ran.err
    assert "unpacking GrabCut.zip: " in ran.err
    assert tree(Path("sets")) == {**GRABCUT, "MSCOCO/train/1.jpg": b"photo"}


def test_the_environment_may_name_the_root(clickcut: Command, server: FilesServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLICKCUT_DATA", str(tmp_path / "disk"))

    clickcut("data", "download", "GrabCut", *LICENCE, "--keep")

    assert set(tree(tmp_path / "disk")) == {*GRABCUT, "archives/GrabCut.zip"}


def test_photos_that_come_later_in_the_command_are_linked(clickcut: Command, server: FilesServer) -> None:
    ran = clickcut("data", "download", "LVIS", "COCO", *LICENCE)

    assert ran.out.splitlines() == ["LVIS: datasets/LVIS", "COCO: datasets/MSCOCO"]
    assert Path("datasets/LVIS/train/images/1.jpg").read_bytes() == b"photo"


def test_a_set_without_its_photos_says_where_they_come_from(clickcut: Command, server: FilesServer) -> None:
    ran = clickcut("data", "download", "LVIS", *LICENCE)

    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "LVIS: its photos are those of COCO, which are not here: clickcut data download COCO LVIS"


def test_without_a_terminal_the_licence_has_to_be_accepted_by_an_option(clickcut: Command, server: FilesServer) -> None:
    ran = clickcut("data", "download", "GrabCut")

    assert ran.status == 2
    assert "say --accept-licence" in ran.err
    assert server.requests == []


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 2)])
def test_on_a_terminal_it_asks(clickcut: Command, server: FilesServer, monkeypatch: pytest.MonkeyPatch, typed: str, status: int) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard(typed))

    ran = clickcut("data", "download", "GrabCut")

    assert ran.status == status
    assert Path("datasets/GrabCut").is_dir() == (status == 0)


def test_what_is_here_needs_no_answer(clickcut: Command, server: FilesServer) -> None:
    clickcut("data", "download", "GrabCut", *LICENCE)
    server.requests.clear()

    assert clickcut("data", "download", "GrabCut").status == 0
    assert server.requests == []


def test_what_only_a_person_can_fetch_is_told_after_the_rest(clickcut: Command, server: FilesServer) -> None:
    ran = clickcut("data", "download", "BraTS", "GrabCut", *LICENCE)

    assert ran.status == 2
    assert Path("datasets/GrabCut").is_dir()
    assert f"get it from {PAGE} in a browser, so that there are datasets/BraTS/image" in ran.error_lines[-1]


@pytest.mark.parametrize(("arguments", "named"), [(("GrabCat",), "did you mean 'GrabCut'"), ((), "got none")])
def test_bad_input_is_one_line(clickcut: Command, server: FilesServer, arguments: tuple[str, ...], named: str) -> None:
    ran = clickcut("data", "download", *arguments)

    assert (ran.status, ran.out, len(ran.error_lines)) == (2, "", 1)
    assert named in ran.err


def test_a_broken_connection_is_one_line_and_the_same_command_goes_on(clickcut: Command, server: FilesServer) -> None:
    server.files["/GrabCut.zip"].drops_after = [50_000, 0, 0, 0, 0, 0]

    broken = clickcut("data", "download", "GrabCut", *LICENCE)
    listed = clickcut("data", "list")
    mended = clickcut("data", "download", "GrabCut", *LICENCE)

    assert broken.status == 2
    assert "50000 bytes are kept" in broken.error_lines[-1]
    assert _states(listed.out)["GrabCut"] == "begun, 0 of 1 archives here"
    assert mended.status == 0
    assert server.requests[-1].range == "bytes=50000-"


def test_an_interrupted_download_says_that_it_is_kept(clickcut: Command, server: FilesServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("clickcut.cli.data_fetch.download_set", interrupted)

    ran = clickcut("data", "download", "GrabCut", *LICENCE)

    assert ran.status == 130
    assert "the same command goes on from there" in ran.err
