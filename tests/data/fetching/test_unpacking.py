"""Unpacking archives of sets: what is wanted lands in its place, and nothing lands anywhere else, whatever the archive says."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from clickcut.core.files import WrongContentError
from clickcut.core.members import DamagedArchiveError
from clickcut.data.fetching.catalogue import Archive, Place
from clickcut.data.fetching.unpacking import staging_folder, unpack_set
from tests.data.fetching.archives import GRABCUT, grabcut, tar_bytes, tree, zip_bytes

PLACES = grabcut("http://localhost").archives[0].places
PACKERS = (zip_bytes, tar_bytes, lambda members: tar_bytes(members, compressed=False))


def _unpack(root: Path, content: bytes, places: tuple[Place, ...] = PLACES, unpacked_mib: int | None = 1) -> Path:
    """Unpacks an archive below ``root``/sets, beside which lies a folder that nothing may reach."""
    (root / "sets" / "archives").mkdir(parents=True, exist_ok=True)
    file = root / "sets" / "archives" / "archive"
    file.write_bytes(content)
    unpack_set(Archive("http://localhost/archive", places, 1, unpacked_mib), file, root / "sets", lambda done, total: None)
    return root / "sets"


@pytest.mark.parametrize("pack", PACKERS)
def test_members_go_to_their_places_whatever_folders_are_around_them(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    around = {f"./{name}": content for name, content in GRABCUT.items()}
    litter = {"__MACOSX/GrabCut/data_GT/._a.png": b"?", "GrabCut/data_GT/.DS_Store": b"?", "GrabCut/readme.txt": b"?"}

    root = _unpack(tmp_path, pack({**around, **litter}))

    (root / "archives" / "archive").unlink()
    assert tree(root) == GRABCUT


def test_an_archive_within_an_archive_is_flattened_and_files_are_renamed(tmp_path: Path) -> None:
    inner = zip_bytes({"panoptic_train2017/1.png": b"one", "panoptic_train2017/2.png": b"two", "other/3.png": b"three"})
    outer = zip_bytes({"annotations/panoptic_train2017.json": b"{}", "annotations/panoptic_train2017.zip": inner})
    places = (
        Place("annotations/panoptic_train2017.json", "MSCOCO/annotations/panoptic_train.json"),
        Place("annotations/panoptic_train2017.zip", "MSCOCO/annotations/panoptic_train", inner="panoptic_train2017"),
    )

    root = _unpack(tmp_path, outer, places)

    assert tree(root / "MSCOCO" / "annotations") == {
        "panoptic_train.json": b"{}",
        "panoptic_train/1.png": b"one",
        "panoptic_train/2.png": b"two",
    }


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize(
    "name",
    [
        "GrabCut/data_GT/../../../../out.png",
        "../data_GT/out.png",
        "/data_GT/out.png",
        "data_GT/C:/out.png",
        "data_GT/..\\..\\out.png",
        "data_GT//out.png",
        "data_GT/./out.png",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, pack: Callable[..., bytes], name: str) -> None:
    with pytest.raises(DamagedArchiveError, match="could lead elsewhere"):
        _unpack(tmp_path, pack({**GRABCUT, name: b"out"}))

    assert {path.name for path in tmp_path.iterdir()} == {"sets"}
    assert not (tmp_path / "sets" / "GrabCut").exists()


@pytest.mark.parametrize(
    "content",
    [
        zip_bytes({"data_GT/a.png": b"/etc/passwd"}, mode=0o120777),
        tar_bytes({"data_GT/a.png": b""}, kind=tarfile.SYMTYPE),
        tar_bytes({"data_GT/a.png": b""}, kind=tarfile.LNKTYPE),
        tar_bytes({"data_GT/a.png": b""}, kind=tarfile.FIFOTYPE),
    ],
    ids=["link in zip", "link in tar", "hard link", "pipe"],
)
def test_links_and_devices_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DamagedArchiveError, match="a link or a device"):
        _unpack(tmp_path, content)


@pytest.mark.parametrize("pack", PACKERS)
def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    bomb = {**GRABCUT, "GrabCut/data_GT/bomb.png": bytes(3 << 20)}

    with pytest.raises(DamagedArchiveError, match=r"expected to unpack to 2\.0 MiB at most, but holds"):
        _unpack(tmp_path, pack(bomb) if pack is not zip_bytes else zip_bytes(bomb, compressed=True))


def test_what_nothing_needs_counts_too(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchiveError, match="at most"):
        _unpack(tmp_path, tar_bytes({"elsewhere/bomb": bytes(3 << 20), **GRABCUT}))


def test_a_zip_that_understates_a_size_is_refused(tmp_path: Path) -> None:
    honest = zip_bytes({"data_GT/a.png": bytes(1 << 20), "boundary_GT/a.png": b"b"}, compressed=True)
    lying = honest.replace((1 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))

    with pytest.raises(DamagedArchiveError):
        _unpack(tmp_path, lying)


def test_a_header_that_claims_gigabytes_is_not_read_at_once(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 8 << 30
    header = info.tobuf(tarfile.GNU_FORMAT)

    with pytest.raises(DamagedArchiveError):
        _unpack(tmp_path, gzip.compress(header + bytes(1 << 16)))


def test_a_member_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchiveError, match="twice"):
        _unpack(tmp_path, zip_bytes({"data_GT/a.png": b"1", "x/data_GT/a.png": b"2"}))


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zip_bytes({"data_GT/a.png": b"1"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(DamagedArchiveError, match="encrypted"):
        _unpack(tmp_path, bytes(content))


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9])
def test_a_cut_off_archive_is_damaged(tmp_path: Path, pack: Callable[..., bytes], share: float) -> None:
    content = pack(GRABCUT)

    with pytest.raises(DamagedArchiveError):
        _unpack(tmp_path, content[: int(len(content) * share)])

    assert not (tmp_path / "sets" / "GrabCut").exists()


def test_a_tar_that_ends_between_two_members_is_damaged(tmp_path: Path) -> None:
    content = tar_bytes({"data_GT/a": bytes(512), "boundary_GT/a": bytes(512), "data_GT/b": bytes(512)}, compressed=False)

    with pytest.raises(DamagedArchiveError, match="without an end mark"):
        _unpack(tmp_path, content[: 4 * 512])


@pytest.mark.parametrize("pack", [zip_bytes, tar_bytes])
def test_a_changed_byte_is_noticed(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    content = bytearray(pack(GRABCUT))
    content[len(content) // 2] ^= 255

    with pytest.raises((DamagedArchiveError, WrongContentError)):
        _unpack(tmp_path, bytes(content))


def test_a_web_page_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchiveError, match="no archive"):
        _unpack(tmp_path, b"<html>please log in</html>" * 100)


def test_a_sound_archive_that_lacks_a_place_says_which(tmp_path: Path) -> None:
    with pytest.raises(WrongContentError, match=r"expected boundary_GT in it.*the archive is kept"):
        _unpack(tmp_path, zip_bytes({"data_GT/a.png": b"1"}))


def test_an_optional_place_may_be_lacking(tmp_path: Path) -> None:
    root = _unpack(tmp_path, zip_bytes({"data_GT/a.png": b"1"}), (PLACES[0], Place("more", "GrabCut/more", optional=True)))

    assert (root / "GrabCut" / "data_GT" / "a.png").read_bytes() == b"1"


def test_an_interrupted_unpacking_goes_on_with_the_files_that_are_there(tmp_path: Path) -> None:
    content = zip_bytes(GRABCUT)
    file = tmp_path / "archive"
    file.write_bytes(content)
    archive = Archive("http://localhost/archive", PLACES, 1, 1)
    asked: list[int] = []

    def interrupt(done: int, total: int | None) -> None:
        asked.append(done)
        if len(asked) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack_set(archive, file, tmp_path, interrupt)
    kept = {path.name: path.stat().st_ino for path in staging_folder(file).rglob("*.png")}
    assert not (tmp_path / "GrabCut").exists()

    unpack_set(archive, file, tmp_path, lambda done, total: None)

    assert kept
    assert {path.name: path.stat().st_ino for path in (tmp_path / "GrabCut" / "data_GT").iterdir() if path.name in kept} == kept
    assert not staging_folder(file).exists()


def test_progress_tells_how_much_of_the_archive_is_read(tmp_path: Path) -> None:
    file = tmp_path / "archive"
    file.write_bytes(tar_bytes(GRABCUT, compressed=False))
    told: list[tuple[int, int | None]] = []

    unpack_set(Archive("http://localhost/archive", PLACES, 1, 1), file, tmp_path, lambda done, total: told.append((done, total)))

    size = file.stat().st_size
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, size), (size, size))


def test_what_is_in_its_place_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sets" / "GrabCut" / "data_GT").mkdir(parents=True)
    (tmp_path / "sets" / "GrabCut" / "data_GT" / "mine.png").write_bytes(b"mine")

    root = _unpack(tmp_path, zip_bytes(GRABCUT))

    assert {path.name for path in (root / "GrabCut" / "data_GT").iterdir()} == {"mine.png"}
    assert len(tree(root / "GrabCut" / "boundary_GT")) == 3


def test_many_small_members_are_read_once_through(tmp_path: Path) -> None:
    """Member sizes of all residues, whole blocks of 512 among them: the reader goes back by one byte at most."""
    members = {f"data_GT/{size}": bytes([size % 251]) * size for size in (*range(500, 530), 1024, 65_536, 131_072, 131_073)}

    root = _unpack(tmp_path, tar_bytes({**members, "boundary_GT/a": b"1"}))

    assert tree(root / "GrabCut" / "data_GT") == {name.partition("/")[2]: content for name, content in members.items()}
