"""``clickcut convert`` and ``clickcut inspect``, and the field's files where a weights file is asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cli.conftest import Command
from tests.model.exchange.containers import TINY_HRNET, hrnet_description, save_hrnet, save_vit
from tests.model.exchange.test_pickles import Calls


def objects(folder: str) -> list[Any]:
    measured = json.loads(Path(folder, "results.json").read_text())["objects"]
    return [{name: value for name, value in one.items() if name != "seconds"} for one in measured]


@pytest.mark.slow
def test_a_vit_is_converted_and_measures_as_its_source_does(clickcut: Command, benchmark: Path, tmp_path: Path) -> None:
    save_vit(tmp_path / "tiny.pth")

    converted = clickcut("convert", "tiny.pth", "tiny.safetensors")
    options = ("--max-clicks", 2, "--cascade", 4)
    ours = clickcut("evaluate", benchmark, "--weights", "tiny.safetensors", "--out", "ours", *options)
    theirs = clickcut("evaluate", benchmark, "--weights", "tiny.pth", "--out", "theirs", *options)

    assert (converted.status, ours.status, theirs.status) == (0, 0, 0), converted.err + ours.err + theirs.err
    assert "read tiny.pth, a reference container" in converted.out
    assert "wrote tiny.safetensors (0.9 MiB)" in converted.out
    assert "squashed to 448 x 448, zoom-in, flip" in theirs.out
    assert objects("ours") == objects("theirs")


def test_an_hrnet_of_the_field_answers_clicks_by_ritms_protocol(clickcut: Command, photo: Path, tmp_path: Path) -> None:
    save_hrnet(tmp_path / "tiny.pth")

    ran = clickcut("predict", photo, "--click", "20,15", "--weights", "tiny.pth", "--json")

    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["protocol"] == "400 on the longest side, zoom-in after click 1, flip"


def test_it_goes_back_to_the_fields_own_format(clickcut: Command, tmp_path: Path) -> None:
    save_hrnet(tmp_path / "theirs.pth")
    clickcut("convert", "theirs.pth", "ours.safetensors")

    ran = clickcut("convert", "ours.safetensors", "back.pth", "--to", "reference")

    assert ran.status == 0, ran.err
    first, second = (torch.load(tmp_path / name, weights_only=True)["state_dict"] for name in ("theirs.pth", "back.pth"))
    assert list(first) == list(second)
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_our_own_family_has_no_place_in_the_fields_code(clickcut: Command, weights: Path) -> None:
    ran = clickcut("convert", weights, "ours.pth", "--to", "reference")

    assert (ran.status, len(ran.error_lines)) == (2, 1)
    assert "only plain ViTs and HRNets can be written for the field's code" in ran.err
    assert not Path("ours.pth").exists()


def test_nothing_in_a_file_is_run(clickcut: Command, tmp_path: Path) -> None:
    torch.save({"state_dict": Calls(os.mkdir, str(tmp_path / "ran")), "config": hrnet_description()}, tmp_path / "hostile.pth")

    for command in (("convert", "hostile.pth", "ours.safetensors"), ("inspect", "hostile.pth")):
        ran = clickcut(*command)
        assert (ran.status, len(ran.error_lines)) == (2, 1)
        assert "mkdir, and opening a file runs none of its names" in ran.err
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("tiny.pth", "out.pth"), "expected a name that ends in .safetensors; or say --to reference"),
        (("tiny.pth", "out.safetensors", "--to", "reference"), "expected a name that ends in .pth"),
        (("tiny.pth", "tiny.pth", "--to", "reference"), "is the file to read"),
        (("tiny.pth", "nowhere/out.safetensors"), "there is no folder nowhere"),
        (("tiny.pth", "out.pth", "--to", "reference", "--precision", "fp16"), "holds its weights as float32"),
        (("tiny.pth", "out.safetensors", "--size", 448), "has a size of its own; leave it out"),
        (("absent.pth", "out.safetensors"), "No such file"),
    ],
)
def test_what_cannot_be_is_one_clear_line(clickcut: Command, tmp_path: Path, arguments: tuple[Any, ...], told: str) -> None:
    save_hrnet(tmp_path / "tiny.pth")

    ran = clickcut("convert", *arguments)

    assert (ran.status, len(ran.error_lines)) == (2, 1)
    assert told in ran.err


def test_inspecting_tells_what_a_file_is_without_reading_its_tensors(
    clickcut: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_hrnet(tmp_path / "tiny.pth")
    monkeypatch.setattr("clickcut.model.exchange.stored.MappedFile.tensor", None)

    ran, told = clickcut("inspect", "tiny.pth"), clickcut("inspect", "tiny.pth", "--json", "--tensors")

    assert (ran.status, told.status) == (0, 0), ran.err + told.err
    for word in ("reference container", "HRNet small of width 4, object context of width 6, with previous mask", "929 (", " int64)"):
        assert word in ran.out
    report = json.loads(told.out)
    assert report["config"] == {
        "family": "hrnet-ocr", "width": 4, "ocr_width": 6, "small": True, "leaky_relu": True, "prev_mask": True, "zoom_side": 400,
    }  # fmt: skip
    assert report["num_tensors"] == len(report["tensors"]) == 929
    assert report["tensors"]["maps_transform.3.scale"] == {"shape": [1], "dtype": "float32"}
    assert TINY_HRNET.width == report["config"]["width"]


def test_inspecting_the_shipped_model_shows_its_card(clickcut: Command) -> None:
    from clickcut.model.weights import shipped_weights

    ran = clickcut("inspect", shipped_weights())

    assert ran.status == 0, ran.err
    for word in ("SAM lineage", "card: origin", "card: licence", "327 (327 float16)"):
        assert word in ran.out
