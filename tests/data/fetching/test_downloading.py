"""Sets from a server on loopback that drops, lies and serves what is damaged: what is in its place at the end is whole, or not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from clickcut.core.download import OnBytes
from clickcut.core.files import WrongContentError, sha256_of
from clickcut.core.http_get import NotServedError
from clickcut.core.members import DamagedArchiveError
from clickcut.data.fetching.catalogue import Archive, Link, Place, PublishedSet
from clickcut.data.fetching.downloading import Shelf, download_set, has_begun
from tests.core.files_server import FilesServer, files_server
from tests.data.fetching.archives import GRABCUT, PAGE, grabcut, tar_bytes, tree, zip_bytes


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FilesServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("clickcut.core.download.Patience.rest", lambda *_: None)
    with files_server() as files:
        files.serve("/GrabCut.zip", zip_bytes(GRABCUT))
        yield files


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "datasets", tmp_path / "cache" / "sets")


def test_a_set_is_fetched_unpacked_and_its_archive_removed(server: FilesServer, shelf: Shelf) -> None:
    one = grabcut(server.address)
    steps: list[str] = []

    @contextmanager
    def watch(step: str) -> Iterator[OnBytes]:
        steps.append(step)
        yield lambda done, total: None

    download_set(one, shelf, watch)

    assert tree(shelf.root) == GRABCUT
    assert one.is_here(shelf.root)
    assert steps == ["GrabCut.zip", "unpacking GrabCut.zip"]
    assert [path.name for path in shelf.root.iterdir()] == ["GrabCut"]


def test_a_set_that_is_here_is_not_fetched_again(server: FilesServer, shelf: Shelf) -> None:
    for path, content in GRABCUT.items():
        (shelf.root / path).parent.mkdir(parents=True, exist_ok=True)
        (shelf.root / path).write_bytes(content)

    download_set(grabcut(server.address), shelf)

    assert server.requests == []


def test_dropped_connections_are_gone_on_with(server: FilesServer, shelf: Shelf) -> None:
    server.files["/GrabCut.zip"].drops_after = [10_000, 5_000, 0]

    download_set(grabcut(server.address), shelf)

    assert tree(shelf.root) == GRABCUT
    assert [request.range for request in server.requests] == [None, "bytes=10000-", "bytes=15000-", "bytes=15000-"]


def test_an_interrupted_download_is_gone_on_with(server: FilesServer, shelf: Shelf) -> None:
    one = grabcut(server.address)

    @contextmanager
    def interrupting(step: str) -> Iterator[OnBytes]:
        def on_bytes(done: int, total: int | None) -> None:
            if done > 50_000:
                raise KeyboardInterrupt

        yield on_bytes

    with pytest.raises(KeyboardInterrupt):
        download_set(one, shelf, interrupting)
    assert has_begun(one, shelf.root)
    assert not one.is_here(shelf.root)

    download_set(one, shelf)

    assert tree(shelf.root) == GRABCUT
    assert server.requests[-1].range is not None


@pytest.mark.parametrize(("lie", "error"), [(1000, "expected .* bytes, as the server said at first"), (-1000, "damaged or no archive")])
def test_a_length_that_is_not_true_is_no_set(server: FilesServer, shelf: Shelf, lie: int, error: str) -> None:
    served = server.files["/GrabCut.zip"]
    served.says_length = len(served.content) + lie

    with pytest.raises(ValueError, match=error):
        download_set(grabcut(server.address), shelf)
    assert not (shelf.root / "GrabCut").exists()

    served.says_length = None
    download_set(grabcut(server.address), shelf)

    assert tree(shelf.root) == GRABCUT


def test_a_server_that_sends_without_end_is_stopped(server: FilesServer, shelf: Shelf) -> None:
    server.serve("/GrabCut.zip", bytes(3 << 20), keeps_length_to_itself=True)
    one = grabcut(server.address)

    with pytest.raises(ValueError, match=r"expected 2\.0 MiB at most, but the server sends more; what arrived is removed"):
        download_set(one, shelf)

    assert not has_begun(one, shelf.root)


def test_a_corrupted_archive_is_removed_and_fetched_anew(server: FilesServer, shelf: Shelf) -> None:
    served = server.files["/GrabCut.zip"]
    sound = served.content
    broken = bytearray(sound)
    broken[len(broken) // 2] ^= 255
    served.content = bytes(broken)
    one = grabcut(server.address)

    with pytest.raises(DamagedArchiveError, match="it is removed, run the same again"):
        download_set(one, shelf)
    assert not has_begun(one, shelf.root)
    assert not (shelf.fingerprints / "GrabCut.zip.sha256").exists()

    served.content = sound
    download_set(one, shelf)

    assert tree(shelf.root) == GRABCUT


@pytest.mark.parametrize(
    "content",
    [zip_bytes({**GRABCUT, "data_GT/../../../../out": b"out"}), zip_bytes({**GRABCUT, "data_GT/bomb": bytes(9 << 20)}, compressed=True)],
    ids=["a way out", "a bomb"],
)
def test_an_archive_that_would_do_harm_leaves_nothing(server: FilesServer, shelf: Shelf, tmp_path: Path, content: bytes) -> None:
    server.serve("/GrabCut.zip", content)

    with pytest.raises(DamagedArchiveError, match="refused"):
        download_set(grabcut(server.address), shelf)

    assert tree(tmp_path) == {}


def test_the_fingerprint_of_the_first_sound_archive_decides(server: FilesServer, shelf: Shelf) -> None:
    one = grabcut(server.address)
    download_set(one, replace(shelf, keeps_archives=True))
    kept = (shelf.fingerprints / "GrabCut.zip.sha256").read_text(encoding="utf-8")
    assert kept == f"{sha256_of(shelf.root / 'archives' / 'GrabCut.zip')}  GrabCut.zip\n"

    shutil.rmtree(shelf.root)
    server.serve("/GrabCut.zip", zip_bytes({**GRABCUT, "GrabCut/data_GT/d.png": b"new"}))
    with pytest.raises(WrongContentError, match=r"expected sha256 .*GrabCut\.zip\.sha256, and download it again"):
        download_set(one, shelf)

    assert not (shelf.root / "GrabCut").exists()


def test_an_archive_that_is_there_is_used_and_kept_where_asked(server: FilesServer, shelf: Shelf) -> None:
    (shelf.root / "archives").mkdir(parents=True)
    (shelf.root / "archives" / "GrabCut.zip").write_bytes(zip_bytes(GRABCUT))

    download_set(grabcut(server.address), replace(shelf, keeps_archives=True))

    assert server.requests == []
    assert set(tree(shelf.root)) == {*GRABCUT, "archives/GrabCut.zip"}


def test_only_the_archives_that_are_missing_are_fetched(server: FilesServer, shelf: Shelf) -> None:
    places = (Place("JPEGImages", "VOC2012/JPEGImages"), Place("ImageSets", "VOC2012/ImageSets"))
    archives = tuple(Archive(f"{server.address}/{number}.tgz", (place,), 1, 1) for number, place in enumerate(places))
    one = PublishedSet("VOC", "two archives", "VOC2012", PAGE, "MIT", archives)
    server.serve("/0.tgz", tar_bytes({"VOCdevkit/VOC2012/JPEGImages/1.jpg": b"1"}))

    with pytest.raises(NotServedError, match=r"404.*example.org/sets tells of another place, put the archive from there at"):
        download_set(one, shelf)
    server.serve("/1.tgz", tar_bytes({"VOCdevkit/VOC2012/ImageSets/val.txt": b"1\n"}))
    download_set(one, shelf)

    assert [request.path for request in server.requests] == ["/0.tgz", "/1.tgz", "/1.tgz"]
    assert tree(shelf.root) == {"VOC2012/JPEGImages/1.jpg": b"1", "VOC2012/ImageSets/val.txt": b"1\n"}


@pytest.mark.parametrize("has_symlinks", [True, False])
def test_photos_of_another_set_are_linked_as_soon_as_they_are_there(
    server: FilesServer, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, has_symlinks: bool
) -> None:
    archive = Archive(f"{server.address}/lvis.zip", (Place("lvis_v1_train.json", "LVIS/train/lvis_train.json"),), 1, 1)
    link = Link("LVIS/train/images", "MSCOCO/train")
    one = PublishedSet("LVIS", "on COCO's photos", "LVIS", PAGE, "MIT", (archive,), needs=("COCO",), links=(link,))
    server.serve("/lvis.zip", zip_bytes({"lvis_v1_train.json": b"{}"}))
    if not has_symlinks:
        monkeypatch.setattr(Path, "symlink_to", _refused)

    download_set(one, shelf)
    assert one.missing_links(shelf.root) == (link,)
    (shelf.root / "MSCOCO" / "train").mkdir(parents=True)
    (shelf.root / "MSCOCO" / "train" / "1.jpg").write_bytes(b"photo")
    download_set(one, shelf)

    moved = shelf.root.rename(shelf.root.with_name("moved"))
    assert (moved / "LVIS" / "train" / "images" / "1.jpg").read_bytes() == b"photo"
    assert (moved / "LVIS" / "train" / "images").is_symlink() == has_symlinks
    assert len(server.requests) == 1


def test_room_is_asked_for_before_anything_is_fetched(server: FilesServer, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10 << 20))
    one = grabcut(server.address, mib=6)

    with pytest.raises(OSError, match=r"expected room for 12\.0 MiB, got 10\.0 MiB"):
        download_set(one, shelf)

    assert server.requests == []


def test_a_set_that_only_a_person_can_fetch_says_where_from_and_where_to(shelf: Shelf) -> None:
    one = PublishedSet("BraTS", "slices", "BraTS", PAGE, "research", by_hand_places=("image", "annotation"))

    with pytest.raises(ValueError, match=rf"{PAGE} in a browser, so that there are {shelf.root}/BraTS/image and .*/annotation"):
        download_set(one, shelf)

    for name in ("image", "annotation"):
        (shelf.root / "BraTS" / name).mkdir(parents=True)
        (shelf.root / "BraTS" / name / "1.png").write_bytes(b"1")
    download_set(one, shelf)


def _refused(*_: object, **__: object) -> None:
    raise OSError("symbolic links need a right that this user lacks")
