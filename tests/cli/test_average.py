"""``clickcut average``: what it writes, tells and refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from clickcut.model.header import Header
from clickcut.model.late import SamLineage
from clickcut.model.weights import save_weights
from tests.cli.conftest import TINY, Command


def test_averaging_tells_what_the_file_is_made_of(clickcut: Command, weights: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    torch.manual_seed(1)
    save_weights(other, SamLineage(TINY), Header(TINY, {"name": "other"}, {"zoom": None}))

    ran = clickcut("average", weights, other, "--share", 3, "--share", 1, "--out", "mean.safetensors")

    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[0].startswith("75.0% tiny.safetensors, sha256 ")
    assert ran.out.splitlines()[1].startswith("25.0% other.safetensors, sha256 ")
    assert "wrote mean.safetensors" in ran.out


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("mean.pth", "ends in .safetensors"),
        ("nowhere/mean.safetensors", "there is no folder"),
        ("other.safetensors", "one of the files to read"),
    ],
)
def test_averages_go_where_they_harm_nothing(clickcut: Command, weights: Path, tmp_path: Path, out: str, told: str) -> None:
    shutil.copy(weights, tmp_path / "other.safetensors")

    ran = clickcut("average", weights, "other.safetensors", "--out", out)

    assert ran.status == 2
    assert told in ran.err
