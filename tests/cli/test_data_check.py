"""``clickcut data check``: a line a set, what is broken, and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.core.images import read_image
from tests.cli.conftest import Command
from tests.data.sets.official import LEFT, RIGHT, write_grey, write_our_grabcut, write_photo, write_sbd


def write_grabcut(root: Path, num_photos: int) -> Path:
    for index in range(num_photos):
        write_photo(root / "data_GT" / f"{index}.jpg")
        write_grey(root / "boundary_GT" / f"{index}.png", (RIGHT, 128), (LEFT, 255))
    return root


def test_a_whole_set_fits_what_was_published(clickcut: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_grabcut(tmp_path / "sets" / "GrabCut", 50)

    ran = clickcut("data", "check", "grabcut", "--root", tmp_path / "sets", "--sheet", tmp_path / "sheet.jpg")

    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == ["GrabCut  photos 50 of 50, objects 50 of 50", f"wrote {tmp_path / 'sheet.jpg'}"]
    assert read_image(tmp_path / "sheet.jpg").ndim == 3
    assert not (tmp_path / "broken.txt").exists()


@pytest.mark.slow
def test_our_copy_of_grabcut_in_the_official_layout_is_whole(clickcut: Command, shared: Path, tmp_path: Path) -> None:
    ran = clickcut("data", "check", "GrabCut", "--root", write_our_grabcut(shared, tmp_path))

    assert (ran.status, ran.out) == (0, "GrabCut  photos 50 of 50, objects 50 of 50\n")


def test_photos_that_are_lacking_are_counted(clickcut: Command, tmp_path: Path) -> None:
    ran = clickcut("data", "check", "GrabCut", "--root", write_grabcut(tmp_path, 3))

    assert (ran.status, ran.out) == (1, "GrabCut  photos 3 of 50, objects 3 of 50\n")


def test_what_is_broken_is_listed_whole_in_a_file_and_twenty_lines_are_told(clickcut: Command, tmp_path: Path) -> None:
    root = write_grabcut(tmp_path / "GrabCut", 50)
    for index in range(25):
        (root / "boundary_GT" / f"{index}.png").write_bytes(b"no image")

    ran = clickcut("data", "check", "GrabCut", "--root", root, "--broken", tmp_path / "b.txt")

    assert ran.status == 1
    assert ran.out == "GrabCut  photos 25 of 50, objects 25 of 50, 25 broken\n"
    assert len((tmp_path / "b.txt").read_text().splitlines()) == 25
    assert sum("is not an image" in line for line in ran.error_lines) == 20
    assert ran.error_lines[-1] == f"  and 5 more; all are listed in {tmp_path / 'b.txt'}"


def test_several_sets_are_read_where_the_fields_config_says(clickcut: Command, tmp_path: Path) -> None:
    write_grabcut(tmp_path / "a" / "GrabCut", 50)
    write_sbd(tmp_path / "b", {"x": [LEFT, RIGHT]}, split="train")
    (tmp_path / "config.yml").write_text("GRABCUT_PATH: ./a/GrabCut\nSBD_PATH: ./b\n")

    whole = clickcut("data", "check", "GrabCut", "--config", tmp_path / "config.yml")
    both = clickcut("data", "check", "GrabCut", "SBD", "--config", tmp_path / "config.yml", "--split", "train")

    assert (whole.status, both.status) == (0, 1)
    assert both.out.splitlines()[1] == "SBD (train)  photos 1 of 8498, objects 2 of 20172"


def test_a_set_without_published_numbers_fits_when_nothing_is_broken(clickcut: Command, tmp_path: Path) -> None:
    write_photo(tmp_path / "img" / "a.jpg")
    write_grey(tmp_path / "gt" / "a.png", (LEFT, 1))

    ran = clickcut("data", "check", "HARD", "--root", tmp_path)

    assert (ran.status, ran.out) == (0, "HARD (val)  photos 1, objects 1; no numbers are published\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("GrabCut",), "expected --root DIR or --config config.yml, one of them"),
        (("--root", "."), "expected names of sets, such as GrabCut, got none"),
        (("GrabCot", "--root", "."), "expected a set that is known, got 'GrabCot'; nearest: GrabCut"),
        (("GrabCut", "DAVIS", "--root", ".", "--sheet", "s.jpg"), "--sheet: is a picture of one set, got 2"),
        (("GrabCut", "--root", "nowhere"), "nowhere: expected the folder of GrabCut, found no such folder"),
    ],
)
def test_what_cannot_be_meant_is_one_line(clickcut: Command, arguments: tuple[str, ...], told: str) -> None:
    ran = clickcut("data", "check", *arguments)

    assert ran.status == 2
    assert told in ran.error_lines[-1]
