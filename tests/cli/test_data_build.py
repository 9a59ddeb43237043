"""``clickcut data build``."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.data.building.pieces import Tree


def test_cocolvis_is_built_where_it_is_read(clickcut: Command, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "datasets")
    tree.add(9, things=[(0, 0, 20, 20)], lvis=[(30, 30, 50, 50)])
    tree.write()

    built = clickcut("data", "build", "cocolvis", "--split", "train", "--jobs", 1)
    again = clickcut("data", "build", "cocolvis", "--split", "train")

    path = Path("datasets/LVIS/train/hannotation.pickle")
    assert (built.status, built.out) == (0, f"{path}: 1 photos\n")
    assert "building train: 1 of 1" in built.err
    assert list(pickle.loads(path.read_bytes())) == ["000000000009"]
    assert (again.status, again.out) == (0, f"{path}: is there already; remove it to build it anew\n")


def test_what_is_missing_is_one_line(clickcut: Command) -> None:
    ran = clickcut("data", "build", "cocolvis", "--root", "sets")

    assert (ran.status, ran.out, len(ran.error_lines)) == (2, "", 1)
    assert "sets/MSCOCO/annotations/panoptic_train.json" in ran.err


def test_an_interrupted_build_says_that_it_is_kept(clickcut: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Tree(tmp_path / "datasets")
    tree.add(9, lvis=[(30, 30, 50, 50)])
    tree.write()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("clickcut.cli.data_build.build_split", interrupted)

    ran = clickcut("data", "build", "cocolvis", "--split", "train")

    assert ran.status == 130
    assert "the same command goes on from there" in ran.err


def test_jobs_are_one_or_more(clickcut: Command) -> None:
    assert "expected --jobs of 1 or more, got 0" in clickcut("data", "build", "cocolvis", "--jobs", 0).err
