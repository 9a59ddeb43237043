"""Files are replaced as a whole or left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clickcut.core.files import replacing
from clickcut.core.images import write_mask


def test_a_written_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"  # a reader in between sees the whole old file

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_stopped_writer_leaves_the_old_file_and_no_rest(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    with pytest.raises(error), replacing(path) as file:  # noqa: PT012 - what it does inside is the point
        file.write(b"half")
        raise error

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_mask_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    write_mask(path, np.ones((2, 2), bool))
    before = path.read_bytes()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("PIL.Image.Image.save", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_mask(path, np.zeros((2, 2), bool))

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_or_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it is a folder"), replacing(tmp_path):
        pass
    with pytest.raises(ValueError, match="there is no folder"), replacing(tmp_path / "no" / "a.bin"):
        pass


def test_written_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with replacing(tmp_path / "replaced") as file:
        file.write(b"")

    assert (tmp_path / "replaced").stat().st_mode == (tmp_path / "plain").stat().st_mode
