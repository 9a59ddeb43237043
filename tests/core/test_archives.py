"""Unpacking: one file comes out whole, or the archive is refused and nothing is written."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from clickcut.core import archives
from clickcut.core.archives import seven_zip, unpack
from clickcut.core.members import ArchiveReader, DamagedArchiveError, Member, Write
from clickcut.core.seven_zip_command import CommandReader, seven_zip_command
from clickcut.core.seven_zip_library import LibraryReader
from tests.core.seven_zip_files import seven_zip_bytes, write_fake_command, write_parts

CONTENT = bytes(range(256)) * 40 + os.urandom(5000)
LIMIT = 1 << 20
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the fake command is a shell script")

LISTING = """
7-Zip 26.01

----
Path = tiny.pth.7z
Type = 7z

----------
Path = folder
Size = 0
Attributes = D drwxr-xr-x

Path = folder/tiny.pth
Size = 11
Attributes = A -rw-r--r--

"""


@pytest.fixture(params=["py7zr", "command"])
def reader(request: pytest.FixtureRequest) -> ArchiveReader:
    """Each real reader; the system's where there is one."""
    if request.param == "py7zr":
        return LibraryReader()
    command = seven_zip_command()
    if command is None:
        pytest.skip("needs 7-Zip's command, which is not installed here")
    return CommandReader(command)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "tiny.pth"


def _parts(tmp_path: Path, members: dict[str, bytes]) -> list[Path]:
    return write_parts(tmp_path, "tiny.pth", seven_zip_bytes(members))


@pytest.mark.parametrize("name", ["tiny.pth", "runs/001/tiny.pth"])
def test_the_expected_file_comes_out_of_three_parts(tmp_path: Path, target: Path, reader: ArchiveReader, name: str) -> None:
    parts = _parts(tmp_path, {"first.txt": b"something else", name: CONTENT, "last.txt": b"and more"})
    told: list[tuple[int, int | None]] = []

    path = unpack(parts, target, limit=LIMIT, on_progress=lambda done, total: told.append((done, total)), reader=reader)

    assert path == target
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_a_corrupted_archive_leaves_nothing(tmp_path: Path, target: Path, reader: ArchiveReader) -> None:
    parts = _parts(tmp_path, {"tiny.pth": CONTENT})
    damaged = bytearray(parts[1].read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    parts[1].write_bytes(damaged)

    with pytest.raises(DamagedArchiveError, match=r"tiny\.pth\.7z\.001: is cut off or damaged"):
        unpack(parts, target, limit=LIMIT, reader=reader)

    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("which", [0, 2])
def test_a_cut_off_part_leaves_nothing(tmp_path: Path, target: Path, reader: ArchiveReader, which: int) -> None:
    parts = _parts(tmp_path, {"tiny.pth": CONTENT})
    parts[which].write_bytes(parts[which].read_bytes()[:-40])

    with pytest.raises(DamagedArchiveError, match="is cut off or damaged"):
        unpack(parts, target, limit=LIMIT, reader=reader)

    assert list(target.parent.iterdir()) == []


def test_something_else_is_no_archive(tmp_path: Path, target: Path, reader: ArchiveReader) -> None:
    parts = write_parts(tmp_path, "tiny.pth", b"<!DOCTYPE html>" * 100)

    with pytest.raises(DamagedArchiveError, match="is cut off or damaged"):
        unpack(parts, target, limit=LIMIT, reader=reader)


@pytest.mark.parametrize("name", ["../tiny.pth", "a/../../tiny.pth", "/tmp/tiny.pth", "..\\tiny.pth", "C:tiny.pth", "-o/tiny.pth", "*.pth"])
@pytest.mark.parametrize("beside", [{}, {"tiny.pth": CONTENT}])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, target: Path, name: str, beside: dict[str, bytes]) -> None:
    parts = _parts(tmp_path, {**beside, name: CONTENT})
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(DamagedArchiveError, match="could lead elsewhere; refused"):
        unpack(parts, target, limit=LIMIT, reader=LibraryReader())

    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_of_other_files_is_refused(tmp_path: Path, target: Path, reader: ArchiveReader) -> None:
    with pytest.raises(DamagedArchiveError, match=r"exactly one regular file tiny\.pth in it, found other\.pth"):
        unpack(_parts(tmp_path, {"other.pth": CONTENT}), target, limit=LIMIT, reader=reader)


def test_two_files_of_the_expected_name_are_refused(tmp_path: Path, target: Path) -> None:
    with pytest.raises(DamagedArchiveError, match="exactly one"):
        unpack(_parts(tmp_path, {"a/tiny.pth": CONTENT, "b/tiny.pth": CONTENT}), target, limit=LIMIT, reader=LibraryReader())


@dataclass(frozen=True)
class FakeReader:
    """States one thing and pours another."""

    stated: Member
    chunks: Iterator[bytes]

    def members(self, parts: Sequence[Path]) -> list[Member]:
        return [self.stated]

    def pour(self, parts: Sequence[Path], member: Member, write: Write) -> None:
        for chunk in self.chunks:
            write(chunk)


def test_a_link_is_refused(tmp_path: Path, target: Path) -> None:
    reader = FakeReader(Member("tiny.pth", 20, False), iter(()))

    with pytest.raises(DamagedArchiveError, match="exactly one regular file"):
        unpack([tmp_path / "a.7z.001"], target, limit=LIMIT, reader=reader)


@pytest.mark.parametrize("bomb", ["tiny.pth", "other.bin"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, target: Path, reader: ArchiveReader, bomb: str) -> None:
    parts = _parts(tmp_path, {"tiny.pth": b"small", bomb: bytes(3 * LIMIT)})
    assert sum(part.stat().st_size for part in parts) < 10_000

    with pytest.raises(DamagedArchiveError, match=r"expected to unpack to 1\.0 MiB at most, but states 3\.0 MiB; refused"):
        unpack(parts, target, limit=LIMIT, reader=reader)

    assert list(target.parent.iterdir()) == []


def test_a_bomb_that_states_a_small_size_is_stopped_while_it_is_unpacked(tmp_path: Path, target: Path) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1000)

    with pytest.raises(DamagedArchiveError, match="but there is more; refused"):
        unpack([tmp_path / "a.7z.001"], target, limit=LIMIT, reader=FakeReader(Member("tiny.pth", 5000, True), endless()))

    assert list(target.parent.iterdir()) == []


def test_less_than_is_stated_is_an_error(tmp_path: Path, target: Path) -> None:
    with pytest.raises(DamagedArchiveError, match="expected 5000 bytes in it, as it states, got 10"):
        unpack([tmp_path / "a.7z.001"], target, limit=LIMIT, reader=FakeReader(Member("tiny.pth", 5000, True), iter([bytes(10)])))


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = _parts(tmp_path, {"tiny.pth": CONTENT})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))

    with pytest.raises(OSError, match="got 10 B; make room"):
        unpack(parts, target, limit=LIMIT)


@pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()])
def test_what_goes_wrong_on_our_side_is_not_the_archives_fault(
    tmp_path: Path, target: Path, reader: ArchiveReader, error: BaseException
) -> None:
    parts = _parts(tmp_path, {"tiny.pth": CONTENT})

    def fail(done: int, total: int | None) -> None:
        raise error

    with pytest.raises(type(error)):
        unpack(parts, target, limit=LIMIT, on_progress=fail, reader=reader)

    assert list(target.parent.iterdir()) == []


@posix_only
def test_without_py7zr_the_systems_command_is_used(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = write_fake_command(tmp_path, LISTING, b"hello world")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    monkeypatch.setattr(archives, "find_spec", lambda _: None)
    monkeypatch.setattr("clickcut.core.seven_zip_command.COMMANDS", ("7z",))

    unpack([tmp_path / "a.7z.001"], target, limit=LIMIT)

    assert seven_zip() == CommandReader(str(command))
    assert target.read_bytes() == b"hello world"


@posix_only
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("folder/tiny.pth", "../tiny.pth", "could lead elsewhere"),
        ("A -rw-r--r--", "A lrwxrwxrwx", "exactly one regular file"),
        ("Size = 11", "Size = 2000000", "but states 1.9 MiB"),
        ("Size = 11", "Size = 4", "but there is more"),
        ("Size = 11", "Size = ", "but there is more"),
        ("----------", "", "found nothing"),
    ],
)
def test_what_the_command_says_is_checked(tmp_path: Path, target: Path, old: str, new: str, told: str) -> None:
    command = write_fake_command(tmp_path, LISTING.replace(old, new), b"hello world")

    with pytest.raises(DamagedArchiveError, match=told):
        unpack([tmp_path / "a.7z.001"], target, limit=LIMIT, reader=CommandReader(str(command)))

    assert list(target.parent.iterdir()) == []


@posix_only
def test_a_command_that_ends_badly_is_an_error(tmp_path: Path, target: Path) -> None:
    command = write_fake_command(tmp_path, LISTING, b"hello world", status=2)

    with pytest.raises(DamagedArchiveError, match=r"7z ended with status 2"):
        unpack([tmp_path / "a.7z.001"], target, limit=LIMIT, reader=CommandReader(str(command)))

    assert list(target.parent.iterdir()) == []


def test_py7zr_is_preferred() -> None:
    assert isinstance(seven_zip(), LibraryReader)


def test_without_any_reader_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "find_spec", lambda _: None)
    monkeypatch.setattr(archives, "seven_zip_command", lambda: None)

    with pytest.raises(ValueError, match=r"pip install 'clickcut\[weights\]'"):
        seven_zip()
