"""Objects and classes in the page: reopen, merge, order, brush and eraser, parts, settings, masks from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.core.images import write_mask
from tests.web.static.annotator import HW, Annotator
from tests.web.static.browser import until

# Seconds each, in a real browser.
pytestmark = pytest.mark.slow


@pytest.fixture
def two(annotator: Annotator) -> Annotator:
    """An image with two finished objects."""
    return annotator.click(100, 150).press("f").click(300, 150).press("f")


def _area(annotator: Annotator) -> int:
    """Of the object in progress, as the panel says."""
    facts = [fact for fact in annotator.text("#present-facts").split(" · ") if fact.endswith("px")]
    return int(facts[0].removesuffix(" px").replace(",", "")) if facts else 0


def test_a_reopened_object_has_its_clicks_and_goes_on(two: Annotator) -> None:
    two.page.locator("#objects .object").first.get_by_role("button", name="Go on with").click()
    reopened = two.settled().chips
    two.click(120, 180).press("f")

    assert reopened == ["+1"]
    assert two.objects == ["object 1", "object 2"]


def test_escape_leaves_a_reopened_object_as_it_was(two: Annotator) -> None:
    two.page.locator("#objects .object").first.get_by_role("button", name="Go on with").click()
    two.settled().click(120, 180).press("Escape")

    assert two.chips == []
    assert two.objects == ["object 1", "object 2"]


def test_selected_objects_are_merged(two: Annotator) -> None:
    two.press("j").press("Shift+J").press("Shift+M")

    assert two.objects == ["object 1"]
    assert two.press("Control+z").objects == ["object 1", "object 2"]


def test_an_object_moves_down_by_its_button(two: Annotator) -> None:
    two.press("j").press("F2")
    two.page.keyboard.type("left one")
    two.page.keyboard.press("Enter")
    until(two.page, lambda: two.objects[0] == "left one", "the name")
    two.page.get_by_role("button", name="Move down").first.click()

    until(two.page, lambda: two.objects == ["object 1", "left one"], "the new order")


def test_the_brush_begins_a_mask_and_the_eraser_takes_from_it(annotator: Annotator) -> None:
    annotator.press("b")
    _stroke(annotator, (150, 150), (250, 150))
    painted = _area(annotator)
    annotator.press("e")
    _stroke(annotator, (200, 120), (200, 180))
    erased = _area(annotator)

    assert 100 * 24 < painted < 130 * 26
    assert painted - 24 * 27 < erased < painted - 24 * 20


def _stroke(annotator: Annotator, start: tuple[int, int], end: tuple[int, int]) -> None:
    annotator.page.mouse.move(*annotator.screen(*start))
    annotator.page.mouse.down()
    annotator.page.mouse.move(*annotator.screen(*end), steps=10)
    annotator.page.mouse.up()
    annotator.settled()


def test_a_part_is_kept_and_the_next_clicks_find_another_one(annotator: Annotator) -> None:
    annotator.click(100, 150)
    one = _area(annotator)
    annotator.press("a").click(300, 150)
    both = _area(annotator)
    annotator.press("f")

    assert annotator.objects == ["object 1"]
    assert both > 1.8 * one


def test_a_higher_threshold_shrinks_the_mask_at_once_and_the_measured_best_brings_it_back(annotator: Annotator) -> None:
    annotator.click(200, 150)
    before = _area(annotator)
    annotator.page.locator("#section-refinement summary").click()
    annotator.page.locator("#setting-threshold").fill("0.9")
    annotator.settled()
    until(annotator.page, lambda: _area(annotator) != before, "another mask")
    shrunk = _area(annotator)
    annotator.page.locator("#defaults").click()
    annotator.settled()

    assert shrunk < before
    assert _area(annotator) == before
    assert annotator.chips == ["+1"]


def test_probabilities_and_the_crop_are_shown_on_demand(annotator: Annotator) -> None:
    annotator.click(200, 150)

    annotator.press("m").press("x")

    until(annotator.page, lambda: annotator.page.locator("#legend").is_visible(), "the legend of the heat map")
    until(annotator.page, lambda: "Network sees" in annotator.text("#inset-text"), "the crop")


def test_a_mask_from_a_file_starts_an_object(annotator: Annotator, tmp_path: Path) -> None:
    mask = np.zeros(HW, np.bool_)
    mask[50:90, 60:160] = True
    write_mask(tmp_path / "mask.png", mask)

    annotator.press("Control+o").page.locator("#open-mask").set_input_files(tmp_path / "mask.png")
    until(annotator.page, lambda: _area(annotator) == 4000, "the mask")

    assert annotator.press("f").objects == ["object 1"]


def test_a_mask_of_another_size_is_refused_in_words(annotator: Annotator, tmp_path: Path) -> None:
    write_mask(tmp_path / "mask.png", np.ones((10, 10), np.bool_))

    annotator.press("Control+o").page.locator("#open-mask").set_input_files(tmp_path / "mask.png")

    until(annotator.page, lambda: annotator.page.locator(".toast[data-kind=error]").count() == 1, "the refusal")


def test_classes_are_added_renamed_and_removed(annotator: Annotator) -> None:
    annotator.page.locator("#class-name").fill("tree")
    annotator.page.locator("#class-add").click()
    until(annotator.page, lambda: "tree" in annotator.text("#classes"), "the class")
    annotator.page.get_by_role("button", name="Rename tree").click()
    annotator.page.keyboard.type("bush")
    annotator.page.keyboard.press("Enter")
    until(annotator.page, lambda: "bush" in annotator.text("#classes"), "the new name")
    renamed = annotator.text("#classes")
    annotator.page.get_by_role("button", name="Remove bush").click()
    until(annotator.page, lambda: "bush" not in annotator.text("#classes"), "the class gone")

    assert "tree" not in renamed


def test_marking_as_done_counts_in_the_strip(annotator: Annotator) -> None:
    annotator.click(200, 150).press("f").press("Control+Enter")

    until(annotator.page, lambda: annotator.text("#progress-text") == "1 of 2 done", "the count")
    until(annotator.page, lambda: annotator.page.locator(".thumb[data-state=done]").count() == 1, "the thumbnail's state")


def test_an_object_is_saved_as_a_cut_out_of_its_own(two: Annotator) -> None:
    two.press("j")

    with two.page.expect_download() as download:
        two.page.get_by_role("button", name="Save as a cut-out").first.click()

    with Image.open(download.value.path()) as cutout:
        assert cutout.mode == "RGBA"
