"""COCO+LVIS from small files in the official layout, as the field's own code would read what comes out."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from clickcut.core.images import write_image
from clickcut.core.masks import Mask
from clickcut.data.building.cocolvis import build_photo
from clickcut.data.building.split import SplitFiles, build_split
from clickcut.data.layered import OverlappingPhoto
from clickcut.data.sets.coco_lvis import open_coco_lvis
from tests.data.building.pieces import HW, Tree

SKY, CAR, WHEEL, PERSON = (0, 0, 20, 80), (30, 10, 55, 60), (45, 15, 55, 25), (10, 62, 50, 78)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """One photo of all kinds, one that LVIS lacks, one with nothing large enough, and one with stuff alone."""
    tree = Tree(tmp_path)
    tree.add(9, stuff=[SKY], things=[CAR, PERSON], crowds=[(56, 0, 60, 80)], lvis=[CAR, WHEEL])
    tree.add(12, things=[CAR])
    tree.add(25, things=[(0, 0, 8, 8)], lvis=[(20, 20, 25, 25)])
    tree.add(30, stuff=[SKY], lvis=[])
    tree.write()
    return tree


def _tell(done: int, total: int | None, note: str) -> None:
    """Nobody."""


def _built(files: SplitFiles) -> dict[str, Any]:
    entries: dict[str, Any] = pickle.loads(files.hierarchy.read_bytes())
    return entries


def _masks(files: SplitFiles, stem: str) -> list[Mask]:
    """As the field reads them."""
    layers, places = pickle.loads((files.masks / f"{stem}.pickle").read_bytes())
    images = [cv2.imdecode(layer, cv2.IMREAD_UNCHANGED) for layer in layers]
    return [np.asarray(images[layer] == value) for layer, value in places]


def _forget(files: SplitFiles) -> None:
    files.hierarchy.unlink()
    shutil.rmtree(files.masks)


def _rectangle(top: int, left: int, bottom: int, right: int) -> Mask:
    mask = np.zeros(HW, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def test_photos_that_both_have_are_built(tree: Tree) -> None:
    files = SplitFiles.below(tree.root, "train")

    num_photos = build_split(files, 1, _tell)

    entries = _built(files)
    assert num_photos == 2
    assert list(entries) == ["000000000009", "000000000030"]
    assert entries["000000000030"] == {"num_instance_masks": 0, "hierarchy": {}}
    assert {path.name for path in files.masks.iterdir()} == {"000000000009.pickle", "000000000030.pickle"}
    assert {path.name for path in files.out.iterdir()} == {"hannotation.pickle", "masks", "lvis_train.json"}


def test_objects_parts_and_stuff_are_those_of_the_photo(tree: Tree) -> None:
    files = SplitFiles.below(tree.root, "train")

    build_split(files, 1, _tell)

    entry, masks = _built(files)["000000000009"], _masks(files, "000000000009")
    # The person of COCO (the car is LVIS's too), then LVIS's car and wheel; the crowd is neither object nor stuff.
    assert entry["num_instance_masks"] == 3
    assert entry["hierarchy"] == {
        0: None,
        1: {"children": [2], "parent": None, "node_level": 0},
        2: {"children": [], "parent": 1, "node_level": 1},
    }
    for mask, rectangle in zip(masks[:3], (PERSON, CAR, WHEEL), strict=True):
        np.testing.assert_array_equal(mask, _rectangle(*rectangle))
    (sky,) = masks[3:]
    np.testing.assert_array_equal(sky, _rectangle(*SKY) & ~_rectangle(*PERSON))


def test_the_sets_own_reader_reads_what_was_built(tree: Tree) -> None:
    files = SplitFiles.below(tree.root, "train")
    build_split(files, 1, _tell)
    (files.out / "images").mkdir()
    for stem in ("000000000009", "000000000030"):
        write_image(files.out / "images" / f"{stem}.jpg", np.zeros((*HW, 3), np.uint8))

    photo = open_coco_lvis(files.out.parent, "train").photos[0]

    assert isinstance(photo, OverlappingPhoto)
    sample = photo.read_layered()
    assert {number: node.parent for number, node in sample.objects.items()} == {0: None, 1: None, 2: 1, 3: None}
    assert [node.is_stuff for node in sample.objects.values()] == [False, False, False, True]
    np.testing.assert_array_equal(sample.mask(2), _rectangle(*WHEEL))


def test_published_names_of_files_are_found_too(tree: Tree) -> None:
    coco, lvis = tree.root / "MSCOCO" / "annotations", tree.root / "LVIS"
    (coco / "panoptic_train.json").rename(coco / "panoptic_train2017.json")
    (coco / "panoptic_train").rename(coco / "panoptic_train2017")
    (lvis / "train" / "lvis_train.json").rename(lvis / "lvis_v1_train.json")
    (lvis / "train").rmdir()

    assert build_split(SplitFiles.below(tree.root, "train"), 1, _tell) == 2


def test_what_is_missing_is_named(tree: Tree) -> None:
    with pytest.raises(ValueError, match=r"expected .*panoptic_val\.json, found nothing there; clickcut data download COCO gets it"):
        SplitFiles.below(tree.root, "val")


def test_an_interrupted_build_goes_on_with_the_photos_that_are_left(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SplitFiles.below(tree.root, "train")

    def interrupt(done: int, total: int | None, note: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_split(files, 1, interrupt)
    assert not files.hierarchy.exists()
    with files.journal.open("a", encoding="utf-8") as journal:
        journal.write('["000000000030", {"num_inst')  # a line that was cut

    asked: list[str] = []
    whole = build_photo

    def counted(photo: Any, masks: Path) -> Any:
        asked.append(photo.stem)
        return whole(photo, masks)

    monkeypatch.setattr("clickcut.data.building.split.build_photo", counted)
    build_split(files, 1, _tell)
    resumed = _built(files)

    assert asked == ["000000000030"]
    assert not files.journal.exists()
    assert not files.staging.exists()
    _forget(files)
    build_split(files, 1, _tell)
    assert _built(files) == resumed


def test_a_mask_that_is_gone_is_built_again(tree: Tree) -> None:
    files = SplitFiles.below(tree.root, "train")

    def interrupt(done: int, total: int | None, note: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_split(files, 1, interrupt)
    assert not files.masks.exists()
    (files.staging / "000000000009.pickle").unlink()

    build_split(files, 1, _tell)

    assert (files.masks / "000000000009.pickle").is_file()


def test_a_run_that_was_stopped_at_its_very_end_is_finished(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SplitFiles.below(tree.root, "train")
    with monkeypatch.context() as stopped:
        stopped.setattr("clickcut.data.building.split.write_pickle", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            build_split(files, 1, _tell)
    assert files.masks.is_dir()

    assert build_split(files, 1, _tell) == 2
    assert len(list(files.masks.iterdir())) == 2


def test_masks_of_somebody_else_are_left_alone(tree: Tree) -> None:
    files = SplitFiles.below(tree.root, "train")
    files.masks.mkdir()

    with pytest.raises(ValueError, match="move it away first"):
        build_split(files, 1, _tell)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        (
            "MSCOCO/annotations/panoptic_train.json",
            '{"annotations": [{}], "categories": []}',
            "panoptic_train.json: expected the annotations",
        ),
        ("MSCOCO/annotations/panoptic_train.json", "{}", "found 0 and 0"),
        (
            "MSCOCO/annotations/panoptic_train.json",
            '{"annotations": [{"file_name": "../../1.png", "segments_info": []}], "categories": []}',
            "not within",
        ),
        ("LVIS/train/lvis_train.json", '{"images": [], "annotations": []}', "no photo in common"),
        ("MSCOCO/annotations/panoptic_train/000000000009.png", "no image", "000000000009.png"),
    ],
)
def test_what_is_broken_is_named(tree: Tree, file: str, content: str, named: str) -> None:
    (tree.root / file).write_text(content)

    with pytest.raises(ValueError, match=named):
        build_split(SplitFiles.below(tree.root, "train"), 1, _tell)


@pytest.mark.slow
def test_several_processes_build_the_same(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for number in range(1, 30):
        tree.add(number, stuff=[SKY], things=[CAR, (number, 0, number + 20, 20)], lvis=[CAR, WHEEL, (number, 40, number + 12, 52)])
    tree.write()
    files = SplitFiles.below(tree.root, "train")

    build_split(files, 1, _tell)
    alone = {path.name: path.read_bytes() for path in (files.hierarchy, *files.masks.iterdir())}
    _forget(files)
    build_split(files, 3, _tell)

    assert {path.name: path.read_bytes() for path in (files.hierarchy, *files.masks.iterdir())} == alone
