"""Fingerprints that are kept beside a file, or beside where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.core.files import sha256_of
from clickcut.core.fingerprints import hint, keep_sha256, kept_sha256


def test_what_is_kept_is_found_also_when_the_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(b"content")
    sha256 = sha256_of(path)

    keep_sha256(path)
    path.unlink()

    assert kept_sha256(path) == sha256
    assert (tmp_path / "set.zip.sha256").read_text(encoding="utf-8") == f"{sha256}  set.zip\n"
    assert kept_sha256(tmp_path / "other.zip") is None


def test_the_fingerprint_of_a_file_elsewhere_can_be_kept(tmp_path: Path) -> None:
    keep_sha256(tmp_path / "set.zip", "ab" * 32)

    assert kept_sha256(tmp_path / "set.zip") == "ab" * 32


def test_a_folder_that_is_not_there_keeps_nothing(tmp_path: Path) -> None:
    keep_sha256(tmp_path / "nowhere" / "set.zip", "ab" * 32)

    assert not (tmp_path / "nowhere").exists()


def test_a_note_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.zip.sha256").write_text("?", encoding="utf-8")

    with pytest.raises(ValueError, match="expected a line as sha256sum writes it"):
        kept_sha256(tmp_path / "set.zip")


def test_the_hint_names_both_files(tmp_path: Path) -> None:
    assert "remove a.zip and a.zip.sha256 beside it" in hint(Path("a.zip"))
    assert "remove a.zip and cache/a.zip.sha256, and" in hint(Path("a.zip"), Path("cache/a.zip"))
