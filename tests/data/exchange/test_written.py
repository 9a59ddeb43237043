"""Where written files go, and what they are called."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from clickcut.data.exchange.written import WrittenFile, to_folder, to_zip, with_stems, word
from tests.data.exchange.objects import annotated

FILES = (WrittenFile("a.txt", b"one " * 100), WrittenFile("b/c.png", b"two"))


def test_a_folder_gets_each_file_over_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("before")

    paths = list(to_folder(FILES, tmp_path))

    assert paths == [tmp_path / "a.txt", tmp_path / "b" / "c.png"]
    assert [path.read_bytes() for path in paths] == [file.content for file in FILES]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.txt", "b", "c.png"]


def test_an_archive_of_the_same_files_has_the_same_bytes() -> None:
    first, second = BytesIO(), BytesIO()

    assert (to_zip(FILES, first), to_zip(iter(FILES), second)) == (2, 2)

    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {file.name: file.content for file in FILES}
        assert archive.getinfo("a.txt").compress_size < 20


def test_files_are_called_like_their_images_and_no_two_alike() -> None:
    names = ["a.jpg", "a.png", "A.tif", "cats/a.jpg", ".clickcut/uploads/b.jpg", "c"]

    assert [stem for stem, _ in with_stems(annotated(name) for name in names)] == ["a", "a.png", "A.tif", "cats/a", "uploads/b", "c"]


@pytest.mark.parametrize(("text", "expected"), [("coffee cup", "coffee_cup"), ("../../x", "x"), ("Größe 2", "Größe_2"), ("***", "object")])
def test_a_class_becomes_part_of_a_files_name(text: str, expected: str) -> None:
    assert word(text) == expected
