"""Scores of samples: three kinds of file, and pickles that may do nothing."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from clickcut.data.scores import draw_shares, read_scores


def pickled(path: Path, value: object, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_the_fields_pickle_is_read(tmp_path: Path, protocol: int) -> None:
    rows = [(0, "2008_000002", np.float32(0.5)), (1, "2008_000007.jpg", np.float32(0.875)), (2, "c", 0.25)]

    assert read_scores(pickled(tmp_path / "s.pkl", rows, protocol)) == {"2008_000002": 0.5, "2008_000007": 0.875, "c": 0.25}


@pytest.mark.parametrize("kind", [">f4", "f8", "f2"])
def test_other_kinds_of_numpys_numbers_are_read(tmp_path: Path, kind: str) -> None:
    number = np.array([0.625], kind)[0]

    assert read_scores(pickled(tmp_path / "s.pickle", [(0, "a", number)])) == {"a": 0.625}


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def test_a_pickle_that_names_anything_else_is_refused_and_not_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nothing that a file names is run"):
        read_scores(pickled(tmp_path / "s.pkl", [(0, "a", Harmful())]))


def test_json_and_csv_are_read(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"a.jpg": 0.5, "b": 1}))
    (tmp_path / "s.csv").write_text("name,score\na.jpg,0.5\nb,1\n")
    (tmp_path / "bare.csv").write_text("a,0.5\nb,1\n")

    assert read_scores(tmp_path / "s.json") == read_scores(tmp_path / "s.csv") == read_scores(tmp_path / "bare.csv") == {"a": 0.5, "b": 1.0}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("s.txt", "", r"expected scores in a file that ends in \.json"),
        ("s.json", "[1", "expected names of samples with a score each"),
        ("s.json", '{"a": 1.5}', "expected scores in 0..1, got some beyond"),
        ("s.json", '{"a": NaN}', "expected scores in 0..1, got some beyond"),
        ("s.csv", "", "expected scores in 0..1, got none"),
        ("s.csv", "a,0.5\nb,high\n", "expected names of samples with a score each"),
        ("s.pkl", "no pickle", "expected names of samples with a score each"),
    ],
)
def test_files_that_hold_no_scores_are_refused(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(ValueError, match=told):
        read_scores(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"s\.json: cannot read it"):
        read_scores(tmp_path / "s.json")


def test_what_is_known_well_is_drawn_less_often() -> None:
    shares = draw_shares(["a", "b", "c"], {"a": 0.0, "b": 0.5, "c": 1.0, "d": 0.3}, 1.25)

    total = 1 + 0.5**1.25
    assert shares == pytest.approx([1 / total, 0.5**1.25 / total, 0.0])


def test_a_sample_without_a_score_is_named() -> None:
    with pytest.raises(ValueError, match=r"1 of 2 have none, the first is 'b'"):
        draw_shares(["a", "b"], {"a": 0.5}, 1.0)


def test_samples_that_are_all_known_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="none could ever be drawn"):
        draw_shares(["a"], {"a": 1.0}, 1.0)
