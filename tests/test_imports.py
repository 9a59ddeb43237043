"""What importing costs: the package and the command's help load no torch, and every exported name exists."""

from __future__ import annotations

import subprocess
import sys

import pytest

import clickcut

HEAVY = {"torch", "numpy", "cv2", "PIL", "matplotlib", "safetensors", "scipy"}
"""What would keep help from answering in well under a second."""


def _modules_loaded_by(*arguments: str) -> set[str]:
    """The modules that a fresh interpreter imports while it runs, by ``-X importtime``."""
    command = [sys.executable, "-X", "importtime", *arguments]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return {line.rsplit("|", 1)[1].strip() for line in report.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "import clickcut"),
        ("-m", "clickcut", "--help"),
        ("-m", "clickcut", "predict", "--help"),
        ("-m", "clickcut", "weights", "--help"),
    ],
)
def test_import_and_help_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded = _modules_loaded_by(*arguments)

    assert "clickcut" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("name", clickcut.__all__)
def test_every_exported_name_exists(name: str) -> None:
    assert getattr(clickcut, name) is not None
    assert name in dir(clickcut)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'clicker'"):
        clickcut.clicker  # noqa: B018
