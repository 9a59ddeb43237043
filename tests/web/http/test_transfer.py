"""Export and import over HTTP, and a folder's work read without a server."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from clickcut.client import ServerError
from clickcut.web.annotations import add_annotations, image_names, read_annotations
from tests.web.http.test_server import Tab
from tests.web.live import LARGE, SMALL, Live, asked, disk, live, write_pictures

pytestmark = pytest.mark.slow

HW = (300, 420)


def cut_two(server: Live, image: str = "a.png") -> Tab:
    tab = Tab(server, image)
    for place in (LARGE, SMALL):
        tab.click(place)
        tab.send("POST", "finish", {"name": f"at {place[0]}"})
    return tab


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools with numpy 2
def test_cocos_own_tools_read_back_the_masks_that_were_shown(server: Live) -> None:
    tab = cut_two(server)

    answer = asked(server.address, "GET", "/api/export?format=coco-rle&image=a.png")

    assert "attachment" in answer.headers["content-disposition"]
    annotations = json.loads(answer.body)["annotations"]
    assert len(annotations) == 2
    for entry, object_id in zip(annotations, tab.ids, strict=True):
        rle = entry["segmentation"]
        rle = coco_mask.frPyObjects(rle, *HW) if isinstance(rle["counts"], list) else rle
        assert (coco_mask.decode(rle).astype(bool) == tab.masks[object_id]).all()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["label-map", "masks", "cutouts", "coco-rle", "coco-polygons", "voc", "yolo", "labelme", "labelme-masks"])
def test_every_format_can_be_had_and_comes_back(server: Live, form: str) -> None:
    tab = cut_two(server)

    data = asked(server.address, "GET", f"/api/export?format={form}")
    told = server.client.request("POST", f"/api/import?format={form}&name=import.zip", body=data.body)

    assert data.headers["content-type"] == "application/zip"
    assert (told["images"], told["objects"], told["skipped"]) == (1, 2, [])
    again = Tab(server, take=True)
    assert len(again.ids) == 4
    for before, after in zip(again.ids[:2], again.ids[2:], strict=True):
        a, b = tab.masks[before], again.masks[after]
        assert (a & b).sum() / (a | b).sum() > (0.97 if form in ("coco-polygons", "yolo", "labelme") else 0.9999)
    again.send("POST", "undo")
    assert len(again.ids) == 2


def test_one_object_is_one_file(server: Live) -> None:
    tab = cut_two(server)

    answer = asked(server.address, "GET", f"/api/export?format=masks&image=a.png&object={tab.ids[1]}")

    assert answer.headers["content-type"] == "image/png"
    assert ((np.asarray(Image.open(BytesIO(answer.body))) > 0) == tab.masks[tab.ids[1]]).all()


def test_what_cannot_be_exported_is_told(server: Live) -> None:
    def code(query: str) -> str:
        return str(asked(server.address, "GET", f"/api/export?{query}").json["error"]["code"])

    assert code("format=masks") == "nothing_to_export"
    assert code("format=jpeg") == "invalid"
    assert code("format=masks&object=1") == "invalid"
    assert code("format=masks&image=none.png") == "no_such_image"
    cut_two(server)
    assert code("format=masks&image=a.png&object=9") == "no_such_object"


def test_a_lone_label_map_needs_its_image_and_what_fits_none_is_skipped(server: Live) -> None:
    content = BytesIO()
    labels = disk(HW, (60, 60), 20) * np.uint8(1) + disk(HW, (200, 200), 30) * np.uint8(2)
    Image.fromarray(labels).save(content, "PNG")

    skipped = server.client.request("POST", "/api/import?format=label-map&name=unknown.png", body=content.getvalue())
    told = server.client.request("POST", "/api/import?format=label-map&name=unknown.png&image=b.png", body=content.getvalue())

    assert (skipped["objects"], len(skipped["skipped"])) == (0, 1)
    assert (told["images"], told["objects"]) == (1, 2)
    with pytest.raises(ServerError):
        server.client.request("POST", "/api/import", body=b"nonsense")


@pytest.mark.slow
def test_an_archive_of_masks_that_swells_is_refused(server: Live) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(300 * 2**20))

    with pytest.raises(ServerError, match="unpack"):
        server.client.request("POST", "/api/import?name=x.zip", body=content.getvalue())


def test_a_folders_work_is_read_while_it_is_served_and_when_it_is_not(folder: Path) -> None:
    with live(folder) as server:
        tab = cut_two(server)
        server.client.request("POST", "/api/classes", {"name": "cat"})
        (while_served,) = read_annotations(folder)
    (after,) = read_annotations(folder)

    for one in (while_served, after):
        assert (one.image, one.hw, one.is_done) == ("a.png", HW, False)
        assert [made.name for made in one.objects] == ["at 160", "at 330"]
        assert [known.name for known in one.classes] == ["object", "cat"]
        assert (one.mask(0) == tab.masks[tab.ids[0]]).all()
        assert one.pixels is not None
        assert one.pixels(one.objects[0].box).shape == (*one.objects[0].box.hw, 3)
    assert list(read_annotations(folder, only_done=True)) == []


@pytest.mark.slow
def test_annotations_added_to_a_folder_are_there_when_it_is_served(folder: Path, tmp_path: Path) -> None:
    with live(folder) as server:
        tab = cut_two(server)
        with pytest.raises(ValueError, match="another process"):
            add_annotations(folder, [])
    other = write_pictures(tmp_path / "other", "a.png")

    assert add_annotations(other, read_annotations(folder)) == (1, 2)

    assert image_names(other).hw_of("a.png") == HW
    with live(other) as server:
        again = Tab(server)
        assert (again.masks[1] == tab.masks[tab.ids[0]]).all()
        again.send("POST", "undo")
        assert again.ids == []


def test_an_untouched_folder_holds_nothing(folder: Path) -> None:
    assert list(read_annotations(folder)) == []
