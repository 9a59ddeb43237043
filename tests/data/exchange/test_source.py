"""Folders, archives and files to import from: what is passed over, and what is refused before it is unpacked."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from clickcut.data.exchange import source as module
from clickcut.data.exchange.source import of_bytes, opened


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", compression) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return content.getvalue()


FILES = {"b/2.txt": b"two", "a.txt": b"one", ".hidden/x.txt": b"", "__MACOSX/a.txt": b"", "b/.DS_Store": b""}


def test_a_folder_and_an_archive_give_the_same_files(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in.zip").write_bytes(archive(FILES))

    for source in (opened(tmp_path / "in"), opened(tmp_path / "in.zip"), of_bytes(archive(FILES), "in.zip")):
        assert source.names == ("a.txt", "b/2.txt")
        assert source.read("b/2.txt") == b"two"


def test_a_single_file_is_a_source_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one")

    for source in (opened(tmp_path / "a.txt"), of_bytes(b"one", "a.txt")):
        assert source.names == ("a.txt",)
        assert source.read("a.txt") == b"one"


def test_names_that_lead_out_of_an_archive_are_only_looked_up(tmp_path: Path) -> None:
    source = of_bytes(archive({"../../etc/a.txt": b"x"}), "a.zip")

    assert source.read("../../etc/a.txt") == b"x"
    assert list(tmp_path.iterdir()) == []


def test_nothing_and_emptiness_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found nothing there"):
        opened(tmp_path / "none")
    with pytest.raises(ValueError, match=r"a\.png is empty"):
        of_bytes(b"", "a.png")


def test_archives_that_unpack_to_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive({"a": bytes(2000), "b": bytes(2000)})

    monkeypatch.setattr(module, "MOST_FILE_BYTES", 1999)
    with pytest.raises(ValueError, match=r"would unpack to 3\.9 KiB, 2\.0 KiB of them in one file"):
        of_bytes(bomb, "a.zip")
    monkeypatch.setattr(module, "MOST_FILE_BYTES", 2000)
    monkeypatch.setattr(module, "MOST_BYTES", 3999)
    with pytest.raises(ValueError, match="would unpack to"):
        of_bytes(bomb, "a.zip")
    monkeypatch.setattr(module, "MOST_BYTES", 4000)
    monkeypatch.setattr(module, "MOST_FILES", 1)
    with pytest.raises(ValueError, match="holds 2 files, expected at most 1"):
        of_bytes(bomb, "a.zip")


def test_an_archive_that_lies_about_a_size_gives_no_more_than_it_says() -> None:
    content = bytearray(archive({"a": bytes(10**6)}))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + place
        assert struct.unpack_from("<I", content, at) == (10**6,)
        struct.pack_into("<I", content, at, 10)

    source = of_bytes(bytes(content), "a.zip")

    with pytest.raises(ValueError, match="cannot read a of the archive"):
        source.read("a")


def test_damage_inside_an_archive_is_told_of() -> None:
    content = archive({"a.txt": b"some text"}, zipfile.ZIP_STORED).replace(b"some", b"same")

    with pytest.raises(ValueError, match=r"cannot read a\.txt of the archive: Bad CRC"):
        of_bytes(content, "a.zip").read("a.txt")


def test_locked_archives_are_refused() -> None:
    content = bytearray(archive({"a": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(ValueError, match="locked by a password"):
        of_bytes(bytes(content), "a.zip")


def test_files_on_the_disk_have_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(bytes(11))
    monkeypatch.setattr(module, "MOST_FILE_BYTES", 10)

    with pytest.raises(ValueError, match=r"a\.png has 11 B, expected at most 10 B"):
        opened(tmp_path / "a.png")
    with pytest.raises(ValueError, match="expected at most 10 B"):
        opened(tmp_path).read("a.png")
