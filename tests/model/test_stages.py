"""Multi-stage models: the number of clicks says which network answers."""

from __future__ import annotations

import pytest
import torch

from clickcut.core.clicks import Click
from clickcut.model.config import HrnetConfig, PlainVitConfig, StagesConfig, config_from_json, config_to_json
from clickcut.model.network import ClickBatch
from clickcut.model.ritm import ClickedHrnet
from clickcut.model.stages import Stages
from tests.model.formula import fill_by_formula

TINY = HrnetConfig(width=4, ocr_width=6, small=True)
CONFIG = StagesConfig((TINY, TINY))
ONE = (Click(10, 12, True),)
TWO = (*ONE, Click(30, 40, False))
THREE = (*TWO, Click(5, 5, True))
PIXELS = torch.rand(3, 3, 48, 64, generator=torch.Generator().manual_seed(0))
PREV = torch.rand(3, 1, 48, 64, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def stages() -> Stages:
    network = Stages(CONFIG, [ClickedHrnet(TINY), ClickedHrnet(TINY)]).eval()
    fill_by_formula(network, gain=0.6)  # by tensor names, and so differently in the two
    return network


@torch.inference_mode()
def test_every_image_of_a_batch_is_answered_by_the_stage_of_its_number_of_clicks(stages: Stages) -> None:
    logits = stages.decode(stages.encode(PIXELS), PREV, ClickBatch.of([ONE, THREE, TWO]))

    for row, (clicks, index) in enumerate(((ONE, 0), (THREE, 1), (TWO, 1))):
        stage = stages.stages[index]
        assert isinstance(stage, ClickedHrnet)
        one = slice(row, row + 1)
        alone = stage.decode(stage.encode(PIXELS[one]), PREV[one], ClickBatch.of([clicks]))
        torch.testing.assert_close(logits[one], alone, rtol=1e-4, atol=1e-4)  # a batch may be summed in another order


@torch.inference_mode()
def test_before_any_click_the_first_stage_answers(stages: Stages) -> None:
    first = stages.stages[0]
    assert isinstance(first, ClickedHrnet)

    logits = stages.decode(stages.encode(PIXELS), None, ClickBatch.of([(), (), ()]))

    assert torch.equal(logits, first.decode(first.encode(PIXELS), None, ClickBatch.of([(), (), ()])))


def test_a_config_of_stages_survives_json() -> None:
    assert config_from_json(config_to_json(CONFIG)) == CONFIG


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"family": "stages"}, "holds a list of configs"),
        ({"family": "stages", "stages": [3]}, "holds a list of configs"),
        ({"family": "stages", "stages": [config_to_json(TINY)]}, "expected 2 to 32 networks, got 1"),
        ({"family": "stages", "stages": [config_to_json(CONFIG), config_to_json(TINY)]}, "unknown network family 'stages'"),
        ({"family": "stages", "stages": [config_to_json(TINY)] * 2, "more": 1}, "and nothing else"),
    ],
)
def test_stages_that_cannot_be_are_refused(value: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        config_from_json(value)


def test_stages_are_of_one_family() -> None:
    vit = PlainVitConfig(patch=16, dim=32, depth=4, heads=4, neck_dims=(8, 16, 24, 32), head_channels=16)

    with pytest.raises(ValueError, match="networks of one family"):
        StagesConfig((TINY, vit))
