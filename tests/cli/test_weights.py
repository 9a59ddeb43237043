"""``clickcut weights`` and published names in place of files, with a catalogue that points to a server on loopback."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest

from clickcut.core.files import sha256_of
from clickcut.model.catalogue import PUBLISHED
from tests.cli.conftest import Command
from tests.model.published_weights import ARCHIVED, BY_HAND, CONTENT, PLAIN, Shop


class Keyboard(StringIO):
    """A person at a terminal who types what is given."""

    def isatty(self) -> bool:
        return True


def _states(out: str) -> dict[str, str]:
    return {line.split()[0]: line.split("MIT")[1].strip() for line in out.splitlines() if "MIT" in line}


def test_the_list_shows_what_is_here(clickcut: Command, shop: Shop) -> None:
    before = clickcut("weights", "list")
    clickcut("weights", "download", PLAIN, "--accept-licence")

    after = clickcut("weights", "list")

    assert (before.status, before.err) == (0, "")
    assert _states(before.out) == {PLAIN: "not here", ARCHIVED: "not here", BY_HAND: "by hand"}
    assert _states(after.out) == {PLAIN: "here", ARCHIVED: "not here", BY_HAND: "by hand"}
    assert str(shop.folder) in after.out


def test_the_real_list_has_a_line_for_each_name(clickcut: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLICKCUT_HOME", str(tmp_path))

    lines = clickcut("weights", "list").out.splitlines()

    assert [line.split()[0] for line in lines[1:-1]] == list(PUBLISHED)
    assert max(map(len, lines)) < 250
    assert "clickcut-xs" in lines[-1]


def test_several_are_downloaded_with_progress_on_stderr(clickcut: Command, shop: Shop) -> None:
    ran = clickcut("weights", "download", PLAIN, ARCHIVED, PLAIN, "--accept-licence")

    assert ran.status == 0
    assert ran.out.splitlines() == [f"{name}: {shop.path(name)}; to click with, by --weights {name}" for name in (PLAIN, ARCHIVED)]
    assert f"{PLAIN}.pth: 125.0 KiB of 125.0 KiB" in ran.err
    assert f"unpacking {ARCHIVED}.pth: 125.0 KiB of 125.0 KiB" in ran.err
    assert shop.path(ARCHIVED).read_bytes() == CONTENT


def test_another_folder_can_be_named(clickcut: Command, shop: Shop) -> None:
    ran = clickcut("weights", "download", PLAIN, "--accept-licence", "--folder", "models/new")

    assert ran.out == f"{PLAIN}: models/new/{PLAIN}.pth; to click with, by --weights models/new/{PLAIN}.pth\n"
    assert Path(f"models/new/{PLAIN}.pth").read_bytes() == CONTENT
    assert not shop.folder.exists()


def test_without_a_terminal_the_licence_has_to_be_accepted_by_an_option(clickcut: Command, shop: Shop) -> None:
    ran = clickcut("weights", "download", PLAIN)

    assert ran.status == 2
    assert "licence MIT" in ran.err
    assert "--accept-licence" in ran.err
    assert shop.server.requests == []


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("Yes\n", 0), ("n\n", 2), ("\n", 2), ("", 2)])
def test_on_a_terminal_it_asks(clickcut: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch, typed: str, status: int) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard(typed))

    ran = clickcut("weights", "download", PLAIN)

    assert ran.status == status
    assert "Do you accept it? [y/N]" in ran.out
    assert shop.path(PLAIN).is_file() == (status == 0)
    assert "Traceback" not in ran.err


def test_what_is_here_needs_no_answer(clickcut: Command, shop: Shop) -> None:
    clickcut("weights", "download", PLAIN, "--accept-licence")

    assert clickcut("weights", "download", PLAIN).status == 0


def test_what_only_a_person_can_fetch_is_told_after_the_rest(clickcut: Command, shop: Shop) -> None:
    ran = clickcut("weights", "download", BY_HAND, PLAIN, "--accept-licence")

    assert ran.status == 2
    assert shop.path(PLAIN).is_file()
    (line,) = [line for line in ran.error_lines if "error" in line]
    assert f"download {BY_HAND}.pth and put it at {shop.path(BY_HAND)} (licence: MIT)" in line

    shop.path(BY_HAND).write_bytes(CONTENT)
    assert clickcut("weights", "download", BY_HAND).status == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("plain_vit", "plain_vitt"), "'plain_vit'"),  # a typo in one of several is told before any is fetched
        ((), "got none"),
        (("--accept-license", "plain_vit"), "--accept-licen"),
    ],
)
def test_bad_input_is_one_line(clickcut: Command, shop: Shop, arguments: tuple[str, ...], named: str) -> None:
    ran = clickcut("weights", "download", *arguments)

    assert (ran.status, ran.out, len(ran.error_lines)) == (2, "", 1)
    assert named in ran.err
    assert shop.server.requests == []


def test_a_broken_connection_is_one_line_and_the_same_command_goes_on(clickcut: Command, shop: Shop) -> None:
    shop.server.files[f"/{PLAIN}.pth"].drops_after = [50_000, 0, 0, 0, 0, 0]

    broken = clickcut("weights", "download", PLAIN, "--accept-licence")
    mended = clickcut("weights", "download", PLAIN, "--accept-licence")

    assert broken.status == 2
    assert "expected 128004 bytes, got 50000; 50000 bytes are kept" in broken.error_lines[-1]
    assert mended.status == 0
    assert shop.server.requests[-1].range == "bytes=50000-"
    assert shop.path(PLAIN).read_bytes() == CONTENT


def test_an_interrupted_download_says_that_it_is_kept(clickcut: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("clickcut.cli.weights.download", interrupted)

    ran = clickcut("weights", "download", PLAIN, "--accept-licence")

    assert ran.status == 130
    assert "the same command goes on from there" in ran.err


def test_a_published_name_stands_for_its_file(clickcut: Command, shop: Shop, photo: Path, benchmark: Path, weights: Path) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(weights.read_bytes())  # that it is a file of ours is no matter: it was seen before
    _keep(shop.path(PLAIN))

    predicted = clickcut("predict", photo, "--click", "20,15", "--weights", PLAIN, "--json")
    evaluated = clickcut("evaluate", benchmark, "--weights", PLAIN, "--out", "out", "--max-clicks", 1)

    assert (predicted.status, predicted.err) == (0, "")
    assert evaluated.status == 0
    assert f"{PLAIN}.pth" in Path("out/results.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "photo.png", "--click", "1,1", "--weights", PLAIN),
        ("evaluate", "squares", "--out", "out", "--weights", PLAIN),
        ("train", "clickcut-s", "--data", "squares", "--out", "run", "--start", PLAIN),
    ],
)
def test_a_name_that_is_not_here_says_how_to_get_it(
    clickcut: Command, shop: Shop, photo: Path, benchmark: Path, arguments: tuple[str, ...]
) -> None:
    ran = clickcut(*arguments)

    assert (ran.status, ran.out, len(ran.error_lines)) == (2, "", 1)
    assert f"clickcut weights download {PLAIN}" in ran.err
    assert not Path("run").exists()


def _keep(path: Path) -> None:
    """As if it had been seen before."""
    path.with_name(f"{path.name}.sha256").write_text(f"{sha256_of(path)}  {path.name}\n")
