"""Where downloads go."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clickcut.core.cache import cache_folder


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CLICKCUT_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)


@pytest.mark.parametrize(("platform", "place"), [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", ".cache")])
def test_the_systems_place_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, place: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    assert cache_folder() == tmp_path / place / "clickcut"


def test_windows_names_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))

    assert cache_folder() == tmp_path / "local" / "clickcut"


def test_the_users_variables_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "clickcut"

    monkeypatch.setenv("CLICKCUT_HOME", "~/models")
    assert cache_folder() == tmp_path / "models"


def test_a_relative_xdg_folder_is_taken_no_notice_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")

    assert cache_folder() == tmp_path / ".cache" / "clickcut"


def test_a_user_without_a_home_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)

    with pytest.raises(ValueError, match="CLICKCUT_HOME"):
        cache_folder()
