"""The real catalogue: names, layouts and addresses that cannot collide, and the environment's say in where sets go."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clickcut.data.fetching.catalogue import Place, data_root
from clickcut.data.fetching.published_sets import PUBLISHED_SETS, published_set


@pytest.mark.parametrize(
    ("text", "name"), [("grabcut", "GrabCut"), ("coco-mval", "COCO_MVal"), ("davis585", "DAVIS-585"), ("coco+lvis", "COCO+LVIS")]
)
def test_names_are_found_whatever_their_case_and_signs(text: str, name: str) -> None:
    assert published_set(text).name == name


@pytest.mark.parametrize(("typo", "near"), [("GrabCat", "GrabCut"), ("lvis v1", "LVIS"), ("voc", "PascalVOC"), ("", "")])
def test_a_typo_names_the_nearest(typo: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"unknown set '{typo}'.*did you mean '{near}"):
        published_set(typo)


def test_what_is_fetched_goes_into_the_sets_own_folder() -> None:
    for one in PUBLISHED_SETS.values():
        for archive in one.archives:
            assert urlsplit(archive.address).scheme in ("http", "https")
            assert all(place.target.startswith(f"{one.folder}/") for place in archive.places)
            assert any(not place.optional for place in archive.places)


def test_no_two_archives_share_a_name_and_no_two_members_a_place() -> None:
    archives = [archive for one in PUBLISHED_SETS.values() for archive in one.archives]
    targets = [place.target for archive in archives for place in archive.places]

    assert len({archive.file for archive in archives}) == len(archives)
    assert len(set(targets)) == len(targets)


def test_links_lead_to_folders_that_a_needed_set_fills() -> None:
    for one in PUBLISHED_SETS.values():
        filled = {place.target for need in one.needs for archive in PUBLISHED_SETS[need].archives for place in archive.places}
        assert {link.target for link in one.links} <= filled


@pytest.mark.parametrize(
    ("member", "path", "rest"),
    [
        ("dataset/img", "benchmark_RELEASE/dataset/img/1.jpg", ("1.jpg",)),
        ("dataset/train.txt", "benchmark_RELEASE/dataset/train.txt", ()),
        ("VOC2012/ImageSets", "VOCdevkit/VOC2012/ImageSets/Main/val.txt", ("Main", "val.txt")),
        ("img", "img/1.jpg", ("1.jpg",)),
        ("img", "a/b/c/img/1.jpg", None),  # too deep to be the set's own
        ("img", "images/1.jpg", None),
    ],
)
def test_a_place_knows_its_members(member: str, path: str, rest: tuple[str, ...] | None) -> None:
    assert Place(member, "target").beyond(tuple(path.split("/"))) == rest


def test_the_data_root_is_datasets_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLICKCUT_DATA", raising=False)
    assert data_root() == Path("datasets")

    monkeypatch.setenv("CLICKCUT_DATA", "~/sets")
    assert data_root() == Path.home() / "sets"
