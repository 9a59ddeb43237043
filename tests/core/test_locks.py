"""A lock is one holder's, and is gone with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clickcut.core.locks import alone

HOLD_AND_DIE = """
import os, sys
from pathlib import Path
from clickcut.core.locks import alone
with alone(Path(sys.argv[1])):
    os._exit(0)
"""


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    with alone(path), pytest.raises(ValueError, match="another process"), alone(path):
        pass

    with alone(path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no open file")
def test_a_lock_leaves_no_file(tmp_path: Path) -> None:
    with alone(tmp_path / "lock"):
        assert (tmp_path / "lock").is_file()

    assert list(tmp_path.iterdir()) == []


def test_a_lock_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(tmp_path / "lock")], check=True)
    assert (tmp_path / "lock").is_file()

    with alone(tmp_path / "lock"):
        pass


def test_a_lock_that_its_holder_removed_meanwhile_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"

    def taken(_: object) -> bool:
        path.unlink()
        return True

    monkeypatch.setattr("clickcut.core.locks._taken", taken)

    with pytest.raises(ValueError, match="another process"), alone(path):
        pass
