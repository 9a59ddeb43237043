"""Objects from files, as the page's import takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.web.static.annotator import HW, Annotator
from tests.web.static.browser import until

# Seconds each, in a real browser.
pytestmark = pytest.mark.slow


def chosen(annotator: Annotator, path: Path, form: str = "") -> None:
    """Picks a file in the dialog, as a file of a format if one is named."""
    annotator.press("Control+o").page.locator("#import-format").select_option(form)
    annotator.page.locator("#open-objects").set_input_files(path)


def areas(annotator: Annotator) -> list[str]:
    """Of the finished objects, in pixels."""
    titles = [item.get_attribute("title") or "" for item in annotator.page.locator("#objects .item-name").all()]
    return [title.partition(": ")[2].partition(" pixels")[0] for title in titles]


def told(annotator: Annotator, text: str) -> None:
    until(annotator.page, lambda: any(text in one for one in annotator.page.locator(".toast").all_text_contents()), text)


def test_a_label_map_becomes_an_object_for_each_of_its_labels(annotator: Annotator, tmp_path: Path) -> None:
    labels = np.zeros(HW, np.uint8)
    labels[40:90, 60:140], labels[200:260, 250:330] = 1, 2
    Image.fromarray(labels).save(tmp_path / "labels.png")

    chosen(annotator, tmp_path / "labels.png")
    told(annotator, "Imported 2 objects into 1 image.")

    assert len(annotator.settled().objects) == 2
    assert areas(annotator) == ["4,000", "4,800"]


def test_what_was_exported_comes_back_with_its_names_and_pixels(annotator: Annotator, tmp_path: Path) -> None:
    annotator.click(100, 150).press("f").click(300, 150).press("f").press("j").press("F2")
    annotator.page.keyboard.type("left one")
    annotator.page.keyboard.press("Enter")
    until(annotator.page, lambda: "left one" in annotator.objects, "the name")
    names, cut = annotator.objects, areas(annotator)
    annotator.press("Control+e")
    annotator.page.locator("#formats label", has_text="label map").first.click()
    with annotator.page.expect_download() as download:
        annotator.page.locator("#export-dialog button[type=submit]").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    for _ in names:
        annotator.press("j").press("Delete")
    emptied = annotator.objects

    chosen(annotator, tmp_path / download.value.suggested_filename)
    told(annotator, "Imported 2 objects into 1 image.")

    assert emptied == []
    assert annotator.settled().objects == names
    assert areas(annotator) == cut


def test_an_import_is_one_step_of_undo(annotator: Annotator, tmp_path: Path) -> None:
    labels = np.zeros(HW, np.uint8)
    labels[40:90, 60:140], labels[200:260, 250:330] = 1, 2
    Image.fromarray(labels).save(tmp_path / "labels.png")

    chosen(annotator, tmp_path / "labels.png")
    told(annotator, "Imported 2 objects")
    annotator.settled()

    assert annotator.press("Control+z").objects == []
    assert len(annotator.press("Control+Shift+z").objects) == 2


def test_what_cannot_be_read_is_named_and_changes_nothing(annotator: Annotator, tmp_path: Path) -> None:
    (tmp_path / "objects.json").write_text("no masks here")

    chosen(annotator, tmp_path / "objects.json")
    until(annotator.page, lambda: "Reading" not in annotator.text("#import-note") and annotator.text("#import-note"), "the refusal")

    assert annotator.objects == []
    assert annotator.page.locator("#import-dialog").is_visible()
