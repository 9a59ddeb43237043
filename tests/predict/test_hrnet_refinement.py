"""BRS on the network that the field runs it on: HRNet with object context, which serves every mode."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clickcut.core.clicks import Click
from clickcut.model.config import HrnetConfig, StagesConfig
from clickcut.model.ritm import ClickedHrnet
from clickcut.model.stages import Stages
from clickcut.predict.brs import NAMES, Brs
from clickcut.predict.options import predictor_for
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session
from tests.model.formula import fill_by_formula

TINY = HrnetConfig(width=4, ocr_width=6, small=True)
RITM = {"flip": True, "zoom": {"skip_clicks": 1}}
CLICKS = (Click(30, 60, True), Click(30, 50, False), Click(10, 20, True), Click(50, 70, False))


def network() -> ClickedHrnet:
    hrnet = ClickedHrnet(TINY).eval()
    fill_by_formula(hrnet, gain=0.6)
    return hrnet


def photo() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def loss_of_clicks(session: Session) -> float:
    """What the clicked pixels lack, without the squares around them."""
    probs = session.probs
    return float(sum((1 - probs[int(c.y), int(c.x)]) ** 2 if c.positive else probs[int(c.y), int(c.x)] ** 2 for c in session.clicks))


@pytest.mark.parametrize("name", list(NAMES.values()))
@pytest.mark.slow
def test_every_mode_brings_clicked_pixels_nearer_to_what_was_said_and_leaves_the_network_alone(name: str) -> None:
    hrnet = network()
    before = {key: tensor.clone() for key, tensor in hrnet.state_dict().items()}
    plain, refined = (Session(predictor_for(hrnet, RITM, brs=mode), photo()) for mode in (None, name))

    for click in CLICKS:
        plain.add(click)
        refined.add(click)

    assert loss_of_clicks(refined) < loss_of_clicks(plain)
    assert refined.state.tuned is not None
    assert all(torch.equal(tensor, before[key]) for key, tensor in hrnet.state_dict().items())
    assert all(parameter.grad is None for parameter in hrnet.parameters())


def test_without_object_context_and_in_stages_fewer_modes_are_served() -> None:
    bare = ClickedHrnet(HrnetConfig(width=4, ocr_width=0, small=True)).eval()
    stages = Stages(StagesConfig((TINY, TINY)), [network(), network()]).eval()

    with pytest.raises(ValueError, match="it serves RGB-BRS, DistMap-BRS, f-BRS-A, f-BRS-B"):
        Predictor(bare, brs=Brs.named("f-BRS-C"))
    with pytest.raises(ValueError, match="it serves no mode of BRS"):
        Predictor(stages, brs=Brs.named("RGB-BRS"))
