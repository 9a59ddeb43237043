"""tools/setup_env.py: what it asks of Python, when it installs and when it leaves well alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import setup_env


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the files that the fingerprint reads."""
    (tmp_path / "tools").mkdir()
    for name in ("pyproject.toml", "constraints.txt", "tools/setup_env.py"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records pip's commands in place of running them; what else is called runs."""
    recorded: list[list[str]] = []
    real: Callable[..., int] = subprocess.call

    def call(command: list[str], **options: object) -> int:
        if "pip" not in command:
            return real(command, **options)
        recorded.append(command)
        return 0

    monkeypatch.setattr("tools.setup_env.subprocess.call", call)
    return recorded


@pytest.fixture
def environment(clone: Path) -> Path:
    """An environment that works, made without pip so that the test is quick."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(clone / ".venv")], check=True)
    return clone / ".venv"


def test_an_old_python_is_refused_with_both_versions_and_a_way_out() -> None:
    trouble = setup_env.missing((3, 9))

    assert trouble is not None
    assert "3.11" in trouble
    assert "3.9" in trouble
    assert "make setup PYTHON=" in trouble


def test_a_python_without_ensurepip_is_told_of_python3_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.setup_env.importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())

    trouble = setup_env.missing((3, 11))

    assert trouble is not None
    assert "apt install python3-venv" in trouble


def test_this_python_lacks_nothing() -> None:
    assert setup_env.missing((3, 11)) is None


def test_the_first_call_makes_the_environment_and_installs_with_the_constraints(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr(setup_env, "prepare", made.append)

    (clone / ".venv").mkdir()
    status = setup_env.main([], clone)

    assert status == 0
    assert made == [clone / ".venv"]
    assert commands[0][1:] == ["-m", "pip", "install", "--no-compile", "-c", "constraints.txt", "-e", ".[dev,demo,train,web]"]


def test_a_second_call_installs_nothing(clone: Path, environment: Path, commands: list[list[str]]) -> None:
    setup_env.main([], clone)
    setup_env.main([], clone)

    assert len(commands) == 1
    assert (environment / setup_env.STAMP).is_file()


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_install_again(clone: Path, environment: Path, commands: list[list[str]], changed: str) -> None:
    setup_env.main([], clone)
    (clone / changed).write_text("another")
    setup_env.main([], clone)

    assert len(commands) == 2


def test_extra_arguments_reach_pip_and_always_install(clone: Path, environment: Path, commands: list[list[str]]) -> None:
    setup_env.main([], clone)
    setup_env.main(["--timeout", "60"], clone)

    assert commands[1][-2:] == ["--timeout", "60"]


def test_a_failed_installation_leaves_no_stamp(
    clone: Path, environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_env, "works", lambda environment: True)
    monkeypatch.setattr("tools.setup_env.subprocess.call", lambda command, **options: 3)

    status = setup_env.main([], clone)

    assert status == 1
    assert "status 3" in capsys.readouterr().err
    assert not (environment / setup_env.STAMP).exists()


def test_a_broken_environment_is_named_and_left_alone(clone: Path, commands: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    (clone / ".venv").mkdir()

    status = setup_env.main([], clone)

    assert status == 1
    assert "Remove that folder" in capsys.readouterr().err
    assert commands == []
    assert (clone / ".venv").is_dir()


def test_an_environment_that_could_not_be_made_is_taken_away(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half_made(command: list[str]) -> int:
        Path(command[-1]).mkdir()
        return 1

    monkeypatch.setattr("tools.setup_env.subprocess.call", half_made)

    trouble = setup_env.prepare(clone / ".venv")

    assert trouble is not None
    assert "python3-venv" in trouble
    assert not (clone / ".venv").exists()


def test_a_moved_clone_is_installed_again(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = setup_env.fingerprint(clone)
    moved = clone.rename(tmp_path_factory.mktemp("elsewhere") / "clone")

    assert setup_env.fingerprint(moved) != before
