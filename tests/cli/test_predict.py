"""``clickcut predict`` from end to end, on a generated photo with a tiny network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.cli.predict import _edges
from clickcut.core.images import read_image, read_mask
from clickcut.predict.opening import open_predictor
from clickcut.predict.session import Session
from tests.cli.conftest import Command


def test_it_writes_the_mask_that_a_session_gives(clickcut: Command, photo: Path, weights: Path) -> None:
    session = Session(open_predictor(weights), read_image(photo))
    session.click(y=15, x=20)
    session.click(y=2, x=40, positive=False)

    ran = clickcut("predict", photo, "--click", "20,15", "--click", "40,2,-", "--weights", weights, "--out", "mask.png")

    assert (ran.status, ran.err) == (0, "")
    assert "wrote mask.png" in ran.out
    np.testing.assert_array_equal(read_mask("mask.png"), session.mask)


def test_the_order_of_clicks_counts(clickcut: Command, photo: Path, weights: Path) -> None:
    reports = []
    for clicks in (("20,15", "40,2,-"), ("40,2,-", "20,15")):
        clickcut("predict", photo, *(word for click in clicks for word in ("--click", click)), "--weights", weights, "--out", "mask.png")
        reports.append(Path("mask.png").read_bytes())

    assert reports[0] != reports[1]


def test_json_is_all_that_it_prints_and_writes(clickcut: Command, photo: Path, weights: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())

    ran = clickcut("predict", photo, "--click", "20,15", "--weights", weights, "--json")

    report = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert list(report) == ["area", "box", "passes", "encodes", "seconds", "protocol"]
    assert (report["passes"], report["encodes"]) == (1, 1)
    assert report["seconds"] >= 0
    assert set(tmp_path.iterdir()) == before


def test_json_tells_of_the_mask_that_is_written(clickcut: Command, photo: Path, weights: Path) -> None:
    ran = clickcut("predict", photo, "--click", "20,15", "--weights", weights, "--json", "--out", "mask.png")

    report, mask = json.loads(ran.out), read_mask("mask.png")
    assert report["area"] == mask.sum()
    assert report["box"] == _edges(mask)


def test_a_box_is_top_left_bottom_right_half_open_and_null_of_an_empty_mask() -> None:
    mask = np.zeros((6, 8), np.bool_)
    mask[2:4, 1:6] = True

    assert _edges(mask) == [2, 1, 4, 6]
    assert _edges(np.zeros((6, 8), np.bool_)) is None


def test_a_cascade_makes_passes_without_encoding_again(clickcut: Command, photo: Path, weights: Path) -> None:
    ran = clickcut(
        "predict", photo, "--click", "20,15", "--click", "21,15", "--cascade", 3, "--cascade-clicks", 1, "--weights", weights, "--json"
    )

    report = json.loads(ran.out)
    assert (report["passes"], report["encodes"]) == (4 + 1, 1)


def test_an_adaptive_cascade_makes_at_most_as_many(clickcut: Command, photo: Path, weights: Path) -> None:
    ran = clickcut("predict", photo, "--click", "20,15", "--cascade", 9, "--adaptive", "--weights", weights, "--json")

    assert 2 <= json.loads(ran.out)["passes"] <= 10


def test_size_flip_zoom_and_threshold_are_taken(clickcut: Command, photo: Path, weights: Path) -> None:
    options = ("--size", 96, "--flip", "--zoom", "--threshold", 0.3, "--threads", 1, "--device", "cpu")

    ran = clickcut("predict", photo, "--click", "20,15", "--weights", weights, *options, "--json")

    assert ran.status == 0, ran.err


def test_refinement_gives_the_mask_of_a_session_with_it(clickcut: Command, photo: Path, weights: Path) -> None:
    session = Session(open_predictor(weights, brs="RGB-BRS", brs_clicks=2), read_image(photo))
    session.click(y=15, x=20)
    session.click(y=2, x=40, positive=False)

    ran = clickcut(
        "predict",
        photo,
        "--click",
        "20,15",
        "--click",
        "40,2,-",
        "--weights",
        weights,
        "--brs",
        "rgb-brs",
        "--brs-clicks",
        2,
        "--out",
        "m.png",
    )

    assert (ran.status, ran.err) == (0, "")
    np.testing.assert_array_equal(read_mask("m.png"), session.mask)


def test_overlay_and_cutout_have_the_photos_size(clickcut: Command, photo: Path, weights: Path) -> None:
    ran = clickcut("predict", photo, "--click", "20,15", "--weights", weights, "--overlay", "o.jpg", "--cutout", "c.png")

    with Image.open("o.jpg") as overlay, Image.open("c.png") as cutout:
        assert (overlay.size, overlay.mode) == ((50, 40), "RGB")
        assert (cutout.size, cutout.mode) == ((50, 40), "RGBA")
    assert "wrote o.jpg, c.png" in ran.out
    assert not Path("photo_mask.png").exists()


def test_without_a_wish_the_mask_goes_into_the_present_folder(clickcut: Command, photo: Path, weights: Path) -> None:
    ran = clickcut("predict", photo, "--click", "20,15", "--weights", weights)

    assert "wrote photo_mask.png" in ran.out
    assert read_mask("photo_mask.png").shape == (40, 50)


def test_a_starting_mask_changes_the_answer(clickcut: Command, photo: Path, weights: Path) -> None:
    start = np.zeros((40, 50), np.uint8)
    start[:, 25:] = 255
    Image.fromarray(start).save("start.png")
    session = Session(open_predictor(weights), read_image(photo))
    session.start_from(start)
    session.click(y=15, x=20)

    ran = clickcut("predict", photo, "--click", "20,15", "--start-mask", "start.png", "--weights", weights, "--out", "with.png")
    clickcut("predict", photo, "--click", "20,15", "--weights", weights, "--out", "without.png")

    assert ran.status == 0, ran.err
    np.testing.assert_array_equal(read_mask("with.png"), session.mask)
    assert Path("with.png").read_bytes() != Path("without.png").read_bytes()


@pytest.mark.parametrize("option", ["--out", "--overlay", "--cutout"])
def test_the_photo_is_never_overwritten(clickcut: Command, photo: Path, weights: Path, option: str) -> None:
    kept = photo.read_bytes()

    ran = clickcut("predict", photo, "--click", "20,15", "--weights", weights, option, photo)

    assert ran.status == 2
    assert photo.read_bytes() == kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "40 on the longest side, zoom-in, no flip"),
        (("--protocol", "ritm"), "400 on the longest side, zoom-in after click 1, flip"),
        (("--protocol", "ritm", "--size", 64, "--no-flip"), "64 on the longest side, zoom-in after click 1, no flip"),
        (("--protocol", "ritm", "--no-zoom"), "unscaled, no zoom-in, flip"),
        (("--protocol", "simpleclick", "--size", 64), "squashed to 64 x 64, zoom-in, flip"),
    ],
)
def test_it_tells_how_the_photo_was_shown(
    clickcut: Command, photo: Path, any_size_weights: Path, options: tuple[object, ...], told: str
) -> None:
    arguments = ("predict", photo, "--click", "20,15", "--weights", any_size_weights, *options)

    line, report = clickcut(*arguments), clickcut(*arguments, "--json")

    assert (line.status, line.err) == (0, "")
    assert f"; {told}; wrote" in line.out
    assert json.loads(report.out)["protocol"] == told
