"""``clickcut evaluate`` from end to end, on a generated folder of two photos."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from clickcut.predict.session import Session
from tests.cli.conftest import Command

FEW = ("--max-clicks", 3)


def _objects(path: Path) -> list[Any]:
    """What was measured, without the seconds that it took."""
    objects = json.loads((path / "results.json").read_text())["objects"]
    return [{name: value for name, value in one.items() if name != "seconds"} for one in objects]


def test_it_prints_the_table_and_writes_results_and_a_plot(clickcut: Command, benchmark: Path, weights: Path) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", *FEW)

    assert ran.status == 0, ran.err
    for word in ("NoC@80", "NoC@85", "NoC@90", "NoC@95", "mIoU@1", "NoF", "squares", str(Path("out") / "results.json")):
        assert word in ran.out
    assert list(json.loads(Path("out/results.json").read_text())) == ["settings", "versions", "origin", "summary", "objects"]
    assert len(_objects(Path("out"))) == 2
    assert list(Path("out").glob("*.png"))
    assert ran.error_lines[-1].startswith("squares: 2 of 2")


def test_an_interrupted_run_goes_on_where_it_was(
    clickcut: Command, benchmark: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clickcut("evaluate", benchmark, "--weights", weights, "--out", "whole", *FEW)
    adding, num_clicks = Session.adding, 0

    def interrupted(session: Session, click: Any) -> Any:
        nonlocal num_clicks
        num_clicks += 1
        if num_clicks == 5:  # within the second object
            raise KeyboardInterrupt
        return adding(session, click)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "adding", interrupted)
        first = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", *FEW)
    assert not Path("out/results.json").exists()
    second = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", *FEW)

    assert (first.status, first.error_lines[-1]) == (130, "clickcut: interrupted")
    assert (second.status, second.error_lines[0]) == (0, "squares: 1 of 2")
    assert _objects(Path("out")) == _objects(Path("whole"))


def test_a_batch_finds_the_same_and_has_a_folder_of_its_own(clickcut: Command, benchmark: Path, weights: Path) -> None:
    alone = clickcut("evaluate", benchmark, "--weights", weights, *FEW)
    together = clickcut("evaluate", benchmark, "--weights", weights, "--batch", 2, *FEW)

    assert (alone.status, together.status) == (0, 0), together.err
    one, two = sorted(Path("results").iterdir(), key=lambda path: len(path.name))
    assert two.name == f"{one.name}-batch2"
    answers = [[(one["image"], one["object"], one["clicks"]) for one in _objects(place / "squares")] for place in (one, two)]
    assert answers[0] == answers[1]


def test_a_batch_of_nothing_is_refused(clickcut: Command, benchmark: Path, weights: Path) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", weights, "--batch", 0)

    assert (ran.status, ran.error_lines) == (2, ["clickcut: error: --batch: expected 1 object at a time or more, got 0"])


def test_several_folders_get_a_folder_each_and_one_table(clickcut: Command, benchmark: Path, weights: Path) -> None:
    shutil.copytree(benchmark, "others")

    ran = clickcut("evaluate", benchmark, "others", "--weights", weights, "--out", "out", *FEW)

    assert ran.status == 0, ran.err
    assert _objects(Path("out/squares")) == _objects(Path("out/others"))
    assert not Path("out/results.json").exists()
    assert ran.out.count("Eval results") == 1


def test_a_later_folder_that_is_bad_is_told_before_anything_is_measured(clickcut: Command, benchmark: Path, weights: Path) -> None:
    ran = clickcut("evaluate", benchmark, "none", "--weights", weights, "--out", "out", *FEW)

    assert ran.status == 2
    assert not Path("out").exists()


def test_limit_and_every_choose_objects(clickcut: Command, benchmark: Path, weights: Path) -> None:
    clickcut("evaluate", benchmark, "--weights", weights, "--out", "first", "--limit", 1, *FEW)
    clickcut("evaluate", benchmark, "--weights", weights, "--out", "second", "--every", 2, *FEW)

    assert len(_objects(Path("first"))) == 1
    assert _objects(Path("first")) == _objects(Path("second"))


def test_options_reach_the_settings(clickcut: Command, benchmark: Path, weights: Path) -> None:
    options = (
        "--cascade",
        2,
        "--adaptive",
        "--cascade-clicks",
        3,
        "--size",
        96,
        "--no-flip",
        "--no-zoom",
        "--target",
        0.9,
        "--clicks",
        "random",
        "--seed",
        7,
    )

    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", "--limit", 1, *FEW, *options, "--threads", 1)

    settings = json.loads(Path("out/results.json").read_text())["settings"]
    assert ran.status == 0, ran.err
    assert settings["weights"]["file"] == weights.name
    assert settings["cascade"] == {"steps": 2, "adaptive": True, "clicks": 3}
    assert (settings["size"], settings["flip"], settings["zoom"]) == (96, False, None)
    protocol = {name: value for name, value in settings["protocol"].items() if value is not None}
    assert protocol == {"max_clicks": 3, "target": 0.9, "limit": 1, "every": 1, "clicks": "random", "seed": 7}


def test_other_settings_in_the_same_folder_are_refused(clickcut: Command, benchmark: Path, weights: Path) -> None:
    clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", *FEW)
    kept = Path("out/results.json").read_bytes()

    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", "--max-clicks", 4)

    assert (ran.status, ran.out, len(ran.error_lines)) == (2, "", 1)
    assert "other settings" in ran.err
    assert Path("out/results.json").read_bytes() == kept


@pytest.mark.parametrize("name", ["opencv-grabcut", "random-walker", "watershed"])
def test_a_baseline_is_a_name_for_weights(clickcut: Command, benchmark: Path, name: str) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", name, "--out", "out", *FEW)

    assert ran.status == 0, ran.err
    assert json.loads(Path("out/results.json").read_text())["settings"]["weights"]["file"] == name
    assert f"Eval results for model: {name}" in ran.out


def test_a_pair_of_onnx_files_is_a_name_for_weights(clickcut: Command, benchmark: Path) -> None:
    pytest.importorskip("onnx", reason="pairs are made with onnx")
    pytest.importorskip("onnxruntime", reason="pairs are run by onnxruntime")
    from tests.model.onnx_pair.pairs import plain_decoder, plain_encoder

    pair = f"onnx:{plain_encoder(Path('e.onnx'))},{plain_decoder(Path('d.onnx'), (0.5,))}"

    ran = clickcut("evaluate", benchmark, "--weights", pair, "--out", "out", *FEW)

    assert ran.status == 0, ran.err
    assert "onnxruntime" in json.loads(Path("out/results.json").read_text())["versions"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocol", "told", "fitting", "skip_clicks"),
    [
        ("ritm", "400 on the longest side, zoom-in after click 1, flip", "LongestSide(side=400)", 1),
        ("simpleclick", "squashed to 448 x 448, zoom-in, flip", "Squash(input_hw=(448, 448))", -1),
    ],
)
def test_a_protocol_of_the_field_is_told_and_reaches_the_settings(
    clickcut: Command, benchmark: Path, any_size_weights: Path, protocol: str, told: str, fitting: str, skip_clicks: int
) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", any_size_weights, "--protocol", protocol, "--out", "out", "--limit", 1, *FEW)

    settings = json.loads(Path("out/results.json").read_text())["settings"]
    assert ran.status == 0, ran.err
    assert ran.out.startswith(f"Protocol: {told}\nEval results")
    assert (settings["fitting"], settings["zoom"]["skip_clicks"], settings["flip"]) == (fitting, skip_clicks, True)


def test_without_a_place_for_them_results_go_where_the_same_command_finds_them_again(
    clickcut: Command, benchmark: Path, weights: Path
) -> None:
    first = clickcut("evaluate", benchmark, "--weights", weights, *FEW)
    again = clickcut("evaluate", benchmark, "--weights", weights, "--threads", 1, *FEW)
    other = clickcut("evaluate", benchmark, "--weights", weights, "--cascade", 1, *FEW)

    assert (first.status, again.status, other.status) == (0, 0, 0), first.err + again.err + other.err
    assert again.error_lines[0] == "squares: 2 of 2"
    assert other.error_lines[0] == "squares: 0 of 2"
    names = sorted(path.parent.parent.name for path in Path("results").glob("*/squares/results.json"))
    assert len(names) == 2
    assert all(re.fullmatch("tiny-[0-9a-f]{8}", name) for name in names)


def test_refinement_reaches_the_settings_and_a_run_without_it_is_another(clickcut: Command, benchmark: Path, weights: Path) -> None:
    common = ("evaluate", benchmark, "--weights", weights, "--out", "out", "--limit", 1, "--max-clicks", 2)

    refined = clickcut(*common, "--brs", "RGB-BRS", "--brs-clicks", 2)
    plain = clickcut(*common)

    settings = json.loads(Path("out/results.json").read_text())["settings"]
    assert refined.status == 0, refined.err
    assert (settings["brs"]["mode"], settings["brs"]["clicks_limit"]) == ("rgb-brs", 2)
    assert plain.status == 2
    assert "brs.mode was rgb-brs" in plain.err


def test_grabcut_knows_no_refinement(clickcut: Command, benchmark: Path) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", "opencv-grabcut", "--out", "out", "--brs", "f-BRS-B", *FEW)

    assert ran.status == 2
    assert "--brs: opencv-grabcut knows nothing like it" in ran.err


@pytest.fixture
def davis(benchmark: Path) -> Path:
    """The photos as the field lays DAVIS out, in datasets/."""
    folder = benchmark.parent / "datasets" / "DAVIS"
    shutil.copytree(benchmark / "images", folder / "img")
    shutil.copytree(benchmark / "masks", folder / "gt")
    return folder


def test_a_set_is_measured_by_its_name(clickcut: Command, davis: Path, weights: Path) -> None:
    ran = clickcut("evaluate", "davis", "--weights", weights, "--out", "out", *FEW)

    assert ran.status == 0, ran.err
    assert json.loads(Path("out/results.json").read_text())["settings"]["folder"] == "DAVIS"


def test_a_config_of_the_field_is_read_for_where_sets_lie(clickcut: Command, davis: Path, weights: Path) -> None:
    davis.rename("elsewhere")
    Path("config.yml").write_text('DAVIS_PATH: "./elsewhere"\n')

    ran = clickcut("evaluate", "davis", "--weights", weights, "--out", "out", "--config", "config.yml", *FEW)
    both = clickcut("evaluate", "davis", "--weights", weights, "--out", "out", "--config", "config.yml", "--root", "x", *FEW)

    assert ran.status == 0, ran.err
    assert (both.status, "give one of them" in both.err) == (2, True)


def test_a_name_that_is_neither_path_nor_set_is_one_clear_line(clickcut: Command, weights: Path) -> None:
    ran = clickcut("evaluate", "no-such-set", "--weights", weights, *FEW)

    assert (ran.status, len(ran.error_lines)) == (2, 1)
    assert "no-such-set" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize(("options", "size"), [((), 600), (("--size", 80), 80)])
def test_the_field_s_protocol_has_another_size_for_davis_unless_one_is_given(
    clickcut: Command, benchmark: Path, davis: Path, any_size_weights: Path, options: tuple[object, ...], size: int
) -> None:
    arguments = ("--weights", any_size_weights, "--protocol", "ritm", "--out", "out", "--limit", 1, *FEW, *options)

    ran = clickcut("evaluate", "DAVIS", benchmark, *arguments)

    assert ran.status == 0, ran.err
    sizes = [json.loads(Path(f"out/{name}/results.json").read_text())["settings"]["size"] for name in ("DAVIS", "squares")]
    assert sizes == [size, 80 if options else 400]
    assert ("(DAVIS)" in ran.out) == (not options)


@pytest.mark.slow
def test_human_clicks_make_a_run_for_each_way_and_seed_and_a_table_of_the_spread(clickcut: Command, benchmark: Path, weights: Path) -> None:
    arguments = ("evaluate", benchmark, "--weights", weights, "--out", "out", "--clicks", "human", "--seeds", 2, *FEW)

    ran = clickcut(*arguments)
    again = clickcut(*arguments)

    assert ran.status == 0, ran.err
    runs = sorted(path.parent.name for path in Path("out").glob("*/results.json"))
    assert runs == ["border-0", "border-1", "centre", "jittered-0", "jittered-1", "random-0", "random-1"]
    settings = json.loads(Path("out/border-1/results.json").read_text())["settings"]["protocol"]
    assert (settings["clicks"], settings["seed"]) == ("border", 1)
    assert json.loads(Path("out/human.json").read_text())["rows"]["jittered"]["runs"] == 2
    assert "By who clicks: squares, 2 objects" in ran.out
    assert "wrote out/human.json, and results.json of 7 runs" in ran.out
    assert again.error_lines[0] == "squares, centre: 2 of 2"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--seeds", 2), "--seeds belongs to --clicks human"),
        (("--clicks", "human", "--seeds", 0), "--seeds: expected 1 or more, got 0"),
        (("--start-mask", "perturbed", "--start-iou", "0.8"), "--start-iou: expected two IoUs as LOW,HIGH"),
        (("--start-iou", "0.7,0.8"), "belongs to perturbed ones"),
        (("--start-mask", "given"), "no starting masks come with these photos"),
        (("--split", "val"), "--split belongs to known sets"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(
    clickcut: Command, benchmark: Path, weights: Path, options: tuple[object, ...], told: str
) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", *options)

    assert (ran.status, len(ran.error_lines)) == (2, 1)
    assert told in ran.err
    assert not Path("out").exists()


def test_objects_begin_with_damaged_masks_where_that_is_wished(clickcut: Command, benchmark: Path, weights: Path) -> None:
    options = ("--start-mask", "perturbed", "--start-iou", "0.7,0.8", "--seed", 4, "--intervals")

    ran = clickcut("evaluate", benchmark, "--weights", weights, "--out", "out", *options, *FEW)

    assert ran.status == 0, ran.err
    assert all(0.7 <= one["start"]["iou"] <= 0.8 for one in _objects(Path("out")))
    assert "Start IoU" in ran.out
    assert "95 % intervals" in ran.out


def test_a_hundred_clicks_are_told_as_such(clickcut: Command, benchmark: Path) -> None:
    ran = clickcut("evaluate", benchmark, "--weights", "opencv-grabcut", "--out", "out", "--max-clicks", 100)

    summary = json.loads(Path("out/results.json").read_text())["summary"]
    assert ran.status == 0, ran.err
    assert (summary["max_clicks"], list(summary["within"])) == (100, ["20"])
    assert ">=100@85%" in ran.out
    assert "NoC100@90%" in ran.out
