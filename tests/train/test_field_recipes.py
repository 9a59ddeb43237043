"""Recipes of the field: the tables' numbers, networks that can be built, and two steps of each with a tiny network in its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from clickcut.data.copy_paste import CopyPaste
from clickcut.model.build import build_network, outline_network
from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig
from clickcut.model.header import Header
from clickcut.model.presets import preset
from clickcut.model.weights import load_network, read_header, save_weights
from clickcut.train import recipes
from clickcut.train.field_recipes import FIELD_RECIPES, cfr_icl_b, cfr_icl_h, layer_decayed, ritm, simpleclick, simpleclick_xt
from clickcut.train.field_source import meant_data
from clickcut.train.losses import LossWeights
from clickcut.train.recipe import FieldRecipe
from clickcut.train.recipe_json import recipe_from_json
from clickcut.train.run import RunFiles, RunOptions, train
from clickcut.train.slots import Slots
from tests.data.photos import write_folder
from tests.data.sets.official import LEFT, RIGHT, write_coco_lvis, write_sbd
from tests.model.tiny_sam import TINY_SAM
from tests.train.small import Told

TINY_VIT = PlainVitConfig(
    patch=16, dim=32, depth=4, heads=2, neck_dims=(8, 16, 24, 32), head_channels=16, input_hw=(224, 224), pos_grid=(14, 14)
)
TINY_HRNET = HrnetConfig(width=2, ocr_width=2, small=True)


def tiny(recipe: FieldRecipe) -> ModelConfig:
    """What stands for the recipe's own network, which takes too long in a test, as does its crop (see ``small``)."""
    return TINY_HRNET if recipe.network.startswith("hrnet") else TINY_VIT


def test_all_sizes_on_both_sets_are_there() -> None:
    families = [f"simpleclick-{size}" for size in ("b", "l", "h", "xt")] + [f"simpleclick-layers-{size}" for size in ("b", "l", "h")]
    families += ["cfr-icl-b", "cfr-icl-h", "ritm-hrnet18s", "ritm-hrnet18", "ritm-hrnet32"]

    assert set(FIELD_RECIPES) == {f"{family}-{data_set}" for family in families for data_set in ("coco-lvis", "sbd")}


@pytest.mark.slow
@pytest.mark.parametrize("name", FIELD_RECIPES)
def test_a_recipes_network_is_built_without_memory(name: str) -> None:
    network = outline_network(preset(FIELD_RECIPES[name]().network))

    assert {parameter.device.type for parameter in network.parameters()} == {"meta"}


@pytest.mark.parametrize("name", FIELD_RECIPES)
def test_a_recipes_crop_fits_its_network(name: str) -> None:
    recipe = FIELD_RECIPES[name]()
    config = preset(recipe.network)

    if isinstance(config, PlainVitConfig):
        assert recipe.training.augmentation.crop_hw == recipe.validation.augmentation.crop_hw == config.input_hw
    else:
        assert recipe.training.augmentation.crop_hw == (320, 480)


@pytest.mark.parametrize(
    ("recipe", "steps", "lr", "min_area", "background", "stuff"),
    [
        (cfr_icl_b("COCO+LVIS"), 5 * 937, 5e-6, 1000, 0.05, 0.3),
        (cfr_icl_b("SBD"), 20 * 265, 5e-6, 20, 0.01, 0.0),
        (cfr_icl_h("COCO+LVIS"), 93, 5e-6, 1000, 0.05, 0.3),
        (cfr_icl_h("SBD"), 5 * 265, 5e-6, 20, 0.01, 0.0),
        (simpleclick("b", "COCO+LVIS"), 55 * 937, 5e-5, 1000, 0.05, 0.3),
        (simpleclick("h", "SBD"), 55 * 265, 5e-5, 80, 0.01, 0.0),
        (simpleclick_xt("COCO+LVIS"), 230 * 937, 5e-5, 1000, 0.05, 0.3),
        (simpleclick_xt("SBD"), 1001 * 265, 1e-5, 80, 0.01, 0.0),
        (ritm("18s", "COCO+LVIS"), 230 * 937, 5e-4, 1000, 0.05, 0.3),
        (ritm("18", "COCO+LVIS"), 230 * 1071, 5e-4, 1000, 0.05, 0.3),
        (ritm("18", "SBD"), 220 * 303, 5e-4, 80, 0.01, 0.0),
    ],
)
def test_numbers_are_those_of_the_tables(
    recipe: FieldRecipe, steps: int, lr: float, min_area: int, background: float, stuff: float
) -> None:
    rules = recipe.training

    assert recipe.steps == steps
    assert recipe.optimisation.lr == lr
    assert (rules.min_area, rules.background, rules.stuff) == (min_area, background, stuff)
    assert rules.score_gamma == (1.25 if recipe.data_set == "SBD" else 1.0)
    assert recipe.losses.focal == 1.0


@pytest.mark.parametrize(
    ("recipe", "shares"),
    [
        (simpleclick("b", "SBD"), {49: 1.0, 50: 0.1, 54: 0.1}),
        (ritm("32", "COCO+LVIS"), {199: 1.0, 200: 0.1, 219: 0.1, 220: 0.01, 229: 0.01}),
        (simpleclick_xt("SBD"), {799: 1.0, 800: 0.1, 900: 0.01}),
        (cfr_icl_b("SBD"), {0: 1.0, 19: 1.0}),
    ],
)
def test_rates_fall_by_a_tenth_at_the_milestones(recipe: FieldRecipe, shares: dict[int, float]) -> None:
    epoch = 8498 // recipe.batch_size if recipe.data_set == "SBD" else 30000 // recipe.batch_size

    for number, share in shares.items():
        for step in (number * epoch, (number + 1) * epoch - 1):
            assert recipe.optimisation.lr_share(step, recipe.steps) == pytest.approx(share), (number, step)


def test_the_rollouts_are_the_three_of_the_field() -> None:
    base, huge, click = cfr_icl_b("SBD").rollout, cfr_icl_h("SBD").rollout, simpleclick("l", "SBD").rollout

    assert (click.warmup, click.graded, click.weights, click.slots) == ((0, 3), (1, 1), (1.0,), Slots(24, "from-end"))
    assert (base.warmup, base.graded, base.weights, base.slots) == ((1, 3), (1, 1), (1.0,), Slots(24, "first-free"))
    assert (huge.warmup, huge.graded, huge.weights, huge.slots) == ((0, 0), (1, 3), (1.0, 2.0, 3.0), Slots(12, "first-free"))
    assert {base.first, huge.first, click.first} == {"sampled"}


def test_only_cfr_icl_pastes() -> None:
    pasting = {name for name in FIELD_RECIPES if FIELD_RECIPES[name]().training.copy_paste == CopyPaste(paste=0.5, mix=0.5)}

    assert pasting == {f"cfr-icl-{size}-{data_set}" for size in ("b", "h") for data_set in ("coco-lvis", "sbd")}
    assert all(FIELD_RECIPES[name]().validation.copy_paste is None for name in FIELD_RECIPES)


def test_hrnets_have_an_auxiliary_loss_and_a_slower_extractor() -> None:
    recipe = ritm("32", "COCO+LVIS")

    assert recipe.losses == LossWeights(focal=1.0, auxiliary=0.4)
    assert recipe.optimisation.extractor_share == 0.1


def test_rates_that_fall_with_depth_are_a_recipe_of_their_own() -> None:
    recipe = layer_decayed("b", "SBD")

    assert (recipe.optimisation.layer_decay, recipe.optimisation.weight_decay) == (0.75, 0.02)
    assert replace(recipe, name="simpleclick-b-sbd", optimisation=simpleclick("b", "SBD").optimisation) == simpleclick("b", "SBD")


def small(monkeypatch: pytest.MonkeyPatch, recipe: FieldRecipe) -> FieldRecipe:
    """Two steps of two objects, which may be as small as a test's photos have them, in crops that are as small."""
    monkeypatch.setattr("clickcut.train.sources.HELD_OUT_OBJECTS", 1)
    monkeypatch.setattr("clickcut.train.validate._BATCH_SIZE", 1)
    crop_hw = (64, 96) if recipe.network.startswith("hrnet") else TINY_VIT.input_hw
    rules, held = (
        replace(some, min_area=20, augmentation=replace(some.augmentation, crop_hw=crop_hw))
        for some in (recipe.training, recipe.validation)
    )
    recipe = replace(recipe, steps=2, batch_size=2, training=rules, validation=held)
    monkeypatch.setitem(recipes.RECIPES, recipe.name, lambda: recipe)
    return recipe


def start_of(folder: Path, config: ModelConfig) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_weights(folder / "start.safetensors", build_network(config), Header(config, {"name": "tiny"}, {}))
    return folder / "start.safetensors"


@pytest.mark.parametrize("name", FIELD_RECIPES)
@pytest.mark.slow
def test_a_recipe_trains_two_steps_on_any_labelled_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small(monkeypatch, FIELD_RECIPES[name]())
    start = start_of(tmp_path, tiny(recipe))
    write_folder(tmp_path / "data", 6, hw=(150, 210))

    path = train(name, RunFiles(tmp_path / "data", tmp_path / "out", start), RunOptions(threads=1), tell=Told())

    lines = [json.loads(line) for line in (tmp_path / "out" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [1, 2]
    with safe_open(tmp_path / "out" / "checkpoint.safetensors", "pt") as file:
        assert file.metadata()["step"] == "2"  # the last step is saved, whatever the cadence
    before, after = (load_network(file)[0].state_dict() for file in (start, path))
    changed = {key.split(".")[0] for key, tensor in after.items() if not torch.equal(tensor, before[key])}
    assert changed == {key.split(".")[0] for key in before}
    card = read_header(path).card
    assert recipe_from_json(card["recipe"]) == recipe
    assert card["trained on"] == ["data"]


def test_a_recipe_that_begins_with_fresh_weights_needs_no_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickcut.train.run.preset", lambda name: TINY_VIT)
    recipe = small(monkeypatch, simpleclick_xt("SBD"))
    write_folder(tmp_path / "data", 4, hw=(150, 210))

    path = train(recipe.name, RunFiles(tmp_path / "data", tmp_path / "out"), RunOptions(threads=1), tell=Told())

    header = read_header(path)
    assert header.config == TINY_VIT
    assert header.card["started from"]["file"] == "fresh weights"


@pytest.mark.slow
def test_held_out_photos_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small(monkeypatch, ritm("18s", "SBD"))
    write_folder(tmp_path / "data", 14, hw=(150, 210))
    told = Told()

    train(recipe.name, RunFiles(tmp_path / "data", tmp_path / "out", start_of(tmp_path, TINY_HRNET)), RunOptions(threads=1), tell=told)

    assert any(line.startswith("step 2, held out: noc85 ") for line in told.lines)


def refusal(recipe: FieldRecipe, files: RunFiles) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        train(recipe.name, files, RunOptions(threads=1), tell=Told())
    return str(caught.value)


def test_a_recipe_says_with_which_weights_it_begins(tmp_path: Path) -> None:
    told = refusal(simpleclick("b", "SBD"), RunFiles(tmp_path, tmp_path / "out"))

    assert told == "simpleclick-b-sbd begins with MAE: name weights for vit-b by --start"


@pytest.mark.parametrize("other", [TINY_SAM, TINY_HRNET])
def test_a_network_of_another_family_is_refused(other: ModelConfig, tmp_path: Path) -> None:
    write_folder(tmp_path / "data", 4)

    told = refusal(simpleclick("b", "SBD"), RunFiles(tmp_path / "data", tmp_path / "out", start_of(tmp_path, other)))

    assert "trains vit-b and begins with MAE: name such weights by --start" in told


@pytest.mark.slow
@pytest.mark.parametrize("named", [True, False])
def test_a_recipe_trains_on_its_own_set_in_the_official_layout(named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small(monkeypatch, cfr_icl_b("SBD"))
    write_sbd(tmp_path / "SBD" / "dataset", {name: [LEFT, RIGHT] for name in "abcd"}, split="train")
    data = Path(f"sbd={tmp_path}") if named else tmp_path / "SBD"

    path = train(recipe.name, RunFiles(data, tmp_path / "out", start_of(tmp_path, TINY_VIT)), RunOptions(threads=1), tell=Told())

    assert read_header(path).card["trained on"] == ["SBD"]


@pytest.mark.slow
def test_a_recipe_trains_on_layers_with_parts_and_stuff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small(monkeypatch, cfr_icl_b("COCO+LVIS"))
    write_coco_lvis(tmp_path / "LVIS")

    files = RunFiles(tmp_path / "LVIS", tmp_path / "out", start_of(tmp_path, TINY_VIT))

    path = train(recipe.name, files, RunOptions(threads=1), tell=Told())

    assert read_header(path).card["trained on"] == ["COCO+LVIS"]


@pytest.mark.parametrize(
    ("recipe", "mark", "name"),
    [
        (cfr_icl_b("COCO+LVIS"), "train/hannotation.pickle", "COCO+LVIS"),
        (cfr_icl_b("SBD"), "dataset/inst/1.mat", "SBD"),
        (cfr_icl_b("SBD"), "inst/1.mat", "SBD"),
    ],
)
def test_the_official_layout_of_a_recipes_set_is_taken_for_it(recipe: FieldRecipe, mark: str, name: str, tmp_path: Path) -> None:
    (tmp_path / mark).parent.mkdir(parents=True)
    (tmp_path / mark).write_bytes(b"")

    assert meant_data(recipe, tmp_path) == Path(f"{name}={tmp_path}")


def test_any_other_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert meant_data(cfr_icl_b("SBD"), tmp_path) == tmp_path


def test_a_folder_that_is_nothing_names_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    told = refusal(cfr_icl_b("SBD"), RunFiles(tmp_path / "data", tmp_path / "out", start_of(tmp_path, TINY_VIT)))

    assert "expected images/ and masks/" in told


def test_photos_that_are_known_well_are_drawn_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small(monkeypatch, simpleclick("b", "SBD"))
    write_folder(tmp_path / "data", 4, hw=(150, 210))
    (tmp_path / "scores.json").write_text(json.dumps({f"photo{index}": float(index != 2) for index in range(4)}))
    ids: list[str] = []
    monkeypatch.setattr("clickcut.train.run.save_batch_picture", lambda path, batch, logits: ids.extend(batch.ids))

    files = RunFiles(tmp_path / "data", tmp_path / "out", start_of(tmp_path, TINY_VIT), scores=tmp_path / "scores.json")
    train(recipe.name, files, RunOptions(threads=1), tell=Told())

    assert ids == ["photo2", "photo2"]


def test_scores_have_no_effect_on_a_recipe_of_views_and_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--scores: has no effect on clickcut-s"):
        train("clickcut-s", RunFiles(tmp_path, tmp_path / "out", scores=tmp_path / "s.json"), RunOptions(), tell=Told())
