"""The field's config.yml: places by name, files above it, and blocks of a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickcut.data.sets.config_yml import read_config
from clickcut.data.sets.known import known_set

FIELD = """
INTERACTIVE_MODELS_PATH: "./weights"
EXPS_PATH: "./experiments" # where runs go

# Evaluation datasets
GRABCUT_PATH: "./isegm_datasets/GrabCut"
DAVIS_PATH: './isegm_datasets/DAVIS'
SBD_PATH: /data/SBD/dataset
LVIS_v1_PATH: "./isegm_datasets/LVIS#1"

IMAGENET_PRETRAINED_MODELS:
  MAE_BASE: "./weights/pretrained/mae_pretrain_vit_base.pth"
  HRNETV2_W18: "./weights/hrnetv2.pth"
"""


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_fields_own_file_gives_the_places_of_sets(tmp_path: Path) -> None:
    config = read_config(written(tmp_path / "config.yml", FIELD))

    assert config.root(known_set("GrabCut")) == tmp_path / "isegm_datasets" / "GrabCut"
    assert config.root(known_set("DAVIS")) == tmp_path / "isegm_datasets" / "DAVIS"
    assert config.root(known_set("SBD")) == Path("/data/SBD/dataset")
    assert "MAE_BASE" not in config.places


def test_both_names_of_lvis_count_for_the_sets_below_it(tmp_path: Path) -> None:
    newer = read_config(written(tmp_path / "new" / "config.yml", "LVIS_v1_PATH: ./LVIS\n"))
    older = read_config(written(tmp_path / "old" / "config.yml", "LVIS_PATH: ./LVIS\n"))

    assert newer.root(known_set("COCO+LVIS")) == newer.root(known_set("LVIS")) == tmp_path / "new" / "LVIS"
    assert older.root(known_set("COCO+LVIS")) == tmp_path / "old" / "LVIS"


def test_a_set_that_is_not_named_is_told_with_its_line(tmp_path: Path) -> None:
    config = read_config(written(tmp_path / "config.yml", "GRABCUT_PATH: ./GrabCut\n"))

    with pytest.raises(ValueError, match=r"expected a line BERKELEY_PATH: FOLDER; it names GRABCUT_PATH"):
        config.root(known_set("Berkeley"))
    with pytest.raises(ValueError, match=r"expected --root, as a config\.yml has no name for SA-1B"):
        config.root(known_set("SA-1B"))


def test_nearer_files_count_more_and_a_scripts_block_most(tmp_path: Path) -> None:
    written(tmp_path / "config.yml", "SBD_PATH: ./far\nDAVIS_PATH: ./far\nGRABCUT_PATH: ./far\nBERKELEY_PATH: ./far\n")
    near = "DAVIS_PATH: ./near\nGRABCUT_PATH: ./near\nSUBCONFIGS:\n  hrnet:\n    GRABCUT_PATH: ./block\n  other:\n    DAVIS_PATH: ./x\n"
    written(tmp_path / "models" / "config.yml", near)
    written(tmp_path / "models" / "hrnet.yml", "BERKELEY_PATH: ./own\n")

    config = read_config(tmp_path / "models" / "hrnet.py", tmp_path)

    assert {name: place.relative_to(tmp_path).as_posix() for name, place in config.places.items()} == {
        "SBD_PATH": "far",
        "DAVIS_PATH": "models/near",
        "GRABCUT_PATH": "models/block",
        "BERKELEY_PATH": "models/own",
    }


def test_files_above_the_working_directory_do_not_count(tmp_path: Path) -> None:
    written(tmp_path / "config.yml", "SBD_PATH: ./far\n")
    path = written(tmp_path / "a" / "b" / "config.yml", "DAVIS_PATH: ./near\n")

    assert set(read_config(path, tmp_path / "a").places) == set(read_config(path).places) == {"DAVIS_PATH"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GRABCUT_PATH ./GrabCut\n", "line 1: expected NAME: VALUE, got 'GRABCUT_PATH ./GrabCut'"),
        ("A: b\n- c\n", "line 2: expected NAME: VALUE"),
        ("A:\n\tB: c\n", "line 2: expected NAME: VALUE"),
        ("\udcff", "expected a config.yml"),
    ],
)
def test_what_is_no_config_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "config.yml").write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ValueError, match=told):
        read_config(tmp_path / "config.yml")


def test_a_script_without_any_config_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected hrnet\.yml beside it or a config\.yml above it, found neither"):
        read_config(tmp_path / "models" / "hrnet.py", tmp_path / "elsewhere")


def test_a_missing_config_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.yml: expected a config\.yml"):
        read_config(tmp_path / "config.yml")
