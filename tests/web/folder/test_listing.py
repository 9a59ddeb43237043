"""The list of images: in the order that people count in, and nothing from outside of the folder."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from clickcut.web.folder.listing import chosen_images, image_id, images_of


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names_in(folder: Path) -> list[str]:
    return [image.name for image in images_of(folder)]


def test_numbers_in_names_count_as_numbers(tmp_path: Path) -> None:
    touch(tmp_path, "photo 10.jpg", "photo 2.JPG", "cats/1.png", "Photo 1.tiff")

    assert names_in(tmp_path) == ["cats/1.png", "Photo 1.tiff", "photo 2.JPG", "photo 10.jpg"]


def test_other_files_and_hidden_ones_are_left_out_but_uploads_come_last(tmp_path: Path) -> None:
    touch(tmp_path, "z.jpg", "notes.txt", ".hidden.jpg", ".git/a.png", ".clickcut/uploads/a.png", ".clickcut/cache/b.png")

    assert names_in(tmp_path) == ["z.jpg", ".clickcut/uploads/a.png"]
    assert [image.is_upload for image in images_of(tmp_path)] == [False, True]


def test_a_link_out_of_the_folder_is_left_out_and_one_within_it_stays(tmp_path: Path) -> None:
    touch(tmp_path, "outside/secret.jpg", "folder/a.jpg")
    (tmp_path / "folder" / "link.jpg").symlink_to(tmp_path / "outside" / "secret.jpg")
    (tmp_path / "folder" / "away").symlink_to(tmp_path / "outside")
    (tmp_path / "folder" / "round").symlink_to(tmp_path / "folder")
    (tmp_path / "folder" / "b.jpg").symlink_to(tmp_path / "folder" / "a.jpg")
    (tmp_path / "folder" / "broken.jpg").symlink_to(tmp_path / "nothing.jpg")

    assert names_in(tmp_path / "folder") == ["a.jpg", "b.jpg"]


def test_an_id_is_the_names_and_a_version_the_contents(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    (before,) = images_of(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"longer")
    (after,) = images_of(tmp_path)

    assert before.id == after.id == image_id("a.jpg")
    assert before.version != after.version


def test_chosen_images_keep_their_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.jpg", "a.jpg", "c/d.png", "notes.txt")

    chosen = chosen_images(tmp_path, [tmp_path / "c/d.png", tmp_path / "a.jpg", tmp_path / "c/d.png"])

    assert [image.name for image in chosen] == ["c/d.png", "a.jpg"]
    with pytest.raises(ValueError, match="notes"):
        chosen_images(tmp_path, [tmp_path / "notes.txt"])
    with pytest.raises(ValueError, match="no such file"):
        chosen_images(tmp_path, [tmp_path / "none.png"])


def test_ten_thousand_images_are_there_at_once(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number}.jpg").touch()

    began = time.perf_counter()
    images = images_of(tmp_path)

    assert len(images) == 10_000
    assert images[-1].name == "9999.jpg"
    # A quarter of a second on two busy cores; a header read of each would be minutes on a slow disk.
    assert time.perf_counter() - began < 5
