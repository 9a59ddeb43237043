"""``clickcut export-masks`` and ``import-masks`` between folders that the annotator keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.cli import masks as command
from clickcut.core.images import write_image
from clickcut.core.masks import Mask
from clickcut.data.annotated import Annotated
from clickcut.data.exchange.formats import FORMATS
from clickcut.data.opening import open_labelled
from clickcut.web.annotations import add_annotations, read_annotations
from tests.cli.conftest import Command
from tests.data.exchange.objects import HW, PARTS, RING, annotated, masks_of, told
from tests.data.photos import ramp

WANTED = (annotated("a.png", [RING, PARTS]), annotated("cats/b 2.jpg", [PARTS]))


def write_photos(folder: Path) -> Path:
    for one in WANTED:
        (folder / one.image).parent.mkdir(parents=True, exist_ok=True)
        write_image(folder / one.image, ramp(one.hw))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two photos with objects on them."""
    folder = write_photos(tmp_path / "photos")
    add_annotations(folder, WANTED)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The same photos, without objects."""
    return write_photos(tmp_path / "bare")


def kept(folder: Path) -> dict[str, Annotated]:
    return {one.image: one for one in read_annotations(folder)}


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_exported_from_a_folder_is_imported_into_another(name: str, clickcut: Command, photos: Path, bare: Path) -> None:
    first = clickcut("export-masks", photos, "--format", name, "--out", "out")
    second = clickcut("import-masks", bare, "out")

    assert (first.status, first.err) == (0, "")
    assert f"3 objects of 2 images as {FORMATS[name].title} ({FORMATS[name].note})" in first.out
    assert (second.status, second.err) == (0, "")
    assert second.out == f"added 3 objects to 2 images of {bare}\n"
    for one in WANTED:
        assert masks_of(kept(bare)[one.image]) == masks_of(one)
        assert [known for known, _ in told(kept(bare)[one.image])] == [known for known, _ in told(one)]


def test_objects_come_behind_those_that_are_there(clickcut: Command, photos: Path) -> None:
    clickcut("export-masks", photos, "--format", "masks", "--out", "out")

    clickcut("import-masks", photos, "out/masks/a_2.png")

    assert masks_of(kept(photos)["a.png"]) == [RING.tolist(), PARTS.tolist(), PARTS.tolist()]


def test_a_mask_that_does_not_say_so_belongs_to_the_image_that_is_named(clickcut: Command, bare: Path) -> None:
    write_image("unnamed.png", 255 * RING.astype(np.uint8))

    refused = clickcut("import-masks", bare, "unnamed.png")
    ran = clickcut("import-masks", bare, "unnamed.png", "--image", "b 2")

    assert refused.status == 2
    assert refused.error_lines[0] == "clickcut: left out: unnamed.png: unnamed: no image of that name in the folder"
    assert "found none" in refused.error_lines[1]
    assert (ran.status, ran.err) == (0, "")
    assert masks_of(kept(bare)["cats/b 2.jpg"]) == [RING.tolist()]


def test_masks_belong_to_photos_as_they_are_shown(clickcut: Command, tmp_path: Path) -> None:
    folder = tmp_path / "turned"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(ramp(HW)))).save(folder / "a.jpg", exif=exif)
    add_annotations(folder, [annotated("a.jpg", [RING])])

    ran = clickcut("export-masks", folder, "--format", "label-map", "--out", "out", "--images")

    assert (ran.status, ran.err) == (0, "")
    (photo,) = open_labelled(Path("out")).photos
    sample = photo.read()
    assert sample.image.shape == (*HW, 3)
    np.testing.assert_array_equal(sample.labels, RING.astype(np.uint8))


@pytest.mark.parametrize("name", ["label-map", "masks", "coco-rle", "yolo", "labelme"])
def test_with_its_images_an_export_can_be_trained_on(name: str, clickcut: Command, photos: Path) -> None:
    (photos / "cats" / "b 2.jpg").unlink()  # readers of mask folders do not look below

    ran = clickcut("export-masks", photos, "--format", name, "--out", "out", "--images")

    assert "and 1 image into out" in ran.out
    photo = next(iter(open_labelled(Path("out")).photos))
    np.testing.assert_array_equal(photo.read().labels, WANTED[0].label_map())


def test_only_what_is_done_is_written_if_wished(clickcut: Command, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(folder: Path, *, only_done: bool = False) -> Iterator[Annotated]:
        return (replace(one, is_done=True) for one in WANTED[: 1 if only_done else 2])

    monkeypatch.setattr(command, "read_annotations", read)

    all_of_it = clickcut("export-masks", photos, "--format", "coco-rle", "--out", "all")
    done = clickcut("export-masks", photos, "--format", "coco-rle", "--out", "done", "--done-only")

    assert "3 objects of 2 images" in all_of_it.out
    assert "2 objects of 1 image " in done.out


def test_a_tolerance_gives_fewer_corners(clickcut: Command, tmp_path: Path) -> None:
    y, x = np.ogrid[: HW[0], : HW[1]]
    disk: Mask = (y - 12) ** 2 + (x - 18) ** 2 < 100
    write_photos(tmp_path / "photos")
    add_annotations(tmp_path / "photos", [annotated("a.png", [disk])])

    def num_corners(*more: str) -> int:
        clickcut("export-masks", "photos", "--format", "labelme", "--out", "out", "--overwrite", *more)
        return len(json.loads(Path("out/a.json").read_text())["shapes"][0]["points"])

    assert num_corners("--tolerance", "1") < num_corners() < num_corners("--tolerance", "0")


def test_a_folder_that_is_not_empty_is_written_into_only_if_wished(clickcut: Command, photos: Path) -> None:
    Path("out").mkdir()
    Path("out/annotations.json").write_text("before")

    refused = clickcut("export-masks", photos, "--format", "coco-rle", "--out", "out")
    before = Path("out/annotations.json").read_text()
    ran = clickcut("export-masks", photos, "--format", "coco-rle", "--out", "out", "--overwrite")

    assert (refused.status, before) == (2, "before")
    assert "--out out: is not empty" in refused.err
    assert ran.status == 0
    assert json.loads(Path("out/annotations.json").read_text())["images"]


def test_problems_are_told_and_the_rest_is_imported(clickcut: Command, photos: Path, bare: Path) -> None:
    clickcut("export-masks", photos, "--format", "masks", "--out", "out")
    for number in range(3, 28):
        Path(f"out/masks/a_{number}.png").write_bytes(b"broken")

    ran = clickcut("import-masks", bare, "out")

    assert ran.status == 0
    assert len(ran.error_lines) == 21
    assert ran.error_lines[-1] == "clickcut: left out: 5 more"
    assert ran.out == f"added 3 objects to 2 images of {bare}\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["export-masks", "bare", "--format", "coco-rle", "--out", "out"], "expected a folder that was annotated, found no .clickcut"),
        (["export-masks", "none", "--format", "coco-rle", "--out", "out"], "expected a folder that was annotated"),
        (["export-masks", "photos", "--format", "cocoo", "--out", "out"], "coco"),
        (["export-masks", "photos", "--format", "yolo", "--out", "out", "--tolerance", "-1"], "expected a tolerance of 0"),
        (["export-masks", "photos", "--format", "yolo", "--out", "photos/a.png"], "is a file, expected a folder"),
        (["import-masks", "none", "photos"], "none: expected a folder of images, found nothing there"),
        (["import-masks", "bare", "none"], "found nothing there"),
        (["import-masks", "bare", "bare", "--image", "c"], "c: no image of that name"),
        (["import-masks", "bare", "bare/.."], "expected objects of images in bare, found none"),
    ],
)
def test_bad_input_is_one_line(words: list[str], text: str, clickcut: Command, photos: Path, bare: Path) -> None:
    ran = clickcut(*words)

    assert ran.status == 2
    assert text in ran.error_lines[-1]


def test_a_folder_where_nothing_is_cut_out_yet_says_so(clickcut: Command, bare: Path) -> None:
    (bare / ".clickcut").mkdir()

    ran = clickcut("export-masks", bare, "--format", "coco-rle", "--out", "out")

    assert ran.status == 0
    assert "is annotated yet" in ran.err
