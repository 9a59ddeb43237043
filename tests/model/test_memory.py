"""Keeping freed memory: what the C library is asked for, and that nothing happens where there is nothing to ask."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import pytest

from clickcut.model.memory import keep_freed_memory


class FakeLibrary:
    """A C library that writes down what it is told and gives each answer in turn."""

    def __init__(self, *answers: int) -> None:
        self.told: list[tuple[int, int]] = []
        self.answers = list(answers)

    def mallopt(self, option: int, value: int) -> int:
        self.told.append((option, value))
        return self.answers.pop(0)


def installed(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)


def test_glibc_is_told_to_keep_large_blocks_and_not_to_trim(monkeypatch: pytest.MonkeyPatch) -> None:
    library = FakeLibrary(1, 1)
    installed(monkeypatch, library)

    assert keep_freed_memory() is True
    assert library.told == [(-3, 256 << 20), (-1, 512 << 20)]  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD


@pytest.mark.parametrize("answers", [(0,), (1, 0)])
def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch, answers: tuple[int, ...]) -> None:
    installed(monkeypatch, FakeLibrary(*answers))

    assert keep_freed_memory() is False


def test_a_c_library_without_mallopt_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, SimpleNamespace())

    assert keep_freed_memory() is False


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    library = FakeLibrary(1, 1)
    installed(monkeypatch, library)
    monkeypatch.setattr(sys, "platform", platform)

    assert keep_freed_memory() is False
    assert library.told == []


def test_it_runs_with_this_machines_own_c_library() -> None:
    # In a process of its own: the setting lasts as long as the process.
    code = "from clickcut.model.memory import keep_freed_memory; assert keep_freed_memory() in (True, False)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
