"""Clicking in the page: include, exclude, undo, redo, finish, and that what is shown is what the server keeps."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_masks

from clickcut.core.masks import Mask
from tests.web.static.annotator import HW, Annotator
from tests.web.static.browser import until

if TYPE_CHECKING:
    from playwright.sync_api import Download


def _server_mask(annotator: Annotator) -> Mask:
    """The mask of the object in progress, as the server gives it to whoever holds the session."""
    image = annotator.photo("one")
    opened = annotator.page.request.post(f"{annotator.address}/api/sessions", data={"image": image["id"], "take": True}).json()
    png = annotator.page.request.get(f"{annotator.address}/api/sessions/{opened['session']}/mask?format=png").body()
    return np.asarray(Image.open(io.BytesIO(png))) > 0


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _plain(annotator: Annotator) -> None:
    """Full opacity, no borders and no marks, so that the sheet shows masks alone."""
    annotator.page.locator("#section-view summary").click()
    annotator.page.locator("#outlines").uncheck()
    for slider, value in (("#opacity", "1"), ("#radius", "0")):
        annotator.page.locator(slider).fill(value)


@pytest.mark.slow
def test_a_left_click_includes_and_a_right_click_excludes(annotator: Annotator) -> None:
    annotator.click(120, 150).click(135, 150, button="right")

    assert annotator.chips == ["+1", "−2"]
    assert annotator.text("#present-facts").startswith("2 clicks")


@pytest.mark.slow
@pytest.mark.parametrize("modifiers", ["Alt", "Control"])
def test_alt_and_ctrl_exclude_too(annotator: Annotator, modifiers: str) -> None:
    annotator.click(120, 150)
    annotator.page.keyboard.down(modifiers)
    annotator.click(135, 150)
    annotator.page.keyboard.up(modifiers)

    assert annotator.chips == ["+1", "−2"]


@pytest.mark.slow
def test_the_click_lands_on_the_pixel_under_the_pointer(annotator: Annotator) -> None:
    annotator.click(37, 211)

    assert annotator.page.locator("#clicks .chip").get_attribute("title") == "Include at 37, 211: click here to take it out"


@pytest.mark.slow
def test_what_is_painted_is_the_servers_mask(annotator: Annotator) -> None:
    _plain(annotator)
    colour = annotator.get("/api/workspace")["classes"][0]["colour"]

    annotator.click(120, 150).click(260, 90).click(140, 160, button="right")

    shown = annotator.painted(_rgb(colour))
    kept = _server_mask(annotator)
    assert 500 < kept.sum() < 50000
    # Marks of clicks cover a few pixels of the screen.
    assert np.count_nonzero(shown != kept) < 60


@pytest.mark.slow
def test_undo_and_redo_walk_through_clicks(annotator: Annotator) -> None:
    annotator.click(120, 150).click(260, 90)

    after_undo = (annotator.press("Control+z").chips, annotator.press("Control+z").chips)
    after_redo = (annotator.press("Control+Shift+z").chips, annotator.press("Control+y").chips)

    assert after_undo == (["+1"], [])
    assert after_redo == (["+1"], ["+1", "+2"])


@pytest.mark.slow
def test_a_click_taken_out_in_the_panel_is_gone_and_comes_back_by_undo(annotator: Annotator) -> None:
    annotator.click(120, 150).click(260, 90)

    annotator.page.locator("#clicks .chip").first.click()
    without = annotator.settled().chips
    annotator.press("Control+z")

    assert without == ["+1"]
    assert annotator.chips == ["+1", "+2"]


@pytest.mark.slow
def test_reset_drops_the_objects_clicks_and_keeps_finished_ones(annotator: Annotator) -> None:
    annotator.click(120, 150).press("f").click(260, 90).press("r")

    assert annotator.chips == []
    assert annotator.objects == ["object 1"]


@pytest.mark.slow
def test_a_press_that_is_dragged_moves_the_image_and_clicks_nothing(annotator: Annotator) -> None:
    x, y = annotator.screen(120, 150)
    annotator.page.mouse.move(x, y)
    annotator.page.mouse.down()
    annotator.page.mouse.move(x + 60, y + 30, steps=4)
    annotator.page.mouse.up()
    annotator.settled()
    annotator.page.mouse.move(x + 60, y + 30)

    assert annotator.chips == []
    until(annotator.page, lambda: annotator.text("#place") == "120, 150", "the same pixel under the pointer")


@pytest.mark.slow
def test_the_wheel_zooms_about_the_pointer(annotator: Annotator) -> None:
    annotator.page.mouse.move(*annotator.screen(77, 60))
    before = annotator.text("#zoom-level")
    annotator.page.mouse.wheel(0, -1000)
    until(annotator.page, lambda: annotator.text("#zoom-level") != before, "another zoom")
    annotator.page.mouse.move(*(value + 0.01 for value in annotator.screen(77, 60)))

    until(annotator.page, lambda: annotator.text("#place") == "77, 60", "the same pixel under the pointer")


def _exported(annotator: Annotator, title: str) -> Download:
    annotator.page.keyboard.press("Control+e")
    annotator.page.locator("#formats label", has_text=title).first.click()
    with annotator.page.expect_download() as download:
        annotator.page.locator("#export-form button[type=submit]").click()
    return download.value


@pytest.mark.slow
# pycocotools' compiled code does not know NumPy 2's copy keyword.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_two_objects_of_two_classes_survive_a_reload_and_are_exported_as_they_are_shown(annotator: Annotator) -> None:
    _plain(annotator)
    annotator.page.locator("#class-name").fill("cup")
    annotator.page.keyboard.press("Enter")
    until(annotator.page, lambda: "cup" in annotator.text("#classes"), "the class")
    annotator.page.locator("#surface").focus()
    annotator.click(120, 150).press("f")
    annotator.press("2").click(270, 90).press("f")
    colours = {one["name"]: _rgb(one["colour"]) for one in annotator.get("/api/workspace")["classes"]}
    # The second is drawn over the first; the objects share no pixel.
    annotator.page.locator("#opacity").fill("1")
    annotator.page.reload()
    annotator.settled()
    names = annotator.objects
    for item in annotator.page.locator("#objects .item-name").all():
        item.click(modifiers=["Control"])
    annotator.page.mouse.move(5, 5)
    annotator.settled()
    shown = [annotator.painted(colours[name]) for name in ("object", "cup")]

    download = _exported(annotator, "run lengths")

    content: dict[str, Any] = json.loads(download.path().read_text(encoding="utf-8"))
    masks = [coco_masks.decode(_encoded(one["segmentation"])).astype(bool) for one in content["annotations"]]
    categories = {one["id"]: one["name"] for one in content["categories"]}
    assert names == ["object 1", "cup 2"]
    assert [categories[one["category_id"]] for one in content["annotations"]] == ["object", "cup"]
    for mask, seen in zip(masks, shown, strict=True):
        iou = coco_masks.iou([_rle(mask)], [_rle(seen)], [False])[0][0]
        assert iou == 1


def _rle(mask: Mask) -> Any:
    return coco_masks.encode(np.asfortranarray(mask.astype(np.uint8)))


def _encoded(segmentation: Any) -> Any:
    if isinstance(segmentation["counts"], list):
        return coco_masks.frPyObjects(segmentation, *HW)
    return segmentation
