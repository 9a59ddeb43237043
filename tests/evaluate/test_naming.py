from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clickcut.data.folders import labelled_photos
from clickcut.data.photos import LabelledSet, Problem, Split
from clickcut.data.sets.config_yml import FieldConfig
from clickcut.data.sets.known_set import KnownSet
from clickcut.evaluate import naming
from clickcut.evaluate.naming import Places, open_benchmark
from clickcut.evaluate.protocol import Protocol
from tests.evaluate.fakes import labelled_folder


def read_shapes(folder: Path, split: Split) -> LabelledSet:
    """Parts lie in folders of their names."""
    return LabelledSet(folder, "shapes", labelled_photos(folder / split))


SHAPES = KnownSet("SHAPES", "Shapes", read_shapes, config_key="SHAPES_PATH")


def find(name: str) -> KnownSet:
    if name.lower() != "shapes":
        raise ValueError(f"no set is called {name!r}, the nearest is SHAPES")
    return SHAPES


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """datasets/Shapes with five objects in val and two in train, in the present folder."""
    monkeypatch.setattr(naming, "known_set", find)
    monkeypatch.chdir(tmp_path)
    labelled_folder(tmp_path / "datasets" / "Shapes" / "val")
    train = labelled_folder(tmp_path / "datasets" / "Shapes" / "train")
    for name in ("b", "c"):
        (train / "images" / f"{name}.png").unlink()
        (train / "masks" / f"{name}.png").unlink()
    return tmp_path / "datasets"


def test_a_name_is_looked_up_and_the_set_found_in_its_folder(root: Path) -> None:
    benchmark = open_benchmark("shapes", Protocol(), places=Places(root))

    assert (benchmark.name, benchmark.known_as, len(benchmark.objects)) == ("SHAPES", "SHAPES", 5)


def test_another_split_has_a_name_of_its_own(root: Path) -> None:
    benchmark = open_benchmark("shapes", Protocol(), places=Places(root, split="train"))

    assert (benchmark.name, benchmark.known_as, len(benchmark.objects)) == ("SHAPES-train", "SHAPES", 2)


def test_a_path_that_exists_wins_over_a_name(root: Path) -> None:
    labelled_folder(Path("shapes"))

    benchmark = open_benchmark("shapes", Protocol(limit=1), places=Places(root))

    assert (benchmark.name, benchmark.known_as, len(benchmark.objects)) == ("shapes", None, 1)


def test_a_config_of_the_field_says_where_a_set_lies(root: Path) -> None:
    places = Places(Path("nowhere"), FieldConfig(Path("config.yml"), {"SHAPES_PATH": root / "Shapes"}))

    assert len(open_benchmark("SHAPES", Protocol(), places=places).objects) == 5


@pytest.mark.parametrize(
    ("name", "places", "told"),
    [
        ("shape", Places(Path("datasets")), "the nearest is SHAPES"),
        ("SHAPES", Places(Path("other")), r"other: expected the folder that holds SHAPES, found none \(clickcut data download SHAPES"),
        ("some/where", Places(Path("datasets")), "some/where: expected a folder with images/ and masks/, other labelled photos or a known"),
        ("datasets/Shapes/val", Places(Path("x"), split="train"), "--split belongs to known sets"),
    ],
)
def test_what_cannot_be_found_is_told_with_where_it_was_looked_for(name: str, places: Places, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        open_benchmark(name, Protocol(), places=places)


def test_a_set_with_broken_photos_is_not_measured_in_part(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(folder: Path, split: Split) -> LabelledSet:
        return replace(read_shapes(folder, split), problems=(Problem("d.png", "d.png has no mask"),))

    monkeypatch.setattr(naming, "known_set", lambda name: replace(SHAPES, reader=read))

    with pytest.raises(ValueError, match=r"1 photos cannot be measured, the first: d.png has no mask"):
        open_benchmark("SHAPES", Protocol(), places=Places(root))
