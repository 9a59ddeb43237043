"""The list of known sets: how names are looked up, where folders are found, and what was published."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from clickcut.data.fetching.published_sets import PUBLISHED_SETS
from clickcut.data.sets.known import KNOWN_SETS, known_set, named_place
from clickcut.data.sets.known_set import Count
from tests.data.formats import labelme, shape, write_coco, write_photo_only
from tests.data.photos import write_folder


@pytest.mark.parametrize("name", ["DAVIS-585", "davis585", "Davis_585", "COCO_MVAL", "coco-mval", "sbd", "coco+lvis", "LVIS_v1"])
def test_case_dashes_and_underscores_do_not_matter(name: str) -> None:
    assert known_set(name).name in KNOWN_SETS


@pytest.mark.parametrize(("name", "near"), [("GrabCot", "GrabCut"), ("DAVIS-858", "DAVIS-585"), ("pascal", "PascalVOC")])
def test_a_name_that_is_none_is_told_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ValueError, match=rf"expected a set that is known, got '{name}'; nearest: .*{near}"):
        known_set(name)


def test_a_name_like_none_is_told_all() -> None:
    with pytest.raises(ValueError, match=r"got 'xyz'; clickcut data list shows what is published"):
        known_set("xyz")


def test_the_published_numbers_are_the_fields() -> None:
    counts = {
        (one.name, split): (published.photos and published.photos.stated, published.objects and published.objects.stated)
        for one in KNOWN_SETS.values()
        for split, published in one.published.items()
    }

    assert counts["GrabCut", "val"] == (50, 50)
    assert counts["Berkeley", "val"] == (100, 100)
    assert counts["DAVIS", "val"] == (345, 345)
    assert counts["COCO_MVal", "val"] == (800, 800)
    assert (counts["SBD", "train"], counts["SBD", "val"]) == ((8498, 20172), (2857, 6671))
    assert (counts["PascalVOC", "val"], counts["PascalVOC-exact", "val"]) == ((1449, 3417), (1449, 3427))
    assert (counts["BraTS", "val"], counts["OAIZIB", "val"]) == ((369, 369), (150, None))
    assert (counts["HQSeg-44K", "train"], counts["DAVIS-585", "val"]) == ((44320, 44320), (585, 585))


def test_counts_fit_exactly_unless_they_were_rounded_or_told_in_two_ways() -> None:
    assert Count(50).fits(50)
    assert not Count(50).fits(49)
    assert Count(100, also=96).fits(96)
    assert Count(99_000, 1000).fits(99_388)
    assert not Count(99_000, 1000).fits(97_900)


@pytest.mark.parametrize("below", ["SBD/dataset", "dataset", "."])
def test_a_set_is_found_below_a_folder_of_sets_and_in_its_own(tmp_path: Path, below: str) -> None:
    (tmp_path / below).mkdir(parents=True, exist_ok=True)

    assert known_set("SBD").place(tmp_path) == tmp_path / below


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: expected the folder of DAVIS, found no such folder"):
        known_set("DAVIS").open(tmp_path / "nowhere", "val")


@pytest.mark.parametrize("kind", ["label maps", "COCO", "YOLO", "labelme"])
def test_any_folder_is_a_set_as_well(tmp_path: Path, kind: str) -> None:
    if kind == "label maps":
        write_folder(tmp_path, 1)
    elif kind == "COCO":
        write_coco(tmp_path, {"a.png": [[[1, 1, 9, 1, 9, 9]]]})
    elif kind == "YOLO":
        write_photo_only(tmp_path / "images" / "a.png")
        (tmp_path / "labels").mkdir()
        (tmp_path / "labels" / "a.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    else:
        write_photo_only(tmp_path / "a.png")
        (tmp_path / "a.json").write_text(labelme([shape("polygon", [[1, 1], [9, 1], [9, 9]])]))

    found = known_set("folder").open(tmp_path, "train")

    assert kind.lower() in found.format.lower()
    assert found.photos[0].read().labels.any()


def test_a_name_and_a_folder_are_told_from_a_path(tmp_path: Path) -> None:
    (tmp_path / "a=b").mkdir()

    named = named_place("sbd=/data/SBD")

    assert named is not None
    assert (named[0].name, named[1]) == ("SBD", Path("/data/SBD"))
    assert named_place(str(tmp_path / "a=b")) is named_place("photos") is named_place("./x=y") is None


def test_readers_can_be_sent_to_other_processes() -> None:
    for one in KNOWN_SETS.values():
        assert pickle.loads(pickle.dumps(one.reader)) == one.reader


def test_downloads_lie_where_readers_look() -> None:
    for one in PUBLISHED_SETS.values():
        assert KNOWN_SETS[one.name].folder == one.folder
