"""Whole runs, through ``train`` and through ``python -m clickcut.train``: exact resume, what is written, and what is refused."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from clickcut.core.images import write_label_map
from clickcut.model.build import build_network
from clickcut.model.config import ModelConfig, PlainVitConfig
from clickcut.model.header import Header
from clickcut.model.weights import load_network, read_header, save_weights
from clickcut.train import recipes
from clickcut.train import rollout as rollout_module
from clickcut.train.__main__ import main
from clickcut.train.loop import Stopped
from clickcut.train.recipe import ViewRecipe
from clickcut.train.run import RunFiles, RunOptions, train
from tests.data.formats import write_coco
from tests.data.photos import ellipses, write_folder
from tests.model.tiny_sam import TINY_SAM
from tests.train.small import SMALL, SMALL_LAST_STAGE, SMALL_WHOLE, Told

pytestmark = pytest.mark.slow

INFERENCE = {"zoom": None, "flip": False}
TINY_VIT = PlainVitConfig(
    patch=16, dim=32, depth=4, heads=2, neck_dims=(8, 16, 24, 32), head_channels=16, input_hw=(224, 224), pos_grid=(14, 14)
)
KINDS = [
    pytest.param(SMALL, TINY_SAM, id="late, frozen encoder"),
    pytest.param(SMALL_LAST_STAGE, TINY_SAM, id="late, last stage"),
    pytest.param(SMALL_WHOLE, TINY_SAM, id="late, whole"),
    pytest.param(SMALL_WHOLE, TINY_VIT, id="early"),
]


@pytest.fixture(autouse=True)
def small_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    for recipe in (SMALL, SMALL_LAST_STAGE, SMALL_WHOLE):
        monkeypatch.setitem(recipes.RECIPES, recipe.name, partial(replace, recipe))
    monkeypatch.setattr("clickcut.train.sources.HELD_OUT_OBJECTS", 8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Fourteen photos, of which three are held out (5, 11 and 13)."""
    write_folder(tmp_path / "data" / "set", 14)
    return tmp_path / "data"


def start_of(folder: Path, config: ModelConfig) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_weights(folder / "start.safetensors", build_network(config), Header(config, {"name": "tiny"}, INFERENCE))
    return folder / "start.safetensors"


@pytest.fixture
def start(tmp_path: Path) -> Path:
    return start_of(tmp_path, TINY_SAM)


def stop_in_step(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Sends SIGTERM to this process while it makes its ``step``-th step."""
    count = 0

    def rolled_out(*args: object, **kwargs: object) -> rollout_module.Outcome:
        nonlocal count
        count += 1
        if count == step:
            signal.raise_signal(signal.SIGTERM)
        return rollout_module.roll_out(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("clickcut.train.engine.roll_out", rolled_out)


def ran(recipe: ViewRecipe, files: RunFiles, **options: bool | int) -> Path:
    return train(recipe.name, files, RunOptions(**options), tell=Told())  # type: ignore[arg-type]


def assert_same_tensors(one: Path, other: Path) -> None:
    """Bit for bit; the order in which a file's header lists its texts is the library's own, and may differ."""
    tensors, others = load_file(one), load_file(other)
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "config"), KINDS)
def test_two_steps_a_stop_and_two_more_are_four_steps_bit_for_bit(
    recipe: ViewRecipe, config: ModelConfig, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = start_of(tmp_path, config)
    whole, cut = (RunFiles(data, tmp_path / name, start, tmp_path / "cache") for name in ("whole", "cut"))
    ran(recipe, whole)

    with monkeypatch.context() as patch:
        stop_in_step(patch, 2)
        with pytest.raises(Stopped, match="stopped at step 2 of 4"):
            ran(recipe, cut)
    ran(recipe, cut, resume=True)

    for name in ("model.safetensors", "checkpoint.safetensors"):
        assert_same_tensors(whole.out / name, cut.out / name)


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "config"), KINDS)
def test_a_run_changes_every_part_that_learns(recipe: ViewRecipe, config: ModelConfig, data: Path, tmp_path: Path) -> None:
    start = start_of(tmp_path, config)

    network, _ = load_network(ran(recipe, RunFiles(data, tmp_path / "out", start)))

    before = load_network(start)[0].state_dict()
    changed = {name.split(".")[0] for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    parts = {name.split(".")[0] for name in before}
    assert changed == (parts - {"image_encoder"} if recipe.encoder == "frozen" else parts)
    assert network.config == config


def test_of_an_encoder_whose_last_stage_learns_the_trunk_stays_as_it_was(data: Path, start: Path, tmp_path: Path) -> None:
    network, _ = load_network(ran(SMALL_LAST_STAGE, RunFiles(data, tmp_path / "out", start)))

    before = load_network(start)[0].state_dict()
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    encoder = {name for name in before if name.startswith("image_encoder.")}
    last = {name for name in encoder if name.startswith(("image_encoder.layers.3.", "image_encoder.neck."))}
    assert changed & encoder
    assert changed & encoder <= last


@pytest.mark.slow
def test_the_command_stops_with_status_1_and_resumes_to_the_same_weights(
    data: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def status(out: str, *more: str) -> int:
        places = ["--data", str(data), "--out", str(tmp_path / out), "--start", str(start), "--cache", str(tmp_path / "cache")]
        return main(["small", *places, "--threads", "1", *more])

    assert status("whole") == 0
    with monkeypatch.context() as patch:
        stop_in_step(patch, 2)
        assert status("cut") == 1
    assert "stopped at step 2 of 4; go on with --resume" in capsys.readouterr().out
    assert status("cut", "--resume") == 0

    assert capsys.readouterr().out.endswith(f"wrote {tmp_path / 'cut' / 'model.safetensors'}\n")
    assert_same_tensors(tmp_path / "whole" / "model.safetensors", tmp_path / "cut" / "model.safetensors")


def test_a_stop_while_views_are_being_encoded_loses_none_of_them(data: Path, start: Path, tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    def cut_off(line: str) -> None:
        if line.startswith("encoding views of train: 4 of 4"):
            raise CutOffError

    with pytest.raises(CutOffError):
        train("small", RunFiles(data, tmp_path / "cut", start), RunOptions(), tell=cut_off)
    ran(SMALL, RunFiles(data, tmp_path / "cut", start), resume=True)
    ran(SMALL, RunFiles(data, tmp_path / "whole", start))

    assert_same_tensors(tmp_path / "whole" / "model.safetensors", tmp_path / "cut" / "model.safetensors")


def test_a_run_leaves_its_model_checkpoint_metrics_and_views(data: Path, start: Path, tmp_path: Path) -> None:
    path = ran(SMALL, RunFiles(data, tmp_path / "out", start))

    assert path == tmp_path / "out" / "model.safetensors"
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {
        "model.safetensors", "checkpoint.safetensors", "metrics.jsonl", "samples", "views", "data.jpg", "data.json",
    }  # fmt: skip
    assert {entry.name for entry in (tmp_path / "out" / "views").iterdir()} == {"train", "held-out", "data.sha256"}


def test_held_out_figures_are_told_and_written(data: Path, start: Path, tmp_path: Path) -> None:
    told = Told()

    train("small", RunFiles(data, tmp_path / "out", start), RunOptions(), tell=told)

    assert any(line.startswith("step 4, held out: noc85 ") for line in told.lines)
    assert '"validation": {"noc85"' in (tmp_path / "out" / "metrics.jsonl").read_text()


def test_data_without_held_out_photos_trains_and_says_so(start: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "few", 4)
    told = Told()

    train("small", RunFiles(tmp_path / "few", tmp_path / "out", start), RunOptions(), tell=told)

    assert any(line.startswith("no figures on held-out photos") for line in told.lines)


def test_the_card_says_what_the_model_was_made_of(data: Path, start: Path, tmp_path: Path) -> None:
    header = read_header(ran(SMALL, RunFiles(data, tmp_path / "out", start)))

    assert header.card["name"] == "small"
    assert header.card["started from"] == {"file": "start.safetensors", "card": {"name": "tiny"}}
    assert header.card["trained on"] == ["set"]
    assert header.card["recipe"]["steps"] == SMALL.steps
    assert header.card["recipe"]["optimisation"] == asdict(SMALL.optimisation)
    assert header.inference == INFERENCE


def test_a_trained_model_answers_with_mask_0_whatever_its_start_did(data: Path, tmp_path: Path) -> None:
    published = replace(TINY_SAM, answer="best-of-first-click")

    header = read_header(ran(SMALL, RunFiles(data, tmp_path / "out", start_of(tmp_path, published))))

    assert header.config == TINY_SAM


def test_the_number_of_steps_may_be_given(data: Path, start: Path, tmp_path: Path) -> None:
    ran(SMALL, RunFiles(data, tmp_path / "out", start), steps=2)

    assert '"step": 2' in (tmp_path / "out" / "metrics.jsonl").read_text()
    assert '"step": 3' not in (tmp_path / "out" / "metrics.jsonl").read_text()


def test_encoded_views_are_shared_by_runs_that_name_the_same_cache(data: Path, start: Path, tmp_path: Path) -> None:
    ran(SMALL, RunFiles(data, tmp_path / "first", start, tmp_path / "cache"))
    told = Told()

    train("small", RunFiles(data, tmp_path / "second", start, tmp_path / "cache"), RunOptions(), tell=told)

    assert [line for line in told.lines if line.startswith("encoding")] == [
        "encoding views of train: 4 of 4",
        "encoding views of held-out: 2 of 2",
    ]


def test_no_more_views_are_encoded_than_a_run_can_draw(data: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = replace(SMALL, views=replace(SMALL.views, num_views=1000), validation_views=replace(SMALL.validation_views, num_views=500))
    monkeypatch.setitem(recipes.RECIPES, "small", lambda: many)

    ran(many, RunFiles(data, tmp_path / "out", start), steps=3)

    views = {name: len((tmp_path / "out" / "views" / name / "views.jsonl").read_text().splitlines()) for name in ("train", "held-out")}
    assert views == {"train": 3 * SMALL.batch_size, "held-out": 16 * 3}  # three photos are held out


def test_a_frozen_encoder_is_for_the_sam_lineage_alone(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="small freezes the encoder: expected weights of the SAM lineage"):
        ran(SMALL, RunFiles(data, tmp_path / "out", start_of(tmp_path, TINY_VIT)))


def test_a_folder_that_holds_a_run_is_not_overwritten(data: Path, start: Path, tmp_path: Path) -> None:
    ran(SMALL, RunFiles(data, tmp_path / "out", start))

    with pytest.raises(ValueError, match="holds a run already; go on with --resume, or name another --out folder"):
        ran(SMALL, RunFiles(data, tmp_path / "out", start))


def test_views_of_masks_that_were_mended_since_are_refused(data: Path, start: Path, tmp_path: Path) -> None:
    ran(SMALL, RunFiles(data, tmp_path / "first", start, tmp_path / "cache"))
    write_label_map(data / "set" / "masks" / "photo1.png", ellipses((49, 64), 1))

    with pytest.raises(ValueError, match="cache: holds views of other photos or masks"):
        ran(SMALL, RunFiles(data, tmp_path / "second", start, tmp_path / "cache"))


def test_a_run_goes_on_only_with_the_data_that_it_began_with(
    data: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = RunFiles(data, tmp_path / "out", start)
    stop_in_step(monkeypatch, 2)
    with pytest.raises(Stopped):
        ran(SMALL, files)
    write_label_map(data / "set" / "masks" / "photo1.png", ellipses((49, 64), 1))

    with pytest.raises(ValueError, match="photos or masks have changed since this run began"):
        ran(SMALL, files, resume=True)


def test_a_run_that_goes_on_does_not_read_all_photos_again(
    data: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, told = RunFiles(data, tmp_path / "out", start), Told()
    stop_in_step(monkeypatch, 2)
    with pytest.raises(Stopped):
        ran(SMALL, files)

    train("small", files, RunOptions(resume=True), tell=told)

    assert f"{data}: checked when the run began, and unchanged" in told.lines
    assert not any(line.startswith("checking") for line in told.lines)


@pytest.mark.slow
def test_val_photos_give_noc_on_the_way_and_the_best_weights_are_kept(data: Path, start: Path, tmp_path: Path) -> None:
    val, told = write_folder(tmp_path / "val", 3), Told()

    train("small", RunFiles(data, tmp_path / "out", start, val=val), RunOptions(val_every=2), tell=told)

    lines = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    measured = {line["step"]: line["validation"] for line in lines if "validation" in line}
    best = read_header(tmp_path / "out" / "best.safetensors").card["measured in training"]
    assert measured.keys() == {2, 4}
    assert best == min(measured.values(), key=lambda figures: (figures["NoC@90"], figures["NoC@85"], -figures["mIoU@1"]))
    assert any(line.startswith("--val: NoC of 6 objects every 2 steps") for line in told.lines)
    assert told.lines[-1].startswith("best on --val: NoC@85 ")


@pytest.mark.slow
def test_with_val_photos_none_of_the_others_is_held_out(data: Path, start: Path, tmp_path: Path) -> None:
    val = write_folder(tmp_path / "val", 1)

    ran_with = RunFiles(data, tmp_path / "out", start, val=val)
    ran(SMALL, ran_with)

    plan = json.loads((tmp_path / "out" / "views" / "train" / "plan.json").read_text())
    names = sorted(f"photo{index}" for index in range(14))
    assert plan["photos"] == [hashlib.sha256("\n".join(names).encode()).hexdigest()]
    assert not (tmp_path / "out" / "views" / "held-out").exists()


@pytest.mark.slow
def test_measuring_on_val_photos_changes_no_weight_and_a_stopped_run_keeps_its_yardstick(
    data: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    val = write_folder(tmp_path / "val", 3)
    whole, cut = (RunFiles(data, tmp_path / name, start, val=val) for name in ("whole", "cut"))
    train("small", whole, RunOptions(val_every=1), tell=Told())
    with monkeypatch.context() as patch:
        stop_in_step(patch, 2)
        with pytest.raises(Stopped):
            train("small", cut, RunOptions(val_every=3), tell=Told())
    yardstick = (cut.out / "val.json").read_bytes()

    train("small", cut, RunOptions(val_every=3, resume=True), tell=Told())

    assert_same_tensors(whole.out / "model.safetensors", cut.out / "model.safetensors")
    assert (cut.out / "val.json").read_bytes() == yardstick


def test_photos_that_are_trained_on_are_refused_for_measuring(data: Path, start: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--val: 14 of its 14 photos are trained on too"):
        ran(SMALL, RunFiles(data, tmp_path / "out", start, val=data / "set"))


def test_a_folder_in_another_format_is_trained_on_as_it_is(start: Path, tmp_path: Path) -> None:
    objects = {f"photo{index}.png": [[[8, 8, 40, 8, 40, 40, 8, 40]]] for index in range(3)}
    write_coco(tmp_path / "coco", objects, hw=(48, 64))

    header = read_header(ran(SMALL, RunFiles(tmp_path / "coco", tmp_path / "out", start)))

    assert header.card["trained on"] == ["coco"]


Spoil = Callable[[Path], list[str]]
"""Spoils something below a folder and gives the arguments that differ from a good command's."""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda at: ["--data", str(at / "nowhere")], "found nothing there", id="no data"),
        pytest.param(lambda at: ["--start", str(at / "nowhere")], "nowhere: cannot read it", id="no start"),
        pytest.param(lambda at: ["--start", str(written(at / "note", "hello"))], "expected a weights file", id="a start that is none"),
        pytest.param(lambda at: ["--out", str(written(at / "note", "hello"))], "expected a folder for the run, found a file", id="out"),
        pytest.param(lambda at: ["--steps", "0"], "expected at least one step", id="no steps"),
        pytest.param(lambda at: ["--checkpoint-every", "0"], "expected counts of 1 or more", id="checkpoints"),
        pytest.param(lambda at: ["--val", str(at / "nowhere")], "expected a folder or file of labelled photos", id="no val"),
        pytest.param(lambda at: ["--val-every", "3"], "--val-every has no effect without --val", id="val-every alone"),
        pytest.param(lambda at: ["--val-every", "0"], "expected 1 step or more between measurements", id="val-every"),
        pytest.param(lambda at: ["--threads", "0"], "expected counts of 1 or more", id="threads"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(
    spoil: Spoil, told: str, data: Path, start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["small", "--data", str(data), "--out", str(tmp_path / "out"), "--start", str(start), *spoil(tmp_path)])

    (line,) = capsys.readouterr().out.splitlines()
    assert status == 2
    assert line.startswith("error: ")
    assert told in line


def test_an_unknown_recipe_is_one_clear_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smal", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "did you mean 'small'" in capsys.readouterr().out
