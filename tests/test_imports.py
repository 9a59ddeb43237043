"""What importing costs: the package and the command's help load no torch, and every exported name exists."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import clickcut


def _modules_loaded_by(*arguments: str) -> set[str]:
    """The modules that a fresh interpreter imports while it runs, by ``-X importtime``."""
    command = [sys.executable, "-X", "importtime", *arguments]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return {line.rsplit("|", 1)[1].strip() for line in report.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("arguments", [("-c", "import clickcut"), ("-m", "clickcut", "--help"), ("-m", "clickcut", "predict", "--help")])
def test_import_and_help_load_no_torch(arguments: tuple[str, ...]) -> None:
    loaded = _modules_loaded_by(*arguments)

    assert "clickcut" in loaded
    assert "torch" not in loaded


@pytest.mark.parametrize("arguments", [("-c", "import clickcut"), ("-m", "clickcut", "--help")])
def test_import_and_help_answer_in_under_a_second(arguments: tuple[str, ...]) -> None:
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)

    assert min(seconds) < 1.0  # the best of three: other work on the machine can only slow a run down


@pytest.mark.parametrize("name", clickcut.__all__)
def test_every_exported_name_exists(name: str) -> None:
    assert getattr(clickcut, name) is not None
    assert name in dir(clickcut)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'clicker'"):
        clickcut.clicker  # noqa: B018
